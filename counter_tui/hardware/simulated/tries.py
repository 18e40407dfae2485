"""The tries left of a simulated card's PINs: what a card remembers without power."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

TRIES_FILE: Final = "simulated-cards.json"
"""In the demo's folder: the tries left of every card, from one run to the next."""


class StateFileUnusable(Exception):
    """A file of counters that cannot be read as one.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class Tries:
    """Tries left by reference; kept in a file when there is one, for other processes too.

    The file is JSON, `{card: {reference: tries left}}`, and is replaced as a whole at each
    change. A reference that was never touched is not in it.
    """

    def __init__(
        self, card: str, initial: Mapping[str, int] | None = None, state_file: Path | None = None
    ) -> None:
        """Nothing is read yet.

        Args:
            card: key of this card in the file, which may hold several.
            initial: tries left of references that do not begin with their maximum.
            state_file: need not exist; None keeps the counters in memory.
        """
        self._card = card
        self._state_file = state_file
        self._initial = dict(initial or {})
        self._left = dict(self._initial)

    def load(self) -> None:
        """Take over what the file holds, if there is one; done at each power-up.

        Raises:
            StateFileUnusable: it is there and not such a file.
        """
        if self._state_file is not None:
            kept = _read(self._state_file).get(self._card, {})
            self._left = {**self._initial, **kept}

    def left(self, reference: str, maximum: int) -> int:
        """Tries left of a reference, at most `maximum`."""
        return min(self._left.get(reference, maximum), maximum)

    def set(self, reference: str, left: int) -> None:
        """Keep a new count.

        Raises:
            StateFileUnusable: the file became unusable meanwhile.
            OSError: it cannot be written.
        """
        if self._left.get(reference) == left:
            return
        self._left[reference] = left
        if self._state_file is not None:
            cards = _read(self._state_file)
            cards[self._card] = dict(self._left)
            _replace(self._state_file, json.dumps(cards, indent=1, sort_keys=True))


def reset_tries(state_file: Path, card: str | None = None) -> None:
    """Make the counters of one card, or of all (None), those of a card fresh from its drawer.

    A card that has power learns of it when it is powered again. A file that cannot be read as
    one of counters is removed: it kept nothing that could be lost.

    Raises:
        OSError: the file cannot be replaced.
    """
    try:
        cards = {} if card is None else _read(state_file)
    except StateFileUnusable:
        cards = {}
    cards.pop(card or "", None)
    if cards:
        _replace(state_file, json.dumps(cards, indent=1, sort_keys=True))
    else:
        state_file.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, dict[str, int]]:
    try:
        cards = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StateFileUnusable(path) from error
    if not isinstance(cards, dict):
        raise StateFileUnusable(path)
    for references in cards.values():
        if not isinstance(references, dict) or not all(
            isinstance(left, int) and left >= 0 for left in references.values()
        ):
            raise StateFileUnusable(path)
    return cards


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
