"""The base of all typed errors."""

from __future__ import annotations


class CounterError(Exception):
    """Base of all errors that a screen or a command may show."""
