"""Measurements: each prints a table of ratios beside its budget and asserts nothing."""
