"""What a trainer can do to the simulated devices; a real installation has none of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class PersonaCard:
    """A simulated card that can be laid on the reader.

    Attributes:
        name: its word on the command line, e.g. "two-pins".
        holder: the made-up name on it.
        title: what is special about it in two or three words, in the chosen language.
        description: the same in a sentence.
        auth_pin, surface_info_pin: made-up cards have no secrets; shown to the trainer.
    """

    name: str
    holder: str
    title: str
    description: str
    auth_pin: str
    surface_info_pin: str


class DemoControls(Protocol):
    """The trainer's hand on reader, printer, line and calendar."""

    def personas(self) -> list[PersonaCard]:
        """All simulated cards, in the order of the card panel."""
        ...

    def card_on_reader(self) -> str | None:
        """Name of the persona whose card lies on the reader."""
        ...

    def lay(self, persona: str) -> None:
        """Lay this card on the reader, taking off another one first."""
        ...

    def take_off(self) -> None:
        """Take the card off; in the middle of a conversation it breaks off."""
        ...

    def reset_cards(self) -> None:
        """Let every card count its tries as on the first day, also the one on the reader.

        Raises:
            OSError: the counters cannot be written.
        """
        ...

    def set_paper_out(self, out: bool) -> None:
        """Let the printer run out of paper, or give it a new roll."""
        ...

    def set_line_cut(self, cut: bool) -> None:
        """Cut the line to the identity platform, or mend it."""
        ...

    def advance_day(self) -> None:
        """Let the clock of the demo run one day ahead."""
        ...

    @property
    def paper_out(self) -> bool:
        """Whether the printer has no paper."""
        ...

    @property
    def line_cut(self) -> bool:
        """Whether the line to the identity platform is cut."""
        ...
