"""Which links should be made anew before their cards stop working."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from counter_tui.desk.csv_text import csv_bytes
from counter_tui.desk.link_records import LIVE, SCHEME
from counter_tui.models.tables import CardLink, Patron

HEADINGS: Final = (
    "貸出券番号",
    "氏名",
    "カナ",
    "電話番号",
    "証明書の有効期限",
    "残り日数",
    "古い方式",
)


@dataclass(frozen=True)
class LinkToRenew:
    """A link whose certificate ends soon, or has ended, or that was made under an older scheme.

    Attributes:
        certificate_ends_on: the last day of the card's authentication certificate.
        days_left: until then; negative when it is past.
        old_scheme: made when an enrolment kept less than today's.
    """

    patron_id: int
    library_card_number: str = field(repr=False)
    name: str = field(repr=False)
    kana: str = field(repr=False)
    telephone: str = field(repr=False)
    certificate_ends_on: date
    days_left: int
    old_scheme: bool


def overview_csv(links: tuple[LinkToRenew, ...]) -> bytes:
    """The overview for a spreadsheet: UTF-8 with BOM, Japanese headings."""
    return csv_bytes(
        HEADINGS,
        (
            (
                link.library_card_number,
                link.name,
                link.kana,
                link.telephone,
                link.certificate_ends_on.isoformat(),
                link.days_left,
                "はい" if link.old_scheme else "",
            )
            for link in links
        ),
    )


def links_to_renew(on: date, within_days: int) -> tuple[LinkToRenew, ...]:
    """Live links to renew, the one that ends first at the top. Inside a transaction only.

    Args:
        within_days: after `on` at most, inclusive, the certificate ends.
    """
    links = (
        CardLink.select(CardLink, Patron)
        .join(Patron)
        .where(
            LIVE,
            (CardLink.certificate_ends_on < on + timedelta(days=within_days + 1))
            | (CardLink.scheme < SCHEME),
        )
        .order_by(CardLink.certificate_ends_on, CardLink.id)
    )
    return tuple(
        LinkToRenew(
            patron_id=link.patron_id,
            library_card_number=link.patron.library_card_number,
            name=link.patron.name,
            kana=link.patron.kana,
            telephone=link.patron.telephone,
            certificate_ends_on=link.certificate_ends_on,
            days_left=(link.certificate_ends_on - on).days,
            old_scheme=link.scheme < SCHEME,
        )
        for link in links
        if link.certificate_ends_on is not None  # a live link has one
    )
