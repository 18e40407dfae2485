"""A sheet over the whole body: trouble told at length, a question, or help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from counter_tui.language import _
from counter_tui.screens.line import BLANK, Line, Span, spaced, wrapped
from counter_tui.screens.look import Ground, Role
from counter_tui.screens.stop_banner import skipped_lines
from counter_tui.screens.zone import Zone
from counter_tui.text import cells
from counter_tui.wording import Wording


@dataclass
class Page:
    """What a sheet shows.

    Attributes:
        word: the state word of its head, e.g. 注意.
        head: one sentence beside it.
        rows: label at the left, text at the right; an empty label continues the group above.
        skipped: codes that were scanned since, and not applied.
    """

    word: str
    role: Role
    head: str
    rows: Sequence[tuple[str, str]] = ()
    skipped: list[str] = field(default_factory=list)


def trouble_page(wording: Wording, word: str, role: Role) -> Page:
    """The sheet for an error: what stands, then what to do."""
    rows: list[tuple[str, str]] = []
    if wording.about:
        rows += [("", wording.about), ("", "")]
    if wording.kept:
        rows += [(_("What stands"), wording.kept), ("", "")]
    label = _("What to do")
    for number, step in enumerate(wording.to_do, 1):
        rows.append((label if number == 1 else "", f"{number}  {step}"))
    for where in wording.office:
        rows.append(("", where))
    return Page(word, role, wording.head, rows)


class Sheet(Zone):
    """Full width, all body rows."""

    ground = Ground.FIELD

    def __init__(self) -> None:
        super().__init__(id="sheet")
        self._page: Page | None = None

    def show(self, page: Page | None) -> None:
        """Show this page; None: nothing."""
        self._page = page
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """Head of three rows, then the rows of the page."""
        page = self._page
        if page is None:
            return ()
        margin = 4 if width >= 110 else 2
        text_at = 40 if width >= 110 else 28
        word = spaced(page.word, text_at)
        sentences = wrapped(page.head, width - 2 * margin - text_at)
        heads = [
            Line(
                [
                    Span(shown + " " * max(text_at - cells(shown), 2), page.role, bold=True),
                    Span(row, page.role, bold=True),
                ],
                fill=page.role,
                indent=margin,
                outdent=margin,
                bracketed=True,
            )
            for shown, row in zip([word, *[""] * len(sentences)], sentences, strict=False)
        ]
        empty = Line(fill=page.role)
        lines = [empty, *heads, empty, BLANK]
        for label, text in page.rows:
            for number, row in enumerate(wrapped(text, width - 2 * margin - text_at)):
                shown = label if number == 0 else ""
                gap = " " * max(text_at - cells(shown), 1)
                lines.append(
                    Line([Span(shown + gap, Role.SOFT), Span(row)], indent=margin, outdent=margin)
                )
        skipped = skipped_lines(page.skipped)
        if skipped:
            lines = lines[: height - 3]
            lines += [BLANK] * (height - 3 - len(lines))
            lines += [line._replace(indent=margin + text_at, outdent=margin) for line in skipped]
        return lines
