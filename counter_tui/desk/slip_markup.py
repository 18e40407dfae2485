"""The small markup that templates of slips produce, read into the elements of a slip.

    <slip>
      <line align="centre" size="tall" bold="yes" reversed="yes" max-lines="2">text</line>
      <line>left<right>edge</right></line>
      <rule/>  <blank/>  <code/>
    </slip>

XML without document types and entities of its own; docs/slips.md tells library staff about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from xml.parsers import expat

from counter_tui.hardware.slip import BLANK, RULE, Align, Code, Size, Slip, SlipLine

MOST_LINES: Final = 400
"""Elements of a slip: more than two metres of paper are a mistake in a template."""

AT: Final = "at"
"""Target of the processing instructions that say from where in a template what follows comes."""

_SIZES: Final = {"normal": Size.NORMAL, "tall": Size.TALL, "wide": Size.WIDE, "large": Size.LARGE}
_ALIGNS: Final = {"left": Align.LEFT, "centre": Align.CENTRE}
_YES_NO: Final = {"yes": True, "no": False}
_LINE_BREAK: Final = re.compile(r"[ \t]*[\r\n]\s*")


class MarkupError(Exception):
    """What a template produced is no slip.

    Attributes:
        at: the words behind the last `<?at ...?>` before it, or empty.
        reason: a short technical phrase.
    """

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(f"{at}: {reason}")
        self.at = at
        self.reason = reason


def parse(markup: str, code: Code | None = None) -> Slip:
    """The slip that this markup means.

    Args:
        code: what `<code/>` stands for; None: it prints nothing.

    Raises:
        MarkupError
    """
    return _Reader(code).read(markup)


@dataclass
class _Open:
    """A line that is being read."""

    line: SlipLine
    left: str = ""
    right: str | None = None
    in_right: bool = False


class _Reader:
    def __init__(self, code: Code | None) -> None:
        self._code = code
        self._lines: list[SlipLine] = []
        self._depth = 0
        self._line: _Open | None = None
        self._at = ""

    def read(self, markup: str) -> Slip:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._note
        parser.StartDoctypeDeclHandler = self._no_doctype
        try:
            parser.Parse(markup.encode("utf-8"), True)
        except expat.ExpatError as error:
            raise MarkupError(self._at, expat.errors.messages[error.code]) from error
        return Slip(tuple(self._lines))

    def _note(self, target: str, data: str) -> None:
        if target == AT:
            self._at = data

    def _no_doctype(self, *declared: object) -> None:
        raise MarkupError(self._at, "no document type is allowed")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self._expect(name, "slip", attributes)
        elif self._line is None:
            self._element(name, attributes)
        elif name == "right" and self._line.right is None:
            self._expect(name, "right", attributes)
            self._line.right, self._line.in_right = "", True
        else:
            raise MarkupError(self._at, f"<{name}> inside of <line>")

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._depth != 2:
            raise MarkupError(self._at, f"<{name}> inside of another element")
        if len(self._lines) >= MOST_LINES:
            raise MarkupError(self._at, f"more than {MOST_LINES} lines")
        if name == "line":
            self._line = _Open(self._line_of(attributes))
            return
        if name not in ("rule", "blank", "code"):
            raise MarkupError(self._at, f"unknown element <{name}>")
        self._expect(name, name, attributes)
        if name != "code":
            self._lines.append(RULE if name == "rule" else BLANK)
        elif self._code is not None:
            self._lines.append(SlipLine(code=self._code))

    def _expect(self, name: str, wanted: str, attributes: Mapping[str, str]) -> None:
        if name != wanted:
            raise MarkupError(self._at, f"<{name}> where <{wanted}> is wanted")
        if attributes:
            raise MarkupError(self._at, f"<{name}> takes no attributes")

    def _line_of(self, attributes: Mapping[str, str]) -> SlipLine:
        line = SlipLine()
        for name, value in attributes.items():
            if name == "size" and value in _SIZES:
                line = replace(line, size=_SIZES[value])
            elif name == "align" and value in _ALIGNS:
                line = replace(line, align=_ALIGNS[value])
            elif name == "bold" and value in _YES_NO:
                line = replace(line, emphasis=_YES_NO[value])
            elif name == "reversed" and value in _YES_NO:
                line = replace(line, reversed=_YES_NO[value])
            elif name == "max-lines" and value.isascii() and value.isdigit() and 0 < int(value) < 9:
                line = replace(line, max_lines=int(value))
            else:
                raise MarkupError(self._at, f'<line {name}="{value}">')
        return line

    def _text(self, text: str) -> None:
        if self._line is None:
            if not text.isspace():
                raise MarkupError(self._at, f"text outside of <line>: {text.strip()[:20]}")
        elif self._line.in_right:
            self._line.right = (self._line.right or "") + text
        else:
            self._line.left += text

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._line is None:
            return
        if self._line.in_right:
            self._line.in_right = False
        elif name == "line":
            left = _LINE_BREAK.sub(" ", self._line.left).strip()
            right = _LINE_BREAK.sub(" ", self._line.right or "").strip()
            self._lines.append(replace(self._line.line, text=left, right=right))
            self._line = None
