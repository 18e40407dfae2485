"""What the counter renewal draws: the old end and the new one, and what has to be seen."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from counter_tui.desk.auto_renewal import NEEDS_PROOF
from counter_tui.desk.counter_renewal import Anchor
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.renewal_proofs import Proof
from counter_tui.errors import UndoReason
from counter_tui.explanations import dated_proof, not_renewed_word, proof_word
from counter_tui.language import _, full_day, language, ngettext, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import card_line, link_line, residency_word
from counter_tui.screens.person_panel import Group, pair
from counter_tui.screens.validity_steps import UNDO_REASONS, Seen, asks_for_proof, proof_choices
from counter_tui.text import cells, cut, masked
from counter_tui.wording import field_name, sentence, undo_reason_name

if TYPE_CHECKING:
    from counter_tui.desk.counter_renewal import CounterRenewed, Offer, RenewalCase, RenewalTerms
    from counter_tui.desk.patrons import PatronView
    from counter_tui.desk.renewal_outcomes import LastOutcome

_MARK_CELLS: Final = 6
_ARROW_CELLS: Final = 4
"""Between the two blocks; a block is as wide as what is left, halved to an even column."""


def validity_panel(
    groups: list[Group], patron: PatronView, outcome: LastOutcome | None
) -> list[Group]:
    """The person panel with what the monthly run does for this person beside the link."""
    name, validity, _link, more = groups
    word, role = _automatic(patron, outcome)
    link = Group(
        [
            link_line(patron.linked_on),
            card_line(masked(patron.library_card_number)),
            pair(_("Class"), Span(residency_word(patron.residency), Role.SOFT)),
            pair(_("By itself"), Span(word, role, bold=role is Role.WARN)),
        ]
    )
    return [name, validity, link, more]


def who_lines(width: int) -> list[Line]:
    """How the patron is found."""
    return [
        _title(),
        BLANK,
        Line([_now_mark(), Span("  " + _("Whose library card is it?"), bold=True)]),
        _below(_("Lay the card down, scan the library card,")),
        _below(_("or type name, kana, telephone, birth date")),
        BLANK,
        *[
            Line([Span(row, Role.SOFT)])
            for row in wrapped(_("Who looked, and why, is recorded."), width)
        ],
        BLANK,
        Line([Span("F7  ", Role.ACCENT, bold=True), Span(_("The monthly run, for all at once"))]),
    ]


def offer_lines(
    case: RenewalCase,
    offer: Offer,
    terms: RenewalTerms,
    seen: Seen,
    today: date,
    width: int,
    *,
    asks_date: bool,
) -> list[Line]:
    """Old end and new end; class; what was seen.

    Args:
        asks_date: the proof is chosen, and the date on it asked for.
    """
    lines = [_title(), BLANK, *_blocks(case.patron, offer.expires_on, terms, today, width), BLANK]
    kind = [Span("  " + _("Class") + "  ", Role.SOFT), *_class_at_length(case.patron)]
    lines.append(Line([_done_mark(), *kind]))
    if asks_for_proof(offer):
        lines += _proof_rows(offer, seen, width, asks_date=asks_date)
    else:
        lines += _address_rows(case.patron, offer, seen, width)
    lines.append(BLANK)
    for text, role in _why(case):
        lines += [Line([Span(row, role)]) for row in wrapped(text, width)]
    return lines


def _proof_rows(offer: Offer, seen: Seen, width: int, *, asks_date: bool) -> list[Line]:
    """Which proof was seen; when it is chosen, its date."""
    proof = proof_word(seen.proof) if seen.proof is not None else _("choose what you saw")
    mark = _done_mark() if asks_date else _now_mark()
    chosen = [Span("  " + _("Proof") + "  ", Role.SOFT), Span(proof, bold=seen.proof is not None)]
    if asks_date:
        issued, until = _("Which date of issue is on it?"), _("Until when is it valid?")
        asked = Span("  " + (issued if seen.is_issued else until), bold=True)
        return [Line([mark, *chosen]), Line([_now_mark(), asked])]
    choices = [
        (key, proof_word(each), each is seen.proof) for key, each in proof_choices(offer).items()
    ]
    return [Line([mark, *chosen]), *_choices(choices, width)]


def _address_rows(patron: PatronView, offer: Offer, seen: Seen, width: int) -> list[Line]:
    """The recorded address, and who says that it is right: the person, or the person's card."""
    room = width - _MARK_CELLS
    asked = _("Ask the person: is this the address still?")
    lines = [Line([_now_mark(), Span("  " + asked, bold=True)])]
    lines += [_below(row, Role.INK) for row in wrapped(patron.address, room)]
    ways = {
        Proof.ADDRESS: _("The person says so"),
        Proof.MYNUMBER_CARD: _("Ask the card (PIN)"),
    }
    choices = [
        (key, ways[proof], proof is (seen.proof or Proof.ADDRESS))
        for key, proof in proof_choices(offer).items()
    ]
    if choices:
        lines += _choices(choices, width)
        changed = _("If it has changed: 2. Without the PIN, record it first.")
    else:
        changed = _("If it has changed: record the change first, then renew.")
    return lines + [_below(row) for row in wrapped(changed, room)]


