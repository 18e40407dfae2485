"""counter_tui: lend library books on My Number cards, from a terminal."""

from typing import Final

__version__: Final = "0.1.0"
