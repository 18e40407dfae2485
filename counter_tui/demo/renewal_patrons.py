"""Made-up people with linked cards that nobody has, so that a monthly run meets every reason.

So many are good that the safety line does not hold; when the trainer cuts the line, it does.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from counter_tui.clock import TOKYO
from counter_tui.desk.place import PlaceRecord
from counter_tui.identity.platform import (
    CertificateFacts,
    CertificateReference,
    IdentityPlatform,
    StatusWord,
)
from counter_tui.models.tables import CardLink, Patron

FIRST_LIBRARY_CARD: Final = 2_000_000_201

_FIRST_SERIAL: Final = 0x06B0_0000
"""Behind those of the personas' certificates."""

_ISSUER: Final = b"nobody"
"""No card carries a certificate of this issuer."""

_LINK_AGE: Final = timedelta(days=400)
_CERTIFICATE_LASTS: Final = timedelta(days=1200)


class _Person(NamedTuple):
    name: str
    kana: str
    left: int
    """Days until the library card ends."""
    signature: StatusWord = StatusWord.GOOD
    residency: str = "resident"


_PEOPLE: Final = (
    _Person("上戸田 一", "カミトダ ハジメ", 20),
    _Person("下戸田 二葉", "シモトダ フタバ", 45),
    _Person("美笹 三郎", "ミササ サブロウ", 60),
    _Person("惣右衛門 四季", "ソウエモン シキ", 75),
    _Person("川岸 五月", "カワギシ サツキ", 90),
    _Person("氷川 睦", "ヒカワ ムツミ", 120),
    _Person("大前 奈々", "オオマエ ナナ", 150),
    _Person("南町 八重", "ミナミチョウ ヤエ", 180, residency="non_resident"),
    _Person("早瀬 九", "ハヤセ キュウ", 200),
    _Person("堤外 十和子", "テイガイ トワコ", 230),
    _Person("彩湖 渚", "サイコ ナギサ", 500),
    _Person("新曽南 証人", "ニイゾミナミ アキト", 40, StatusWord.ABSENT),
    _Person("笹目北 無花果", "ササメキタ イチジク", 80, StatusWord.ABSENT),
    _Person("笹目南 失子", "ササメミナミ シツコ", 30, StatusWord.REVOKED),
    _Person("美女木東 止", "ビジョギヒガシ トメ", 70, StatusWord.ON_HOLD),
    _Person("本町 満", "ホンチョウ ミツル", 110, StatusWord.EXPIRED),
    _Person("喜沢南 未知", "キザワミナミ ミチ", 50, StatusWord.UNKNOWN),
    _Person("中町 勤", "ナカマチ ツトム", 35, residency="worker"),
    _Person("鍛冶谷 学", "カジヤ マナブ", 55, residency="student"),
    _Person("修行目 遅男", "シュギョウメ オソオ", -5),
)
"""Surnames are places of the town, and some that are none."""


def signature_words() -> dict[int, StatusWord]:
    """What the simulated platform says of their signature certificates, by serial."""
    return {_FIRST_SERIAL + position: person.signature for position, person in enumerate(_PEOPLE)}


def add_linked_patrons(
    place: PlaceRecord, platform: IdentityPlatform, now: datetime, card_key: bytes
) -> None:
    """Put them into store and platform. Inside a transaction only.

    Args:
        card_key: stands in their links; no card of theirs is ever touched.
    """
    on = now.astimezone(TOKYO).date()
    keys = place.keys()
    for position, person in enumerate(_PEOPLE):
        patron = Patron.create(
            library_card_number=str(FIRST_LIBRARY_CARD + position),
            name=person.name,
            kana=person.kana,
            birth_date=date(1960 + 2 * position, 1 + position % 12, 10),
            address="埼玉県戸田市見本町",
            residency=person.residency,
            expires_on=on + timedelta(days=person.left),
            registered_at=now - _LINK_AGE,
        )
        until = now + _CERTIFICATE_LASTS
        reference = CertificateReference(_ISSUER, _FIRST_SERIAL + position)
        enrollment_id = f"demo {position}"
        user_identifier = platform.link(CertificateFacts(reference, until, None), enrollment_id)
        platform.confirm(enrollment_id)
        CardLink.create(
            patron=patron,
            user_identifier=user_identifier,
            enrollment_id=enrollment_id,
            card_key=card_key,
            certificate_ends_on=until.astimezone(TOKYO).date(),
            terms_version="1",
            consented_at=now - _LINK_AGE,
            linked_at=now - _LINK_AGE,
            linked_by=keys.operator_id,
            linked_at_counter=keys.counter_id,
        )
