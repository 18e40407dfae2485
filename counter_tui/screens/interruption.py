"""What locks the input until a person has seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from counter_tui.errors import (
    CardBusy,
    CardGone,
    CardNotGenuine,
    CardUnlinked,
    CardUnreadable,
    CounterError,
    InvalidField,
    ItemAlreadyYours,
    NoCard,
    NoSlip,
    PrinterError,
    ReaderLost,
    ReaderSilent,
    ServiceUnavailable,
    StoreError,
)
from counter_tui.language import _, pgettext
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.happenings import Reaction
from counter_tui.screens.job import Expectation
from counter_tui.screens.look import Role
from counter_tui.screens.sheet import Page, trouble_page
from counter_tui.screens.stop_banner import Gravity, Stop
from counter_tui.wording import MunicipalOffice, Wording, sentence, sentence_with_office

LAY_DOWN_AGAIN: Final = (
    NoCard,
    CardGone,
    CardBusy,
    CardUnreadable,
    ReaderLost,
    ReaderSilent,
    NoSlip,
    InvalidField,
)
"""Nothing happened and trying again is all there is to do: said without locking the input."""

TOLD_AT_LENGTH: Final = (StoreError, PrinterError, ServiceUnavailable)
"""Trouble of the house and not of the patron: needs a sheet, not a banner."""


@dataclass
class Interruption:
    """A banner or a sheet.

    Attributes:
        on_enter: after Enter or `/ok`. on_escape: after Esc or `/no`; None: same as Enter.
        bells: how often the bell is rung for it.
        on_supervisor: after ^A; None: there is no such way.
        choices: by what is typed; where there are some, Enter alone chooses nothing.
        expects: what the scan line asks for; None: to be confirmed.
    """

    shown: Stop | Page
    keys: Sequence[KeyHint]
    on_enter: Reaction | None = None
    on_escape: Reaction | None = None
    bells: int = 1
    on_supervisor: Reaction | None = None
    choices: Mapping[str, Reaction] = field(default_factory=dict)
    expects: Expectation | None = None

    def hands_on_to(self, reaction: Reaction | None) -> bool:
        """Whether what comes of this reaction is about the same, with the scans skipped so far."""
        return reaction is not None and reaction is self.on_supervisor


class Interruptions:
    """Those that a person has not seen yet. None is lost: one is shown after the other."""

    def __init__(self) -> None:
        self._waiting: list[Interruption] = []

    @property
    def present(self) -> Interruption | None:
        """The one that is shown now."""
        return self._waiting[0] if self._waiting else None

    def add(self, interruption: Interruption) -> None:
        """Show it after those that wait already."""
        self._waiting.append(interruption)

    def put_first(self, interruption: Interruption) -> None:
        """Show it now, for a person asked for it; the others come afterwards."""
        self._waiting.insert(0, interruption)

    def take(self) -> Interruption | None:
        """A person has seen the present one."""
        return self._waiting.pop(0) if self._waiting else None


def interruption_of(
    error: CounterError,
    then: Reaction | None,
    kept: str | None = None,
    *,
    office: MunicipalOffice,
) -> Interruption:
    """The error as gravely as it is.

    Args:
        office: where cards, certificates and PINs are mended.
        then: what to do when a person has seen it.
        kept: what stands nevertheless; None: what the error's own sentence says.
    """
    wording = sentence_with_office(error, office)
    if kept is not None:
        wording = replace(wording, kept=kept)
    if isinstance(error, TOLD_AT_LENGTH):
        page = trouble_page(wording, pgettext("banner", "NOTE"), Role.WARN_FILL)
        return Interruption(page, [KeyHint("Enter", _("Go on"))], on_enter=then)
    mild = isinstance(error, (ItemAlreadyYours, *LAY_DOWN_AGAIN)) or (
        # A card that nobody misses: its person may go on with the library card.
        isinstance(error, CardUnlinked) and not error.alerts
    )
    return _banner(Stop(wording, Gravity.CAUTION if mild else Gravity.STOP), then)


def extension_offer(
    error: ItemAlreadyYours, extend: Reaction, set_aside: bool = False
) -> Interruption:
    """注意: the item is on this card; Enter extends the loan, where that can be.

    Args:
        set_aside: what refuses it is set aside for this patron already.
    """
    wording = sentence(error)
    if error.extends_to is None and not set_aside:
        return _banner(Stop(wording, Gravity.CAUTION), None)
    wording = replace(wording, head=_("Already on this card. Enter extends it."))
    keys = [KeyHint("Enter", _("Extend")), KeyHint("Esc", _("Do not extend"))]

    async def leave_it() -> None:
        """It stays as it is."""

    hint = _("Enter extends it. Esc leaves it as it is")
    return Interruption(
        Stop(wording, Gravity.CAUTION),
        keys,
        on_enter=extend,
        on_escape=leave_it,
        bells=Gravity.CAUTION.bells,
        expects=Expectation(pgettext("scan", "Confirm"), hint, role=Role.WARN_FILL),
    )


def still_open(error: CounterError, name: str) -> Interruption:
    """Somebody laid a card down that did not open: whoever was open before is so still.

    What is scanned now would be lent to that person; the input is locked, whatever the error.
    """
    if isinstance(error, CardUnlinked) and error.alerts:
        # Somebody has a card that was reported missing: that comes before all else.
        missing = sentence(error)
        stays = _("{name} is still open.").format(name=name)
        return _banner(
            Stop(Wording(missing.head, to_do=(*missing.to_do, stays)), Gravity.STOP), None
        )
    # Not what else to do about that card: F5 would link it to whoever is open.
    wording = Wording(
        _("This person is still open."),
        about=name,
        to_do=(sentence(error).head, _("After Enter, scans are lent to this person.")),
    )
    # That somebody is open is no stop; a card that failed its proof is one.
    grave = isinstance(error, CardNotGenuine)
    return _banner(Stop(wording, Gravity.STOP if grave else Gravity.CAUTION), None)


def caution(wording: Wording) -> Interruption:
    """注意: it happened, or stands already, but look."""
    return _banner(Stop(wording, Gravity.CAUTION), None)


def _banner(stop: Stop, then: Reaction | None) -> Interruption:
    keys = [KeyHint("Enter", _("Confirm and go on")), KeyHint("Esc", _("the same"))]
    return Interruption(stop, keys, on_enter=then, bells=stop.gravity.bells)


def question(
    head: str,
    rows: Sequence[tuple[str, str]],
    *,
    yes: Reaction,
    no: Reaction,
    answers: tuple[str, str] | None = None,
) -> Interruption:
    """A sheet with a question: Enter is yes, Esc is no.

    Args:
        answers: what Enter and Esc are called, where they are two ways and not yes and no.
    """
    page = Page(pgettext("banner", "QUESTION"), Role.WARN_FILL, head, rows)
    first, second = answers or (_("Yes"), _("No"))
    keys = [KeyHint("Enter", first), KeyHint("Esc", second)]
    return Interruption(page, keys, on_enter=yes, on_escape=no)
