"""The form of what staff read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from counter_tui.language import _


@dataclass(frozen=True)
class Wording:
    """How an error is told.

    Attributes:
        head: first what is.
        kept: what stands nevertheless, or that nothing was done; may be empty.
        to_do: then what to do, at most three steps; may be empty.
        about: title, number or PIN that it is about, made of text from outside; may be empty.
        office: where the person can have the card mended, and by which telephone; may be empty.
    """

    head: str
    kept: str = ""
    to_do: tuple[str, ...] = ()
    about: str = ""
    office: tuple[str, ...] = ()


@dataclass(frozen=True)
class MunicipalOffice:
    """Who mends cards, certificates and PINs; the library does not.

    Attributes:
        name: of the office for people of this city, e.g. 戸田市 市民課; may be empty.
        telephone: of that office; may be empty.
        national_telephone: of the state, for whoever is registered elsewhere.
    """

    name: str
    telephone: str
    national_telephone: str

    def lines(self) -> tuple[str, ...]:
        """What staff tell the person."""
        telephone = _("Tel. {number}").format(number=self.national_telephone)
        if not self.name:
            return (_("Office: the municipality where the person is registered"), telephone)
        here = " ".join(part for part in (self.name, self.telephone) if part)
        return (
            _("Office: {office}").format(office=here),
            _("Elsewhere: the office there. {telephone}").format(telephone=telephone),
        )


Tellers = dict[type[BaseException], Callable[[Any], Wording]]
"""Each teller takes the error of its own class; `Any` because a table joins them."""
