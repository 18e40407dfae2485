"""The last result in one line, always at the same place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from counter_tui.language import _
from counter_tui.screens.line import Line, Span
from counter_tui.screens.look import Role
from counter_tui.screens.zone import Zone
from counter_tui.text import cells


class Answer(NamedTuple):
    """What the band says: verb, thing, and the consequence at the right edge."""

    verb: str
    thing: str = ""
    consequence: str = ""
    role: Role = Role.NOTE_FILL


def hand_back_answer() -> Answer:
    """Said, with the bell, until the card is taken."""
    return Answer(_("Hand the card back"), _("It still lies on the reader"), role=Role.WARN_FILL)


class AnswerBand(Zone):
    """A filled band of 3 or 5 rows with one line of text."""

    def __init__(self) -> None:
        super().__init__(id="answer")
        self._answer = Answer("", role=Role.REST_FILL)

    @property
    def answer(self) -> Answer:
        """What is said now."""
        return self._answer

    def say(self, answer: Answer) -> None:
        """Say this from now on."""
        self._answer = answer
        self.redraw()

    def build(self, width: int, height: int) -> Sequence[Line]:
        """The line in the middle of the band."""
        answer = self._answer
        role = answer.role
        gap = "   " if answer.verb else ""
        verb = answer.verb + " " * max(4 - cells(answer.verb), 0) if answer.verb else ""
        left = [Span(verb + gap, role, bold=True), Span(answer.thing, role)]
        right = [Span(f" {answer.consequence}", role, bold=True)] if answer.consequence else []
        middle = Line(left, right, fill=role, indent=2, outdent=2, bracketed=True)
        empty = Line(fill=role)
        return [empty] * (height // 2) + [middle] + [empty] * (height // 2)
