"""Tests of counter_tui."""
