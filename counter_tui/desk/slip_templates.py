"""Slips from templates: those of the library where there are any, else the program's own.

Jinja2 in a sandbox turns facts into markup, and `slip_markup` that into a slip. What is filled in
is escaped, whatever a template says, so that no name or title can become markup. A template of the
library that fails is reported with its file and line, and the program's own prints.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal

from counter_tui.clock import TOKYO
from counter_tui.desk.slip_markup import AT, MarkupError, parse
from counter_tui.errors import SlipTemplateBroken
from counter_tui.hardware.slip import Code, Size, Slip, SlipLine
from counter_tui.language import _, day, full_day, language, ngettext, pgettext

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_log = logging.getLogger(__name__)

BUILT_IN: Final = Path(__file__).with_name("slip_templates")
"""The program's own templates."""

SUFFIX: Final = ".xml"

LONGEST_TEMPLATE: Final = 65_536
"""Bytes of one file; the longest of ours has 1,400."""

CodeKind = Literal["none", "nw7", "qr"]

_MISTAKES: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What an expression in a template may raise beside Jinja2's own errors."""


@dataclass(frozen=True)
class SlipStyle:
    """What a library wants on all slips.

    Attributes:
        western_years: 2027年; else 令和9年.
        large: ordinary lines are twice as high.
        code: of the patron's library card, for scanning. It tells the whole number.
        opening_days: lines at the end of each slip.
    """

    western_years: bool = True
    large: bool = False
    code: CodeKind = "none"
    opening_days: tuple[str, ...] = ()


class SlipTemplates:
    """Makes slips. May be used from several threads.

    Jinja2 (90 ms) is imported with the first slip.
    """

    def __init__(
        self,
        folder: Path | None = None,
        style: SlipStyle | None = None,
        report: Callable[[SlipTemplateBroken], None] = lambda broken: None,
    ) -> None:
        """Nothing is read yet.

        Args:
            folder: with the library's templates; one that is not there is as good as none.
            report: is told of each broken place once, from whatever thread.
        """
        self._folder = folder
        self._style = style or SlipStyle()
        self._report = report
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def render(self, name: str, facts: Mapping[str, object], card_number: str = "") -> Slip:
        """The slip that the template `name` makes of these facts.

        Args:
            card_number: for the code; it is no fact, so that no template can print it.
        """
        with self._lock:
            try:
                return self._render(self._library, name, facts, card_number)
            except SlipTemplateBroken as broken:
                if (place := str(broken)) not in self._told:
                    self._told.add(place)
                    _log.error("%s, line %d: %s", broken.path, broken.line, broken.reason)
                    self._report(broken)
            return self._render(self._own, name, facts, card_number)

    def check(self, name: str, facts: Mapping[str, object]) -> SlipTemplateBroken | None:
        """What is wrong with this template of the library's, or None."""
        with self._lock:
            try:
                self._render(self._library, name, facts, "0123456789")
            except SlipTemplateBroken as broken:
                return broken
        return None

    @cached_property
    def _library(self) -> ImmutableSandboxedEnvironment:
        return _environment(self._style, self._folder) if self._folder else self._own

    @cached_property
    def _own(self) -> ImmutableSandboxedEnvironment:
        return _environment(self._style, None)

    def _render(
        self,
        environment: ImmutableSandboxedEnvironment,
        name: str,
        facts: Mapping[str, object],
        card_number: str,
    ) -> Slip:
        from jinja2 import TemplateError, TemplateSyntaxError

        file = f"{name}{SUFFIX}"
        kind = self._style.code
        code = Code(kind, card_number) if kind != "none" and card_number else None
        try:
            markup = environment.get_template(file).render(
                {**facts, "opening_days": self._style.opening_days, "has_code": code is not None}
            )
            slip = parse(markup, code)
        except MarkupError as error:
            at_file, _blank, line = error.at.rpartition(" ")
            path = self._path(at_file or file)
            raise SlipTemplateBroken(path, int(line or 1), error.reason) from error
        except TemplateSyntaxError as error:
            path = self._path(error.name or file)
            raise SlipTemplateBroken(path, error.lineno, error.message or "") from error
        except (TemplateError, *_MISTAKES) as error:
            path, line_number = self._place(error.__traceback__, self._path(file))
            raise SlipTemplateBroken(path, line_number, _reason(error)) from error
        slip = self._marked(slip, facts)
        if not self._style.large:
            return slip
        return Slip(
            tuple(
                replace(line, size=Size.TALL) if line.size is Size.NORMAL else line
                for line in slip.lines
            )
        )

    def _marked(self, slip: Slip, facts: Mapping[str, object]) -> Slip:
        """The slip, with the mark of a copy at its top when its template does not print it."""
        number, instant = facts.get("reprint_no"), facts.get("printed_at")
        if not number or not isinstance(instant, datetime):
            return slip
        mark = _("Reprint no. %d") % number
        if any(mark in line.text for line in slip.lines):
            return slip
        line = SlipLine(mark, right=_moment(instant, self._style), reversed=True)
        return Slip((line, *slip.lines))

    def _path(self, file: str) -> Path:
        """Of the library's file with this name where there is one, else of ours."""
        if self._folder is None:
            return BUILT_IN / file
        mine = self._folder / file
        try:
            return mine if mine.is_file() else BUILT_IN / file
        except OSError:  # a folder that this account may not look into
            return mine

    def _place(self, traceback: TracebackType | None, otherwise: Path) -> tuple[Path, int]:
        """The innermost place in a template that led to an error."""
        place = (otherwise, 1)
        while traceback is not None:
            path = Path(traceback.tb_frame.f_code.co_filename)
            if path.suffix == SUFFIX:
                place = (path, traceback.tb_lineno)
            traceback = traceback.tb_next
        return place


