"""A made-up library: the six branches of Toda, people who do not exist, and books.

The titles are of works whose authors died long ago, or of nobody. Every number is fixed, so that a
trainer's sheet of barcodes stays right.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from counter_tui.clock import TOKYO
from counter_tui.demo.renewal_patrons import add_linked_patrons
from counter_tui.desk.place import PlaceRecord
from counter_tui.desk.validity_changes import ValidityKind, record_validity
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS, Persona
from counter_tui.hardware.simulated.simulator_keys import card_keys
from counter_tui.identity.anchors import SIMULATOR_ROOT, Anchor
from counter_tui.identity.card_proof import encode_card_key
from counter_tui.identity.certificates import check_auth_certificate
from counter_tui.identity.platform import IdentityPlatform
from counter_tui.models.tables import (
    Branch,
    CardLink,
    Hold,
    Item,
    Loan,
    Patron,
    PatronBlock,
)

BRANCHES: Final = (
    "中央図書館",
    "上戸田分館",
    "美笹分室",
    "下戸田分室",
    "下戸田南分室",
    "戸田公園駅前配本所",
)

FIRST_PERSONA_LIBRARY_CARD: Final = 2_000_000_001
"""Library card of the first persona; the others follow by their numbers."""

FIRST_PATRON_LIBRARY_CARD: Final = 2_000_000_101
FIRST_ITEM_BARCODE: Final = 1_000_000_001

_PEOPLE: Final = (
    ("戸田 花子", "トダ ハナコ", (1985, 4, 12), "resident", 342),
    ("本町 太郎", "ホンチョウ タロウ", (1979, 1, 30), "worker", 16),
    ("新曽 美咲", "ニイゾ ミサキ", (2001, 10, 3), "student", 120),
    ("笹目 一郎", "ササメ イチロウ", (1948, 7, 22), "resident", -10),
    ("髙橋 﨑子", "タカハシ サキコ", (1990, 12, 19), "resident", 200),
    ("𠮷田 葛\U000e0100", "ヨシダ カズラ", (2014, 5, 5), "resident", 300),
    ("美女木 さくら", "ビジョギ サクラ", (1966, 3, 3), "resident", 90),
    ("喜沢 健", "キザワ ケン", (1995, 8, 15), "non_resident", 250),
)

_BOOKS: Final = (
    "銀河鉄道の夜",
    "坊っちゃん",
    "吾輩は猫である",
    "羅生門",
    "蜘蛛の糸",
    "走れメロス",
    "人間失格",
    "注文の多い料理店",
    "風の又三郎",
    "セロ弾きのゴーシュ",
    "ごんぎつね",
    "手袋を買いに",
    "赤いろうそくと人魚",
    "舞姫",
    "高瀬舟",
    "山椒大夫",
    "たけくらべ",
    "にごりえ",
    "五重塔",
    "怪談",
    "遠野物語",
    "檸檬",
    "山月記",
    "李陵",
    "智恵子抄",
    "春と修羅",
    "みだれ髪",
    "一握の砂",
    "野菊の墓",
    "破戒",
    "夜明け前",
    "蒲団",
    "武蔵野",
    "源氏物語 与謝野晶子訳",
    "枕草子",
    "徒然草",
    "方丈記",
    "おくのほそ道",
    "東海道中膝栗毛",
    "南総里見八犬伝",
    "学問のすゝめ",
    "茶の本",
    "代表的日本人",
    "はじめての日本の城 写真でめぐる百の名城と城下町",
    "荒川の四季 見本版",
    "彩湖の野鳥手帳 見本版",
    "戸田の渡しと中山道 見本版",
    "図書館のつかいかた 見本版",
)

_NOT_FOR_LOAN: Final = "戸田市史 通史編 上 見本版"

_OTHER_KINDS: Final = (
    ("雑誌", "月刊 見本の園芸 11月号"),
    ("雑誌", "月刊 見本の園芸 12月号"),
    ("雑誌", "季刊 荒川の釣り 見本号"),
    ("CD・DVD", "見本名曲集 ピアノのための小品"),
    ("CD・DVD", "見本民謡集 埼玉の歌"),
    ("CD・DVD", "見本落語集 上"),
    ("CD・DVD", "見本落語集 下"),
)
"""Kinds that have rules of their own in the demo's settings; their barcodes follow the books'."""

_WITHDRAWN: Final = "電子計算機入門 見本版"

_RESERVED: Final = 33
"""Position of the book that somebody waits for."""

_BLOCKED: Final = 6
"""Position of the patron to whom staff stopped lending."""


LINKED_PERSONA: Final = "adult"
"""Whose card is enrolled from the start, so that the first touch of a demo finds somebody."""

_LINK_AGE: Final = timedelta(days=60)

_READINGS: Final = {
    "adult": "ハナコ",
    "two-pins": "タロウ",
    "one-try-left": "ジロウ",
    "auth-pin-blocked": "サブロウ",
    "surface-pin-blocked": "ヨツバ",
    "under-15": "コハル",
    "long-name-and-address": "ジュゲムジュゲムゴコウノスリキレカイジャリスイ",
    "rare-characters": "タカサキヨシカツラガ",
    "expired": "コト",
    "revoked": "ゴロウ",
    "on-hold": "リッカ",
    "face-authentication": "ナナミ",
    "no-auth-certificate": "ヤエ",
    "no-card-proof": "ツクモ",
    "wrong-digest": "チチガイ",
}
"""Given names of the personas as the library has them; a card has no reading."""


def library_card_of(persona: Persona) -> str:
    """The library card of the patron to whom this persona's My Number card belongs."""
    return str(FIRST_PERSONA_LIBRARY_CARD - 1 + persona.number)


