"""The global keys: what F1 to F9 and the command barcodes do, whatever job is at the counter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from counter_tui.errors import NoSlip
from counter_tui.language import _
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.help import help_page
from counter_tui.screens.interruption import Interruption

if TYPE_CHECKING:
    from counter_tui.screens.counter_screen import CounterScreen
    from counter_tui.screens.happenings import Reaction

BARCODES: Final = {
    "/1": "help",
    "/2": "lend",
    "/3": "take_back",
    "/4": "search",
    "/5": "link_card",
    "/6": "unlink_card",
    "/7": "renew_validity",
    "/8": "last_patron",
    "/9": "reprint",
    "/links": "link_overview",
    "/monthly": "monthly_run",
    "/slips": "slip_queue",
    "/handover": "handover",
}
"""Command barcodes: `/1` … `/9` are F1 … F9. `/ok` is Enter and `/no` is Esc. What is seldom
wanted has a word and no key."""


class Commands:
    """Does what a global key says; behind a banner, nothing."""

    def __init__(self, counter: CounterScreen) -> None:
        self._counter = counter

    def named(self, name: str) -> Reaction:
        """The command with this name, as in `BARCODES` and in the screen's bindings."""
        command: Reaction = {
            "help": self.help,
            "lend": self.lend,
            "take_back": self.take_back,
            "search": self.search,
            "link_card": self.link_card,
            "unlink_card": self.unlink_card,
            "renew_validity": self.renew_validity,
            "last_patron": self.last_patron,
            "reprint": self.reprint,
            "link_overview": self.link_overview,
            "monthly_run": self.monthly_run,
            "slip_queue": self.slip_queue,
            "handover": self.handover,
            "details": self.details,
        }[name]
        return command

    async def help(self) -> None:
        """F1: the keys and the rules of the counter."""
        counter = self._counter
        if not counter.is_locked:
            keys = [KeyHint("Enter", _("Close")), KeyHint("Esc", _("the same"))]
            page = help_page(demo=counter.holder.is_demo)
            counter.interrupt(Interruption(page, keys, bells=0))

    async def lend(self) -> None:
        """F2: ready for the next patron; asks when something unfinished would be lost."""
        counter = self._counter
        if not counter.is_locked:
            await self._leave_for(counter.job.lend)

    async def take_back(self) -> None:
        """F3: take items back; who is open stays so."""
        counter = self._counter
        if counter.is_locked:
            return
        await counter.holder.have_desk()
        if counter.job.can_wait:
            await counter.opening.open_returning()
        else:
            await self._leave_for(counter.opening.open_returning)

    async def search(self) -> None:
        """F4: look for a patron; who is open stays so."""
        counter = self._counter
        if counter.is_locked:
            return
        await counter.holder.have_desk()
        if counter.job.can_wait:
            await counter.job.search()
        else:
            await self._leave_for(counter.opening.open_search)

    async def link_card(self) -> None:
        """F5: link a card; in the first step of that, register a patron."""
        if not self._counter.is_locked:
            await self._counter.holder.have_desk()
            await self._counter.job.link_card()

    async def unlink_card(self) -> None:
        """F6: the loss desk; asks when something unfinished would be lost."""
        if not self._counter.is_locked:
            await self._counter.holder.have_desk()
            await self._leave_for(self._counter.job.unlink_card)

    async def renew_validity(self) -> None:
        """F7: renew a library card; asks when something unfinished would be lost."""
        if not self._counter.is_locked:
            await self._counter.holder.have_desk()
            await self._leave_for(self._counter.job.renew_validity)

    async def monthly_run(self) -> None:
        """`/monthly`: the month's automatic renewal, for all at once."""
        if not self._counter.is_locked:
            await self._counter.holder.have_desk()
            await self._leave_for(self._counter.opening.open_monthly_run)

    async def _leave_for(self, then: Reaction) -> None:
        counter = self._counter
        loss = counter.job.loss
        if not loss:
            await then()
            return

        async def stay() -> None:
            counter.refresh_all()

        counter.ask(_("Leave this unfinished?"), [(_("What stands"), loss)], yes=then, no=stay)

    async def last_patron(self) -> None:
        """F8: whoever was served last, once more; asks when something unfinished would be lost."""
        if not self._counter.is_locked:
            await self._counter.holder.have_desk()
            await self._leave_for(self._counter.opening.open_last_patron)

    async def reprint(self) -> None:
        """F9: the last slip once more, marked as a reprint."""
        counter = self._counter
        if counter.is_locked:
            return
        await counter.holder.have_desk()
        if await counter.job.print_out():
            return
        # With a patron open, never somebody else's list of titles.
        if counter.job.has_patron and counter.job.patron_id is None:
            raise NoSlip
        receipts = counter.desk.receipts
        reprint = await receipts.reprint_last(counter.job.patron_id)
        if receipts.drawn_on_screen and not counter.job.has_patron:
            await counter.opening.open_receipt()
        else:
            about = _("Slip {number}  library card {card}").format(
                number=reprint.number, card=reprint.library_card
            )
            counter.say(Answer(_("Reprint"), about))

    async def link_overview(self) -> None:
        """`/links`: whose card should be linked anew; who is open stays so."""
        counter = self._counter
        if counter.is_locked:
            return
        await counter.holder.have_desk()
        if counter.job.can_wait:
            await counter.opening.open_link_overview()
        else:
            await self._leave_for(counter.opening.open_link_overview)

    async def slip_queue(self) -> None:
        """`/slips`: what was printed, waits, or is uncertain; who is open stays so."""
        counter = self._counter
        if counter.is_locked:
            return
        await counter.holder.have_desk()
        if counter.job.can_wait:
            await counter.opening.open_slip_queue()
        else:
            await self._leave_for(counter.opening.open_slip_queue)

    async def handover(self) -> None:
        """`/handover`: the day in figures; who is open stays so."""
        counter = self._counter
        if counter.is_locked:
            return
        await counter.holder.have_desk()
        if counter.job.can_wait:
            await counter.opening.open_handover()
        else:
            await self._leave_for(counter.opening.open_handover)

    async def details(self) -> None:
        """^T: what the job has to tell; else, in the demo, lay simulated cards on the reader."""
        counter = self._counter
        if counter.is_locked or (not counter.card_panel_is_open and await counter.job.details()):
            return
        if counter.holder.is_demo:
            await counter.holder.have_desk()
            counter.show_card_panel(not counter.card_panel_is_open)