def _reason(error: Exception) -> str:
    # An error of an expression may quote what it was given, a title among it: its kind is enough.
    from jinja2 import TemplateError

    if isinstance(error, TemplateError) and error.message:
        return error.message
    return type(error).__name__


def _environment(style: SlipStyle, folder: Path | None) -> ImmutableSandboxedEnvironment:
    from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, nodes
    from jinja2 import TemplateSyntaxError as BadTemplate
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Loader(BaseLoader):
        """Reads templates, and notes before each element where in which file it stands."""

        def get_source(
            self, environment: Environment, template: str
        ) -> tuple[str, str, Callable[[], bool]]:
            for place in (folder, BUILT_IN):
                path = None if place is None else place / template
                if path is None or "/" in template or not path.is_file():
                    continue
                with path.open("rb") as opened:
                    raw = opened.read(LONGEST_TEMPLATE + 1)
                if len(raw) > LONGEST_TEMPLATE:
                    raise BadTemplate("too long", 1, template, str(path))
                try:
                    text = raw.decode("utf-8-sig")
                except UnicodeDecodeError as error:
                    line = raw.count(b"\n", 0, error.start) + 1
                    raise BadTemplate("no UTF-8", line, template, str(path)) from error
                tree = environment.parse(text, template, str(path))
                for switch in tree.find_all(nodes.EvalContextModifier):
                    raise BadTemplate("escaping stays on", switch.lineno, template, str(path))
                return _noted(text, template), str(path), lambda: False
            raise TemplateNotFound(template)

    environment = ImmutableSandboxedEnvironment(
        loader=Loader(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        cache_size=0,  # a template that was changed counts at once
    )
    del environment.filters["safe"]  # nothing that is filled in is markup
    environment.globals.update({"_": _, "ngettext": ngettext, "pgettext": pgettext})
    environment.filters["day"] = lambda value: day(value, padded=True)
    environment.filters["full_day"] = lambda value: _full_day(value, style)
    environment.filters["plain_day"] = lambda value: _full_day(value, style, weekday=False)
    environment.filters["moment"] = lambda value: _moment(value, style)
    return environment


_ELEMENT: Final = re.compile(r"(^[ \t]*|[%}]\}[ \t]*)(?=</?[a-z])")
"""Before an element that begins a line, or follows something that was filled in."""


def _noted(text: str, template: str) -> str:
    lines = text.splitlines()
    return "\n".join(
        _ELEMENT.sub(rf"\1<?{AT} {template} {number}?>", line)
        for number, line in enumerate(lines, start=1)
    )


_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything but the characters of XML 1.0, section 2.2."""

_BREAKS: Final = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")


def _clean(value: object) -> object:
    """What is filled in, without what XML cannot hold; a line end is a blank."""
    from markupsafe import Markup

    text = _BREAKS.sub(" ", str(value))
    clean = _NOT_IN_XML.sub(lambda odd: "\ufffd" if odd[0] >= "\ud800" else "", text)
    # What is markup already, of a macro or escaped by hand, stays it.
    return Markup(clean) if isinstance(value, Markup) else clean  # noqa: S704  as it was


_ERAS: Final = ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成"))
"""First days of eras; a slip shows no older date."""


def _full_day(value: date, style: SlipStyle, *, weekday: bool = True) -> str:
    written = full_day(value, weekday=weekday)
    if style.western_years or language() != "ja":
        return written
    for first, era in _ERAS:
        if value >= first:
            year = value.year - first.year + 1
            years = f"{era}{'元' if year == 1 else year}年"
            return years + written.removeprefix(f"{value.year}年")
    return written


def _moment(instant: datetime, style: SlipStyle) -> str:
    """Date and time of day in Asia/Tokyo; the date in full, as slips are kept in books."""
    here = instant.astimezone(TOKYO)
    return f"{_full_day(here.date(), style)} {here:%H:%M}"


def template_names() -> list[str]:
    """Names of all slips that have a template of ours, each as a library may replace it."""
    parts = {"head", "foot", "validity_lines"}
    return sorted(path.stem for path in BUILT_IN.glob(f"*{SUFFIX}") if path.stem not in parts)
