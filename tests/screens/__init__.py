"""Tests of screens with a simulated terminal."""