def card_wanted_lines(width: int) -> list[Line]:
    """The card that is to give the address is waited for."""
    told = (
        _("Only the card that is linked to this person is taken."),
        _("The person types the card-surface PIN. Looking uses no try."),
    )
    return [
        _title(),
        BLANK,
        Line([_now_mark(), Span("  " + _("Lay the My Number card on the reader"), bold=True)]),
        BLANK,
        *[_below(row) for text in told for row in wrapped(text, width - _MARK_CELLS)],
    ]


def refused_lines(case: RenewalCase, width: int, *, may_undo: bool) -> list[Line]:
    """Why nothing is renewed, what to do, and today's renewal if there was one."""
    lines = [_title(), BLANK]
    if case.refusal is not None:
        said = sentence(case.refusal)
        mark = seal("!!" if language() == "en" else "注", Role.WARN_FILL)
        head, *more = wrapped(said.head, width - _MARK_CELLS)
        lines.append(Line([mark, Span("  " + head, bold=True)]))
        lines += [_below(row, Role.INK) for row in more]
        lines.append(_below(said.kept or ""))
        for step in said.to_do:
            lines += [_below(row, Role.INK) for row in wrapped(step, width - _MARK_CELLS)]
    if case.undoable:
        lines += undo_offer_lines(may_undo=may_undo)
    lines.append(BLANK)
    for text, role in _why(case):
        lines += [Line([Span(row, role)]) for row in wrapped(text, width)]
    return lines


def done_lines(done: CounterRenewed, seen: Seen, *, may_undo: bool) -> list[Line]:
    """It is renewed: until when, on what, and which slip."""
    proof = dated_proof(seen.proof or Proof.ADDRESS, seen.dated)
    comma = "、" if language() == "ja" else ", "
    corrected = comma.join(field_name(name) for name in sorted(seen.take_over))
    as_on_card = _("{fields}: as on the card now").format(fields=corrected)
    slip = _("slip {number}").format(number=done.job_number) if done.job_number else _("no slip")
    return [
        _title(),
        BLANK,
        Line([Span(_("Usable until") + "  ", Role.SOFT), _end(done.patron.expires_on)]),
        Line([Span(_("Proof") + "  ", Role.SOFT), Span(proof)]),
        *([Line([Span(_("Record") + "  ", Role.SOFT), Span(as_on_card)])] if corrected else []),
        Line([Span(_("Print") + "  ", Role.SOFT), Span(slip)]),
        *undo_offer_lines(may_undo=may_undo),
    ]


def undo_offer_lines(*, may_undo: bool) -> list[Line]:
    """Today's renewal can be taken back, by a supervisor."""
    text = _("A supervisor can take today's renewal back")
    if not may_undo:
        return [BLANK, Line([Span(text, Role.SOFT)])]
    return [BLANK, Line([Span("^A  ", Role.ACCENT, bold=True), Span(text)])]


def undo_lines(chosen: UndoReason | None, width: int) -> list[Line]:
    """Why the renewal is taken back."""
    choices = [(key, undo_reason_name(why), why is chosen) for key, why in UNDO_REASONS.items()]
    return [
        Line([Span(_("Take the renewal back"), bold=True)]),
        BLANK,
        Line([_now_mark(), Span("  " + _("Why is it taken back?"), bold=True)]),
        *_choices(choices, width),
        BLANK,
        *[
            Line([Span(row, Role.SOFT)])
            for row in wrapped(_("The library card ends when it did before."), width)
        ],
    ]


def undone_lines(patron: PatronView, reason: UndoReason) -> list[Line]:
    """The validity is as it was."""
    return [
        Line([Span(_("The renewal is taken back"), bold=True)]),
        BLANK,
        Line([Span(_("Valid to") + "  ", Role.SOFT), _end(patron.expires_on)]),
        Line([Span(_("Reason") + "  ", Role.SOFT), Span(undo_reason_name(reason))]),
        BLANK,
        Line([Span(_("The slip of the renewal is void: take it back"), Role.SOFT)]),
    ]


def _title() -> Line:
    at = pgettext("validity", "at the counter")
    return Line([Span(_("Renewal of the validity"), bold=True), Span("   " + at, Role.SOFT)])


def _end(on: date) -> Span:
    return Span(full_day(on), bold=True)


