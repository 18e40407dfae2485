"""The trainer's card panel in the demo: every card, every try, and a patron for each person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from counter_tui import wiring
from counter_tui.app import CounterApp, Report
from counter_tui.demo.library import LINKED_PERSONA, library_card_of
from counter_tui.desk.desk import Desk
from counter_tui.desk.patrons import PatronView
from counter_tui.hardware.simulated.personas import PERSONAS, TRIES_FILE
from counter_tui.screens.card_panel import CARDS_A_PAGE
from counter_tui.screens.lending import LendingJob
from counter_tui.settings import for_demo


class AtDemo:
    """A trainer at the demo."""

    def __init__(self, app: CounterApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, and wait for what they do."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self) -> None:
        """Until all that happened has been worked off and drawn."""
        await self.pilot.pause()
        await self.app.counter.settled()
        await self.pilot.pause()

    async def lay(self, key: str) -> None:
        """Lay the card with this key down, and wait until the counter has dealt with it."""
        counter = self.app.counter
        await self.press("0", key)
        for _round in range(500):
            if counter.card_is_on_reader:
                break
            await self.pilot.pause(0.01)
        await self.settle()

    def text(self) -> str:
        """What stands on the terminal."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())


@asynccontextmanager
async def at_demo(folder: Path) -> AsyncIterator[AtDemo]:
    """The demo with its panel open."""
    settings = for_demo(folder)

    async def open_desk(report: Report) -> Desk:
        return await wiring.open_demo(settings, report)

    app = CounterApp(settings, open_desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.have_desk()
        at = AtDemo(app, pilot)
        await at.settle()
        await at.press("ctrl+t")
        yield at


async def test_paging_shows_every_card(tmp_path: Path) -> None:
    """Eight a page, round and round; with PINs, for made-up cards have no secrets."""
    async with at_demo(tmp_path) as at:
        pages = -(-len(PERSONAS) // CARDS_A_PAGE)
        seen = []
        for _ in range(pages):
            seen.append(at.text())
            await at.press("pagedown")
        assert at.text() == seen[0]
        assert "残り回数をもどす" in seen[0], "all keys are in sight beside a full page"
    for position, persona in enumerate(PERSONAS.values()):
        shown = seen[position // CARDS_A_PAGE]
        assert persona.name[3:5] in shown
        assert persona.secrets.auth_pin in shown


async def test_a_card_of_the_panel_is_laid_down(tmp_path: Path) -> None:
    """The first one is linked from the start: its person opens."""
    async with at_demo(tmp_path) as at:
        await at.lay("1")
        job = at.app.counter.job
        assert isinstance(job, LendingJob)
        assert job.patron.library_card_number == library_card_of(PERSONAS[LINKED_PERSONA])


async def test_a_card_of_a_later_page_is_laid_down(tmp_path: Path) -> None:
    """The same key means another card there."""
    async with at_demo(tmp_path) as at:
        await at.press("pagedown")
        await at.lay("1")
        assert "電子証明書の期限が切れています" in at.text()


async def test_every_holder_of_a_card_is_a_patron_of_the_demo(tmp_path: Path) -> None:
    """So that each card can be enrolled, or refused, as its own person's."""
    async with at_demo(tmp_path) as at:
        for persona in PERSONAS.values():
            if persona.is_my_number_card:
                found = await at.app.desk.identification.scan(library_card_of(persona))
                assert isinstance(found, PatronView)
                assert found.name == persona.name.replace("\u3000", " ")


async def test_a_broken_file_of_tries_does_not_stop_the_lesson(tmp_path: Path) -> None:
    """All cards begin anew; the log says so."""
    (tmp_path / TRIES_FILE).write_text("no counters")
    async with at_demo(tmp_path) as at:
        await at.lay("1")
        assert isinstance(at.app.counter.job, LendingJob)


async def test_spent_tries_outlive_the_demo_and_one_key_gives_them_back(tmp_path: Path) -> None:
    """`r`: every card as on the first day, also the one that lies there."""
    tries = tmp_path / TRIES_FILE
    tries.write_text('{"adult": {"jpki/0018": 1}, "two-pins": {"jpki/0018": 0}}')
    async with at_demo(tmp_path) as at:
        await at.lay("2")
        assert "利用者証明用" in at.text(), "the locked PIN is told"
        await at.press("enter", "r")
        assert not tries.exists()
        await at.lay("2")
        assert "利用者証明用" not in at.text()
