"""Where a slip is on its way to paper."""

from __future__ import annotations

from enum import Enum


class SlipState(Enum):
    """Where a slip is on its way to paper."""

    QUEUED = "queued"
    """Waits; nothing has left."""
    SENDING = "sending"
    """Kept before the first byte leaves, so that a crash in between is seen."""
    PRINTED = "printed"
    """The printer confirmed it."""
    SENT = "sent"
    """All bytes were taken by a printer that cannot confirm."""
    UNKNOWN = "unknown"
    """Trouble after the first byte: only a person can say whether it is on paper."""
    FAILED = "failed"
    """Trouble before the first byte: it is tried again by itself."""
    EXPIRED = "expired"
    """Given up: its patron has gone, or a person had it printed anew."""
