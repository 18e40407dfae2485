"""Tests without device, network or screen."""