def fill(place: PlaceRecord, platform: IdentityPlatform, now: datetime) -> None:
    """Put the made-up library into an empty store; does nothing to one that is not empty.

    Inside a transaction only.

    Args:
        place: of the demo's counter.
        platform: of the demo; one card is linked there.
        now: an instant with time zone; validity and due dates are counted from it.
    """
    if Patron.select().exists():
        return
    on = now.astimezone(TOKYO).date()
    branches = [Branch.get_or_create(name=name)[0] for name in BRANCHES]
    for name, persona in PERSONAS.items():
        if not persona.is_my_number_card:
            continue
        holder = persona.holder
        Patron.create(
            library_card_number=library_card_of(persona),
            name=holder.name.replace("\u3000", " "),
            kana=f"ミホン {_READINGS[name]}",
            birth_date=holder.birth_date,
            address=holder.address,
            residency="resident",
            expires_on=on + timedelta(days=300),
            registered_at=now - timedelta(days=65),
        )
    card_key = _link(place, platform, now)
    patrons = [
        Patron.create(
            library_card_number=str(FIRST_PATRON_LIBRARY_CARD + position),
            name=name,
            kana=kana,
            birth_date=date(*born),
            address="埼玉県戸田市見本町",
            residency=residency,
            expires_on=on + timedelta(days=left),
            registered_at=now - timedelta(days=400),
        )
        for position, (name, kana, born, residency, left) in enumerate(_PEOPLE)
    ]
    items = [
        Item.create(
            barcode=str(FIRST_ITEM_BARCODE + position),
            title=title,
            branch=branches[position % len(branches)],
            kind="図書",
        )
        for position, title in enumerate(_BOOKS)
    ]
    next_barcode = FIRST_ITEM_BARCODE + len(_BOOKS)
    Item.create(
        barcode=str(next_barcode),
        title=_NOT_FOR_LOAN,
        branch=branches[0],
        not_for_loan=True,
        kind="図書",
    )
    for position, (item_kind, title) in enumerate(_OTHER_KINDS, 1):
        Item.create(
            barcode=str(next_barcode + position), title=title, branch=branches[0], kind=item_kind
        )
    Item.create(
        barcode=str(next_barcode + len(_OTHER_KINDS) + 1),
        title=_WITHDRAWN,
        branch=branches[0],
        kind="図書",
        withdrawn=True,
    )
    Hold.create(
        item=items[_RESERVED],
        patron=patrons[1],
        placed_at=now - timedelta(days=3),
        pickup_branch=branches[1],
    )
    add_linked_patrons(place, platform, now, card_key)
    keys = place.keys()
    PatronBlock.create(
        patron=patrons[_BLOCKED],
        kind="manual",
        note="弁償の手続きが途中",
        blocked_at=now - timedelta(days=20),
        blocked_by=keys.operator_id,
        blocked_at_counter=keys.counter_id,
    )
    for patron in Patron.select():
        kind = ValidityKind.REGISTRATION
        at, until = patron.registered_at, patron.expires_on
        record_validity(place, at, patron.id, None, until, kind)
    # One patron with a book that is late, one with a book in time.
    for patron, item, due_in in ((patrons[0], items[-1], -4), (patrons[2], items[-2], 9)):
        Loan.create(
            item=item,
            patron=patron,
            lent_at=now - timedelta(days=14 - due_in),
            due_on=on + timedelta(days=due_in),
            lent_by=keys.operator_id,
            lent_at_counter=keys.counter_id,
        )


def _link(place: PlaceRecord, platform: IdentityPlatform, now: datetime) -> bytes:
    """Link the one card; gives its key."""
    on = now.astimezone(TOKYO).date()
    library_card = library_card_of(PERSONAS[LINKED_PERSONA])
    patron = Patron.get(Patron.library_card_number == library_card)
    reader = SimulatedReader()
    reader.lay(PERSONAS[LINKED_PERSONA].make_card(on))
    certificate = check_auth_certificate(
        MyNumberCard(reader.connect()).auth_certificate(),
        [Anchor.load(SIMULATOR_ROOT)],
        now,
        test_installation=True,
    )
    enrollment_id = "demo"
    user_identifier = platform.link(certificate.facts, enrollment_id)
    platform.confirm(enrollment_id)
    key = card_keys(LINKED_PERSONA).surface_info.public_key().public_numbers()
    card_key = encode_card_key(key.n, key.e)
    keys = place.keys()
    CardLink.create(
        patron=patron,
        user_identifier=user_identifier,
        enrollment_id=enrollment_id,
        card_key=card_key,
        certificate_ends_on=certificate.ends_on,
        terms_version="1",
        consented_at=now - _LINK_AGE,
        linked_at=now - _LINK_AGE,
        linked_by=keys.operator_id,
        linked_at_counter=keys.counter_id,
    )
    return card_key
