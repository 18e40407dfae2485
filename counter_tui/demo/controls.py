"""The trainer's hand on reader, printer, line and calendar."""

from __future__ import annotations

import logging
from pathlib import Path

from counter_tui.clock import ShiftedClock, today
from counter_tui.desk.demo import PersonaCard
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.printer import ScreenPrinter
from counter_tui.hardware.simulated.tries import StateFileUnusable
from counter_tui.identity.simulated_platform import SimulatedPlatform
from counter_tui.language import _

log = logging.getLogger(__name__)


class SimulatedDevices:
    """Everything that a demo has in place of devices; implements `DemoControls`."""

    def __init__(
        self,
        clock: ShiftedClock,
        reader: SimulatedReader,
        printer: ScreenPrinter,
        platform: SimulatedPlatform,
        tries_file: Path,
    ) -> None:
        """`tries_file` keeps the cards' PIN counters from one run of the demo to the next."""
        self._clock = clock
        self._reader = reader
        self._printer = printer
        self._platform = platform
        self._tries_file = tries_file
        self._laid: str | None = None

    def personas(self) -> list[PersonaCard]:
        """All simulated cards, in the order of the card panel."""
        from counter_tui.hardware.simulated.personas import PERSONAS  # 10 MB, cryptography

        return [
            PersonaCard(
                persona.slug,
                persona.name.replace("\u3000", " "),
                _(persona.title),
                _(persona.description),
                persona.secrets.auth_pin,
                persona.secrets.surface_info_pin,
            )
            for persona in PERSONAS.values()
        ]

    def card_on_reader(self) -> str | None:
        """Name of the persona whose card lies on the reader."""
        return self._laid if self._reader.card is not None else None

    def lay(self, persona: str) -> None:
        """Lay this card on the reader, taking off another one first."""
        from counter_tui.hardware.simulated.personas import PERSONAS  # as above

        card = PERSONAS[persona].make_card(today(self._clock), self._tries_file)
        try:
            card.power_on()
        except StateFileUnusable:
            log.warning("the file of the cards' tries cannot be read: all begin anew")
            self.reset_cards()
        card.power_off()
        self._laid = persona
        self._reader.lay(card)

    def take_off(self) -> None:
        """Take the card off; in the middle of a conversation it breaks off."""
        self._reader.take_off()

    def reset_cards(self) -> None:
        """Let every card count its tries as on the first day, also the one on the reader."""
        from counter_tui.hardware.simulated.personas import reset_cards  # as above

        reset_cards(self._tries_file)

    @property
    def paper_out(self) -> bool:
        """Whether the printer has no paper."""
        return self._printer.paper_out

    def set_paper_out(self, out: bool) -> None:
        """Let the printer run out of paper, or give it a new roll."""
        self._printer.paper_out = out

    @property
    def line_cut(self) -> bool:
        """Whether the line to the identity platform is cut."""
        return self._platform.line_cut

    def set_line_cut(self, cut: bool) -> None:
        """Cut the line to the identity platform, or mend it."""
        self._platform.line_cut = cut

    def advance_day(self) -> None:
        """Let the clock of the demo run one day ahead."""
        self._clock.days_ahead += 1
