"""Tests with a real card service and the virtual reader."""
