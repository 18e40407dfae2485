"""A screen that is made of the counter's zones, and puts them where the grid says."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.layout import Layout
from textual.screen import Screen

from counter_tui.screens.answer_band import AnswerBand
from counter_tui.screens.card_panel import CardPanel
from counter_tui.screens.counter_layout import CounterLayout, TooSmall
from counter_tui.screens.footer_keys import FooterKeys
from counter_tui.screens.grid import Frame, Grid
from counter_tui.screens.person_panel import PersonPanel
from counter_tui.screens.pin_entry import PinEntry
from counter_tui.screens.scan_line import ScanLine
from counter_tui.screens.sheet import Sheet
from counter_tui.screens.status_line import NoticeRow, StatusLine
from counter_tui.screens.stop_banner import StopBanner
from counter_tui.screens.work_zone import WorkZone
from counter_tui.screens.zone import Zone


class ZonedScreen(Screen[None], inherit_bindings=False):
    """Status and notice on top, person left, work right, answer, scan line, keys."""

    DEFAULT_CSS = """
    ZonedScreen {
        background: $ground;
        color: $ink;
        overflow: hidden;
    }
    """

    AUTO_FOCUS = ""
    ALLOW_SELECT = False

    def __init__(self, branch: str, counter: str, operator: str, now: datetime) -> None:
        """Branch, counter and operator stand in the status line, with the time."""
        super().__init__()
        self.status = StatusLine(branch, counter, operator, now)
        self.notice = NoticeRow()
        self.person = PersonPanel()
        self.work_zone = WorkZone()
        self.pins = PinEntry()
        self.card_panel = CardPanel()
        self.answer = AnswerBand()
        self.banner = StopBanner()
        self.sheet = Sheet()
        self.scan = ScanLine()
        self.footer = FooterKeys()
        self.too_small = TooSmall(id="too-small")
        self._layout = CounterLayout()
        self._placed: dict[Zone, Region] = {}

    @property
    def frame(self) -> Frame:
        """How the rows are shared now."""
        raise NotImplementedError  # each screen has its own; Textual's metaclass leaves no ABC

    @property
    def zone_at_work(self) -> Zone:
        """What stands in the work zone's place now."""
        return self.work_zone

    @property
    def layout(self) -> Layout:
        """Zones stand where the grid says."""
        return self._layout

    def grid(self, size: Size) -> Grid:
        """The places for this size, in the present frame."""
        return Grid(size, self.frame)

    def placed_zones(self, size: Size) -> dict[Zone, Region]:
        """Every zone that is seen now, and where."""
        grid = self.grid(size)
        if grid.too_small:
            return {self.too_small: Region(0, 0, size.width, size.height)}
        return {
            self.status: grid.status,
            self.notice: grid.notice,
            self.person: grid.person,
            self.zone_at_work: grid.work,
            self.answer: grid.answer,
            self.banner: grid.banner,
            self.sheet: grid.sheet,
            self.scan: grid.scan,
            self.footer: grid.footer,
        }

    def compose(self) -> ComposeResult:
        """All zones; which of them are seen is a matter of the frame."""
        yield self.status
        yield self.notice
        yield self.person
        yield self.work_zone
        yield self.pins
        yield self.card_panel
        yield self.answer
        yield self.banner
        yield self.sheet
        yield self.scan
        yield self.footer
        yield self.too_small

    def place_zones(self) -> None:
        """Arrange them anew if another frame, or another zone, is to be seen."""
        placed = self.placed_zones(self.size)
        if placed != self._placed:
            self._placed = placed
            # A child has to ask: a screen that asks for itself gets its cached arrangement.
            self.status.refresh(repaint=False, layout=True)