def _automatic(patron: PatronView, outcome: LastOutcome | None) -> tuple[str, Role]:
    if patron.residency in NEEDS_PROOF:
        return pgettext("by itself", "not this class"), Role.WARN
    if patron.linked_on is None:
        return pgettext("by itself", "no link"), Role.SOFT
    if outcome is None:
        return pgettext("by itself", "each month"), Role.SOFT
    if outcome.reason is None:
        renewed = pgettext("by itself", "renewed {date}")
        return renewed.format(date=_short(outcome.checked_on)), Role.SOFT
    return pgettext("by itself", "not renewed"), Role.WARN


def _short(on: date) -> str:
    return f"{on.month}/{on.day}" if language() == "ja" else f"{on.day} {on:%b}"


def _why(case: RenewalCase) -> list[tuple[str, Role]]:
    """Why this person has come: what the monthly run does not do."""
    if case.patron.residency in NEEDS_PROOF:
        return [(_("Who works or studies here is not renewed by itself."), Role.SOFT)]
    if case.patron.linked_on is None:
        return []
    outcome = case.automatic
    if outcome is None or outcome.reason is None:
        return []
    said = _("The run of {date}: {reason}").format(
        date=full_day(outcome.checked_on, weekday=False), reason=not_renewed_word(outcome.reason)
    )
    return [(said, Role.SOFT)]


def _class_at_length(patron: PatronView) -> list[Span]:
    where = {
        ResidencyClass.RESIDENT: _("lives in the city"),
        ResidencyClass.WORKER: _("and lives elsewhere"),
        ResidencyClass.STUDENT: _("and lives elsewhere"),
        ResidencyClass.NON_RESIDENT: "",
    }[patron.residency]
    return [Span(residency_word(patron.residency), bold=True), Span(f"  {where}", Role.SOFT)]


def _blocks(
    patron: PatronView, until: date, terms: RenewalTerms, today: date, width: int
) -> list[Line]:
    """Two filled blocks side by side, five rows, with an arrow between them."""
    block = (width - _ARROW_CELLS) // 2 // 2 * 2
    old_role, new_role = Role.REST_FILL, Role.OK_FILL
    rows = [
        ("", ""),
        (_("Now valid to"), _("Then valid to")),
        (full_day(patron.expires_on, weekday=False), full_day(until, weekday=False)),
        (_left((patron.expires_on - today).days), _period(terms)),
        ("", ""),
    ]
    lines = []
    for number, (old, new) in enumerate(rows):
        bold = number == 2
        arrow = Span(">>".center(_ARROW_CELLS), Role.ACCENT, bold=True)
        lines.append(
            Line(
                [
                    Span(_padded(old, block), old_role, bold=bold),
                    arrow if bold else Span(" " * _ARROW_CELLS),
                    Span(_padded(new, block), new_role, bold=bold),
                ]
            )
        )
    return lines


def _padded(text: str, width: int) -> str:
    shown = cut(text, width - 3)
    return f"  {shown}{' ' * (width - 2 - cells(shown))}"


def _left(days: int) -> str:
    if days < 0:
        return ngettext("{n} day ago", "{n} days ago", -days).format(n=-days)
    return ngettext("{n} day left", "{n} days left", days).format(n=days)


def _period(terms: RenewalTerms) -> str:
    years = ngettext("{n} year", "{n} years", terms.years).format(n=terms.years)
    begins = {
        Anchor.TODAY: _("{period} from today"),
        Anchor.EXPIRY: _("{period} after it"),
        Anchor.LATER: _("{period} from later"),
        Anchor.BIRTHDAY: _("{period}, birthday"),
    }[terms.anchor]
    return begins.format(period=years)


def _choices(choices: list[tuple[str, str, bool]], width: int) -> list[Line]:
    """On as few rows as they fit, each with its key."""
    rows: list[list[Span]] = [[Span(" " * _MARK_CELLS)]]
    used = _MARK_CELLS
    for key, text, is_chosen in choices:
        shown = f" {key} {text} "
        if used + cells(shown) > width and used > _MARK_CELLS:
            rows.append([Span(" " * _MARK_CELLS)])
            used = _MARK_CELLS
        if is_chosen:
            rows[-1].append(Span(shown, Role.ACCENT_FILL, bold=True))
        else:
            rows[-1] += [Span(f" {key}", Role.ACCENT, bold=True), Span(f" {text} ")]
        used += cells(shown)
    return [Line(row) for row in rows]


def _now_mark() -> Span:
    return seal(">>" if language() == "en" else "今", Role.ACCENT_FILL)


def _done_mark() -> Span:
    return seal("OK" if language() == "en" else "済", Role.OK)


def _below(text: str, role: Role = Role.SOFT) -> Line:
    return Line([Span(" " * _MARK_CELLS + text, role)])
