"""A patron's file as lines: what stands in the way first, how it all came about last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.blocks import Stops
from counter_tui.desk.patron_file import LinkState
from counter_tui.desk.renewal_proofs import Proof
from counter_tui.desk.renewal_words import run_words
from counter_tui.desk.validity_changes import ValidityKind
from counter_tui.errors import UndoReason
from counter_tui.explanations import (
    dated_proof,
    explain,
    link_state_word,
    not_renewed_word,
    unlink_reason_word,
)
from counter_tui.language import _, day, full_day, language, ngettext, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal, width_of, wrapped
from counter_tui.screens.look import Role
from counter_tui.text import cells, fit
from counter_tui.wording import undo_reason_name

if TYPE_CHECKING:
    from counter_tui.desk.blocks import Block
    from counter_tui.desk.patron_file import LinkEntry, OpenLoan, PatronFile
    from counter_tui.desk.patron_notes import NoteEntry
    from counter_tui.desk.renewal_outcomes import LastOutcome
    from counter_tui.desk.validity_changes import ValidityEntry

_SEAL_CELLS: Final = 6
"""A seal, and the gap behind it."""

_LABEL_CELLS: Final = 14


def file_lines(file: PatronFile, width: int, explained: int, elsewhere: str) -> list[Line]:
    """All of it, to be paged through.

    Args:
        explained: of the blocks, the one whose explanation stands below it.
        elsewhere: where this counter sends people to renew; empty: it renews.
    """
    sections = (
        _blocks(file.blocks, width, explained, elsewhere),
        _automatic(file.automatic, width, elsewhere),
        note_lines(file.notes, width) if file.notes else [],
        _loans(file, width),
        _person(file, width),
        _links(file, width),
        _validity(file.validity, width),
    )
    lines: list[Line] = []
    for section in sections:
        if section:
            lines += [BLANK, *section] if lines else section
    return lines


def note_lines(notes: Sequence[NoteEntry], width: int, chosen: int | None = None) -> list[Line]:
    """The notes, each with its day and who wrote it; the chosen one with a mark."""
    count = ngettext("{n} note", "{n} notes", len(notes)).format(n=len(notes))
    lines = [_head(pgettext("patron", "Notes"), count)]
    for number, note in enumerate(notes):
        is_chosen = number == chosen
        mark = Span("> " if is_chosen else "  ", Role.ACCENT, bold=True)
        rows = wrapped(note.text, width - 2)
        lines += [
            Line([mark if n == 0 else Span("  "), Span(row, bold=is_chosen)])
            for n, row in enumerate(rows)
        ]
        lines.append(_soft(f"  {full_day(note.on, weekday=False)}  {note.at} {note.by}"))
    return lines


def _head(title: str, right: str = "", role: Role = Role.SOFT) -> Line:
    return Line([Span(title, bold=True)], [Span(f"  {right}", role)] if right else [])


def _soft(text: str) -> Line:
    return Line([Span(text, Role.SOFT)])


def _blocks(blocks: Sequence[Block], width: int, explained: int, elsewhere: str) -> list[Line]:
    english = language() == "en"
    if not blocks:
        mark = seal("OK" if english else "可", Role.OK)
        return [Line([mark, Span("  " + _("Nothing stands in the way"))])]
    lines: list[Line] = []
    for number, block in enumerate(blocks):
        words = explain(block, elsewhere)
        if block.stops is Stops.LENDING:
            mark = seal("NO" if english else "停", Role.STOP_FILL)
        else:
            mark = seal("!!" if english else "注", Role.WARN_FILL)
        head = [mark, Span("  "), Span(words.rule, bold=True)]
        since = Span(f" {words.since}", Role.SOFT)
        if width_of([*head, since]) <= width:
            lines.append(Line(head, [since]))
        else:
            lines += [Line(head), Line([], [since])]
        if block.note:
            told = wrapped(_("Reason: {note}").format(note=block.note), width - _SEAL_CELLS)
            lines += [Line([Span(" " * _SEAL_CELLS + row)]) for row in told]
        if number != explained:
            continue
        rows = wrapped(_("Lifted by: {who}").format(who=words.lifted_by), width - _SEAL_CELLS)
        lines += [_soft(" " * _SEAL_CELLS + row) for row in rows]
        # On a ground of its own: it is read aloud, or shown with the screen turned round.
        fill = Role.NOTE_FILL
        said = wrapped(words.for_patron, width - _SEAL_CELLS - 4)
        for row in said:
            spoken = Line([Span(row, fill)], fill=fill, bracketed=True)
            lines.append(spoken._replace(indent=2, outdent=2))
    return lines


def _automatic(outcome: LastOutcome | None, width: int, elsewhere: str) -> list[Line]:
    """What the last monthly run did for this person, or why it did nothing, and the way on."""
    if outcome is None:
        return []
    on = full_day(outcome.checked_on, weekday=False)
    if outcome.reason is None:
        mark = seal("OK" if language() == "en" else "済", Role.OK)
        said = _("Renewed by itself on {date}").format(date=on)
        return [Line([mark, Span("  " + said)])]
    if outcome.reason is NotRenewed.VALID_LONGER:
        return []
    mark = seal("!!" if language() == "en" else "注", Role.WARN_FILL)
    why = not_renewed_word(outcome.reason)
    head = [mark, Span("  " + _("Not renewed by itself"), bold=True)]
    lines = [Line(head, [Span(f" {on}", Role.SOFT)])]
    lines.append(_soft(" " * _SEAL_CELLS + why))
    # On a ground of its own: it is read aloud, or shown with the screen turned round.
    fill = Role.NOTE_FILL
    for sentence in run_words(outcome.reason, elsewhere).sentences:
        for row in wrapped(sentence, width - _SEAL_CELLS - 4):
            line = Line([Span(row, fill)], fill=fill, bracketed=True)
            lines.append(line._replace(indent=2, outdent=2))
    return lines


def _loans(file: PatronFile, width: int) -> list[Line]:
    count = ngettext("{n} item", "{n} items", len(file.loans)).format(n=len(file.loans))
    limit = ngettext(" / {n} item", " / {n} items", file.loan_limit).format(n=file.loan_limit)
    lines = [_head(_("On loan"), count + limit)]
    lines += [_loan(loan, width) for loan in file.loans]
    return lines


def _loan(loan: OpenLoan, width: int) -> Line:
    late = loan.days_overdue > 0
    due = Span(" " + day(loan.due_on, padded=True), Role.WARN if late else Role.SOFT, bold=late)
    title = fit(loan.title, width - 2 - cells(due.text)).rstrip()
    return Line([Span("  " + title)], [due])


def _person(file: PatronFile, width: int) -> list[Line]:
    patron = file.patron
    pairs = (
        (_("Birth date"), full_day(patron.birth_date, weekday=False)),
        (_("Telephone"), file.telephone or _("none")),
        (_("Address"), patron.address),
        (_("Library card"), patron.library_card_number),
    )
    lines = [_head(_("Person"))]
    for label, value in pairs:
        rows = wrapped(value, width - 2 - _LABEL_CELLS)
        for number, row in enumerate(rows):
            shown = fit(label if number == 0 else "", _LABEL_CELLS)
            lines.append(Line([Span("  " + shown, Role.SOFT), Span(row)]))
    return lines


def _links(file: PatronFile, width: int) -> list[Line]:
    state = file.link_state
    grave = state in (LinkState.CERTIFICATE_ENDED, LinkState.CERTIFICATE_ENDING)
    word = link_state_word(state)
    lines = [_head(_("My Number card"), word, Role.WARN if grave else Role.SOFT)]
    for link in file.links:
        lines += [_soft(row) for text in _link(link) for row in _indented(text, width)]
    return lines


def _link(link: LinkEntry) -> Iterator[str]:
    on = full_day(link.linked_on, weekday=False)
    yield _("{date} linked  {place} {who}").format(
        date=on, place=link.linked_at, who=link.linked_by
    )
    if link.certificate_ends_on is not None:
        until = full_day(link.certificate_ends_on, weekday=False)
        yield _("certificate until {date}").format(date=until)
    if link.ended_on is None:
        proof = _("proves itself") if link.proves_itself else _("cannot prove itself")
        yield _("this card {proof}, terms {version}").format(
            proof=proof, version=link.terms_version
        )
        return
    ended = _("{date} ended").format(date=full_day(link.ended_on, weekday=False))
    reason = unlink_reason_word(link.reason) if link.reason is not None else ""
    yield "  ".join(each for each in (ended, reason, link.ended_at, link.ended_by) if each)


def _validity(history: Sequence[ValidityEntry], width: int) -> list[Line]:
    lines = [_head(_("History of the validity"))]
    for step in history:
        until = full_day(step.after, weekday=False)
        text = _("{date} {kind}: until {until}").format(
            date=full_day(step.on, weekday=False), kind=_kind(step.kind), until=until
        )
        lines += [_soft(row) for row in _indented(text, width)]
        more = "  ".join(each for each in (step.at, step.by, _why(step)) if each)
        lines += [_soft("  " + row) for row in _indented(more, width - 2)] if more else []
    return lines


def _why(step: ValidityEntry) -> str:
    if step.kind is ValidityKind.COUNTER and step.reason:
        return dated_proof(Proof(step.reason), step.proof_date)
    if step.kind is ValidityKind.UNDO and step.reason:
        return undo_reason_name(UndoReason(step.reason))
    return ""


def _indented(text: str, width: int) -> list[str]:
    return ["  " + row for row in wrapped(text, width - 2)]


def _kind(kind: ValidityKind) -> str:
    return {
        ValidityKind.REGISTRATION: pgettext("validity", "registered"),
        ValidityKind.IMPORT: pgettext("validity", "taken over"),
        ValidityKind.COUNTER: pgettext("validity", "renewed at the counter"),
        ValidityKind.AUTOMATIC: pgettext("validity", "renewed by itself"),
        ValidityKind.UNDO: pgettext("validity", "undone"),
    }[kind]
