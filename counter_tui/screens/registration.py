"""Registering a patron: one question after the other on the one scan line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from counter_tui.desk.patron_fields import recorded_card_number, recorded_kana, required_text
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.registration import NewPatron
from counter_tui.errors import CounterError, InvalidField, LibraryCardTaken, ScanError
from counter_tui.language import _, full_day, pgettext
from counter_tui.screens.answer_band import Answer
from counter_tui.screens.footer_keys import KeyHint
from counter_tui.screens.grid import Frame
from counter_tui.screens.job import Expectation, Job
from counter_tui.screens.line import BLANK, Line, Span, wrapped
from counter_tui.screens.look import Role
from counter_tui.screens.patron_lines import residency_word
from counter_tui.screens.person_panel import Group, step_lines
from counter_tui.screens.scan_line import Mode
from counter_tui.text import cells, full_width
from counter_tui.wording import field_name, sentence

if TYPE_CHECKING:
    from counter_tui.desk.patrons import PatronView
    from counter_tui.screens.counter_screen import CounterScreen

_CLASSES: Final = tuple(ResidencyClass)
_CLASS_KEYS: Final = frozenset("1234")
_LABEL_CELLS: Final = 12
_NOTHING: Final = "-"
"""Typed, it takes an answer away that may be empty: Enter alone keeps what stands."""


@dataclass(frozen=True)
class _Question:
    field: str
    mode: Mode
    may_be_empty: bool = False


_QUESTIONS: Final = (
    _Question("name", Mode.TEXT),
    _Question("kana", Mode.TEXT),
    _Question("birth_date", Mode.CODE),
    _Question("address", Mode.TEXT),
    _Question("telephone", Mode.CODE, may_be_empty=True),
    _Question("residency", Mode.CODE),
    _Question("library_card_number", Mode.CODE, may_be_empty=True),
)


def _hint(field: str) -> str:
    return {
        "name": _("Family name, blank, given name"),
        "kana": _("In katakana"),
        "birth_date": _("1985-4-12, 19850412 or S60.4.12"),
        "address": _("As on the proof of address"),
        "telephone": _("Enter alone: none"),
        "residency": _("1 resident  2 works here  3 studies here  4 other town"),
        "library_card_number": _("Scan a card from the stock. Enter alone: the next number"),
    }[field]


class RegistrationJob(Job):
    """Seven questions, then the number. Nothing is written before the last answer."""

    def __init__(self, counter: CounterScreen) -> None:
        super().__init__(counter)
        self._answers: dict[str, str] = {}
        self._at = 0
        self._registered: PatronView | None = None

    @property
    def frame(self) -> Frame:
        """The band is for the result."""
        return Frame.ANSWER if self._registered else Frame.BODY

    @property
    def registered(self) -> PatronView | None:
        """The new patron, when all is done."""
        return self._registered

    @property
    def has_patron(self) -> bool:
        """While something was typed that leaving would lose."""
        return bool(self._answers) and self._registered is None

    @property
    def can_wait(self) -> bool:
        """Whether that person is registered already is looked for in the middle of it."""
        return True

    @property
    def loss(self) -> str:
        """What was typed."""
        return _("Nothing was written; the answers are lost.") if self.has_patron else ""

    def expects(self) -> Expectation:
        """The present question."""
        if self._registered is not None:
            return Expectation(pgettext("scan", "Next"), _("Enter links a My Number card"))
        question = self._question
        hint = _hint(question.field)
        if self._answers.get(question.field) and question.field != "residency":
            hint = _("Enter keeps what stands")
            if question.may_be_empty:
                hint = _("Enter keeps what stands. - takes it away")
        return Expectation(field_name(question.field), hint, question.mode)

    def keys(self) -> Sequence[KeyHint]:
        """Enter, and back."""
        help_ = KeyHint("F1^G", _("Help"))
        if self._registered is not None:
            return [
                KeyHint("Enter", _("Link card")),
                KeyHint("F2^L", _("Next patron")),
                help_,
            ]
        return [KeyHint("Enter", _("Next")), KeyHint("Esc", _("One step back")), help_]

    def show(self) -> None:
        """Questions at the left, answers at the right."""
        done = len(_QUESTIONS) if self._registered else self._at
        names = [field_name(question.field) for question in _QUESTIONS]
        word, role = pgettext("state", "Registration"), Role.REST_FILL
        if self._registered is not None:
            word, role = pgettext("state", "Registered"), Role.OK_FILL
            self.counter.answer.say(
                Answer(
                    _("Registered."),
                    self._registered.name,
                    _("until {date}").format(date=full_day(self._registered.expires_on)),
                )
            )
        self.counter.person.show(word, role, [Group(step_lines(names, done))])
        self.counter.work_zone.show(self._work)

    async def take(self, text: str) -> None:
        """The answer to the present question; afterwards, whatever begins the next job."""
        if self._registered is not None:
            from counter_tui.screens.home import HomeJob

            home = HomeJob(self.counter)
            await self.counter.open(home)
            await home.take(text)
            return
        await self._answer(text)

    async def enter(self) -> None:
        """The answer that stands, or none where there may be none; after the end, enrolment."""
        if self._registered is not None:
            await self.counter.opening.open_enrollment(self._registered.library_card_number)
            return
        standing = self._answers.get(self._question.field, "")
        if standing or self._question.may_be_empty:
            await self._answer(standing)
        else:
            self._refuse(InvalidField(self._question.field))

    async def back(self) -> None:
        """One question back; before the first, leave."""
        if self._registered is not None or self._at == 0:
            await self.counter.opening.open_home()
        else:
            self._at -= 1
            self._ask()

    async def link_card(self) -> None:
        """After the end: enrol the new patron."""
        if self._registered is not None:
            await self.counter.opening.open_enrollment(self._registered.library_card_number)

    @property
    def _question(self) -> _Question:
        return _QUESTIONS[self._at]

    async def _answer(self, text: str) -> None:
        question = self._question
        if question.may_be_empty and text == _NOTHING:
            text = ""
        try:
            self._check(question.field, text)
        except InvalidField as error:
            self._refuse(error)
            return
        self._answers[question.field] = text
        if self._at + 1 < len(_QUESTIONS):
            self._at += 1
            self._ask()
        else:
            await self._register()

    def _check(self, field: str, text: str) -> None:
        if field == "residency" and text not in _CLASS_KEYS:
            raise InvalidField(field)
        if field == "birth_date":
            self.counter.desk.registration.parse_birth_date(text)
        elif field == "kana":
            recorded_kana(text)
        elif field in ("name", "address"):
            required_text(field, text)
        elif field == "library_card_number" and text:
            recorded_card_number(text)

    def _refuse(self, error: InvalidField) -> None:
        wording = sentence(error)
        self.counter.scan.remark("  ".join([wording.head, *wording.to_do]))
        self.counter.ring(1)

    def _ask(self) -> None:
        self.counter.scan.remark("")
        self.show()
        self.counter.refresh_keys()

    async def _register(self) -> None:
        answers = self._answers
        registration = self.counter.desk.registration
        new = NewPatron(
            name=answers["name"],
            kana=answers["kana"],
            birth_date=registration.parse_birth_date(answers["birth_date"]),
            address=answers["address"],
            telephone=answers["telephone"],
            residency=_CLASSES[int(answers["residency"]) - 1],
            library_card_number=answers["library_card_number"] or None,
        )
        try:
            self._registered = await registration.register(new)
        except InvalidField as error:
            fields = [question.field for question in _QUESTIONS]
            self._at = fields.index(error.field) if error.field in fields else self._at
            self._ask()
            self._refuse(error)
        except (LibraryCardTaken, ScanError) as error:
            # Enter must not give the same number once more.
            self._answers.pop("library_card_number")
            self.counter.tell(error)
        except CounterError as error:
            self.counter.tell(error)
        else:
            self.counter.refresh_all()

    def _work(self, width: int, height: int) -> list[Line]:
        if self._registered is not None:
            return _number_lines(self._registered, width)
        lines = [Line([Span(pgettext("state", "Registration"), bold=True)]), BLANK]
        for index, question in enumerate(_QUESTIONS):
            is_present = index == self._at
            answer = self._answers.get(question.field, "")
            label = field_name(question.field)
            lines.append(
                Line(
                    [
                        Span(
                            label + " " * max(_LABEL_CELLS - cells(label), 1),
                            Role.ACCENT if is_present else Role.SOFT,
                            bold=is_present,
                        ),
                        Span(self._shown(question.field, answer), bold=is_present),
                    ]
                )
            )
        return lines

    def _shown(self, field: str, answer: str) -> str:
        if field == "residency" and answer:
            return residency_word(_CLASSES[int(answer) - 1])
        if field == "birth_date" and answer:
            date = self.counter.desk.registration.parse_birth_date(answer)
            return full_day(date, weekday=False)
        return answer


def _number_lines(patron: PatronView, width: int) -> list[Line]:
    """The number in full-width digits: the largest letters that a terminal has by itself."""
    wide = full_width(patron.library_card_number)
    shown = wide if cells(wide) <= width - 4 else patron.library_card_number
    role = Role.NOTE_FILL
    what_to_do = _("Write this number on the card, or stick its label.")
    return [
        Line([Span(_("Library card"), bold=True)]),
        BLANK,
        Line(fill=role),
        Line([Span(shown, role, bold=True)], fill=role, indent=2, outdent=2, bracketed=True),
        Line(fill=role),
        BLANK,
        *[Line([Span(row, Role.SOFT)]) for row in wrapped(what_to_do, width)],
    ]
