"""What the work zone shows in the steps of an enrolment."""

from __future__ import annotations

from counter_tui.desk.enrollment import Enrolled
from counter_tui.language import _, full_day, language, pgettext
from counter_tui.screens.line import BLANK, Line, Span, seal
from counter_tui.screens.look import Role
from counter_tui.screens.loss_lines import reason_choice


def step_names() -> list[str]:
    """In the order in which they are done."""
    return [
        pgettext("step", "Library card"),
        pgettext("step", "Consent"),
        pgettext("step", "Card"),
        pgettext("step", "PINs"),
        pgettext("step", "Comparison"),
        pgettext("step", "Link"),
    ]


def library_card_lines() -> list[Line]:
    """The first step."""
    return [
        Line([Span(pgettext("step", "Library card"), bold=True)]),
        BLANK,
        Line([Span(_("Scan the person's library card first."))]),
        Line([Span(_("Smartphone card: its barcode, or its number."))]),
        BLANK,
        Line([Span("F5^E ", Role.ACCENT, bold=True), Span(_("The person is new here"))]),
    ]


def consent_lines(terms_version: str, *, lending_is_stopped: bool) -> list[Line]:
    """What staff tell the person, and the question.

    Args:
        lending_is_stopped: to this patron; a library card that was found may be why.
    """
    question = seal("??" if language() == "en" else "問", Role.ACCENT_FILL)
    told = (
        _("The 12-digit My Number is not collected."),
        _("Name, address and birth date are taken."),
        _("Sex is not kept."),
        _("The library card goes on working."),
        _("The terms and the privacy policy apply."),
    )
    return [
        Line([Span(pgettext("step", "Consent"), bold=True)]),
        BLANK,
        Line([Span(_("Tell the person:"))]),
        BLANK,
        *[Line([Span("- "), Span(sentence_)]) for sentence_ in told],
        BLANK,
        Line(
            [
                Span(_("Terms, version {version}").format(version=terms_version), Role.SOFT),
                Span("  ^T ", Role.ACCENT, bold=True),
                Span(_("Read the terms"), Role.ACCENT),
            ]
        ),
        BLANK,
        Line([question, Span("  " + _("Is this the person in person?"), bold=True)]),
        Line([Span("      " + _("No proxy. Family members come themselves"), Role.SOFT)]),
        *(_stopped_lines() if lending_is_stopped else []),
    ]


def _stopped_lines() -> list[Line]:
    mark = seal("!!" if language() == "en" else "注", Role.WARN_FILL)
    stopped = _("Lending to this patron is stopped")
    look = _("Maybe a lost library card: look closely")
    return [
        Line([mark, Span("  " + stopped, Role.WARN, bold=True)]),
        Line([Span("      " + look, Role.SOFT)]),
    ]


def card_lines(*, is_anothers: bool) -> list[Line]:
    """The card is waited for.

    Args:
        is_anothers: the one on the reader is linked to somebody else.
    """
    if is_anothers:
        return _others_card_lines()
    mark = seal(">>" if language() == "en" else "今", Role.ACCENT_FILL)
    return [
        Line([Span(pgettext("step", "Card"), bold=True)]),
        BLANK,
        Line([mark, Span("  " + _("Lay the My Number card on the reader"), bold=True)]),
        BLANK,
        Line([Span("      " + _("It stays there until the end."), Role.SOFT)]),
        Line([Span("      " + _("Looking at it uses no try."), Role.SOFT)]),
    ]


def _others_card_lines() -> list[Line]:
    stop = seal("!!" if language() == "en" else "注", Role.WARN_FILL)
    mark = seal(">>" if language() == "en" else "今", Role.ACCENT_FILL)
    return [
        Line([Span(pgettext("step", "Card"), bold=True)]),
        BLANK,
        Line([stop, Span("  " + _("On the reader is someone else's card"), Role.WARN, bold=True)]),
        BLANK,
        Line([mark, Span("  " + _("Give it back, and lay this person's down"), bold=True)]),
        BLANK,
        Line([Span("      " + _("Nothing has to be scanned again."), Role.SOFT)]),
    ]


def done_lines(enrolled: Enrolled) -> list[Line]:
    """The card is linked: what that means for the person."""
    slip = (
        _("slip {number}").format(number=enrolled.job_number)
        if enrolled.job_number is not None
        else _("no printer")
    )
    ended: list[Line] = []
    if enrolled.ended_reason is not None:
        why = reason_choice(enrolled.ended_reason)
        text = _("The link before is ended: {reason}").format(reason=why)
        ended = [Line([Span(text)]), BLANK]
    lines = [
        BLANK,
        Line([Span(_("The My Number card borrows books now"), bold=True)]),
        BLANK,
        Line(
            [
                Span(_("Valid to") + " ", Role.SOFT),
                Span(full_day(enrolled.patron.expires_on), bold=True),
            ]
        ),
        Line([Span(_("Print") + " ", Role.SOFT), Span(slip)]),
        BLANK,
        *ended,
        Line([Span(_("The library card goes on working."), Role.SOFT)]),
        Line([Span(_("Please tell the person to keep it."), Role.SOFT)]),
    ]
    if not enrolled.usable_now:
        mark = seal("!!" if language() == "en" else "注", Role.WARN_FILL)
        text = _("For some minutes only the library card works.")
        lines += [BLANK, Line([mark, Span("  " + text, Role.WARN, bold=True)])]
    return lines
