"""The scenes of which `docs` shows pictures: each procedure of the staff's pages, once.

What is waited for is what staff wait for: the next step's question, a name, a banner.
"""

from __future__ import annotations

from typing import Final

from counter_tui.demo.library import library_card_of
from counter_tui.hardware.simulated.personas import PERSONAS
from tools.scene import (
    PANEL,
    SELF_CHECKOUT,
    Gone,
    Picture,
    Rest,
    Scan,
    Scene,
    Step,
    Type,
    close_panel,
    enter,
    lay,
    press,
    see,
    take_off,
)

LATE: Final = "戸田 花子"
"""Of a patron with an item that is late."""

LATE_CARD: Final = "2000000101"
LAPSED_CARD: Final = "2000000104"
BOOKS: Final = ("1000000001", "1000000002", "1000000044")
NOT_FOR_LOAN: Final = "1000000049"
"""Of the demo's library: library cards, books on the shelf, and one that stays in the house."""

HOME: Final = see("待　受　中", "台帳〇")
SEEN: Final = Rest(1)
"""Until what was typed is drawn, where that changes colours alone or adds to like characters."""
NEXT: Final = see("資料を読み取ってください。次の人")


def card_of(slug: str) -> str:
    """The library card of the person with this My Number card."""
    return library_card_of(PERSONAS[slug])


def _to_consent(number: str) -> tuple[Step, ...]:
    return (
        press("F5"),
        see("はじめに、その人の貸出券を"),
        Scan(number),
        see("来ている人は、本人ですか"),
    )


def _to_pins(slug: str) -> tuple[Step, ...]:
    """From the consent to the empty cells for the PINs."""
    return (*_to_card(), *lay(slug, "残り 3回"))


def _to_card() -> tuple[Step, ...]:
    """From the consent to the card."""
    return (press("Enter"), see("終わるまで、置いたままにします"))


def _pin(digits: str) -> tuple[Step, ...]:
    """One PIN, typed and given with Enter."""
    return (Type(digits), see("＊     ＊     ＊     ＊"), press("Enter"))


def _register(name: str, kana: str, born: str, address: str) -> tuple[Step, ...]:
    return (
        press("F5"),
        see("はじめに、その人の貸出券を"),
        Rest(1),  # a second F5 at once would count as a key that bounced
        press("F5"),
        see("姓と名のあいだに空白"),
        *enter(name),
        see("カタカナで"),
        *enter(kana),
        see("昭和60.4.12 など"),
        *enter(born),
        see("本人確認書類のとおりに"),
        *enter(address),
        see("なければ、そのまま Enter"),
        *enter("048-000-0000"),
        see("1 在住  2 在勤"),
    )


SCENES: Final = (
    Scene(
        "counter",
        (
            see("0冊"),
            Picture("home"),
            press("F1"),
            see("カウンターで使えること"),
            Picture("help"),
            press("Enter"),
            Gone("カウンターで使えること"),
            press("C-t"),
            see("見本 髙﨑"),
            Picture("card-panel"),
        ),
    ),
    Scene(
        "lending",
        (
            *lay("adult", "あと 300日", "資料を読み取って"),
            Picture("touch"),
            Scan(BOOKS[0]),
            see("手もと 1"),
            press("Enter"),
            see("リーダにカードが残っています"),
            Picture("lending-hand-back"),
            press("C-t"),
            see(PANEL),
            Type("0"),
            see("印　刷　済"),
            *close_panel(),
            press("F2"),
            HOME,
            Scan(card_of("adult")),
            see("手もと 1"),
            Scan(BOOKS[1]),
            see("手もと 2"),
            Scan(BOOKS[2]),
            see("手もと 3"),
            Picture("lending"),
            Scan(NOT_FOR_LOAN),
            see("禁帯出です"),
            Scan("1000000003"),
            see("読み飛ばし 1件"),
            Picture("lending-stop"),
            press("Enter"),
            NEXT,
            press("Enter"),
            see("貸出の控え", "印　刷　済"),
            Picture("lending-slip"),
        ),
    ),
    Scene(
        "enrolment",
        (
            press("F5"),
            see("はじめに、その人の貸出券を"),
            Picture("enrolment-library-card"),
            Scan(card_of("two-pins")),
            see("来ている人は、本人ですか"),
            Picture("enrolment-consent"),
            press("C-t"),
            see("つぎの規約と方針が"),
            Picture("enrolment-terms"),
            press("Enter"),
            see("来ている人は、本人ですか"),
            *_to_pins("two-pins"),
            *_pin("1234"),
            Type("56"),
            SEEN,
            Picture("enrolment-pins"),
            Type("78"),
            press("Enter"),
            see("カードの券面も"),
            Picture("enrolment-comparison"),
            press("Enter"),
            see("マイナンバーカードで借りられます"),
            Picture("enrolment-done"),
        ),
    ),
    Scene(
        "enrolment-troubles",
        (
            *_to_consent(card_of("two-pins")),
            *_to_pins("two-pins"),
            *_pin("9999"),
            press("Enter"),
            see("暗証番号がちがいます。残り 2回"),
            Picture("enrolment-wrong-pin"),
            press("Enter"),
            see("〇〇・"),
            *_pin("9999"),
            press("Enter"),
            see("暗証番号がちがいます。残り 1回"),
            press("Enter"),
            see("本人は承知ですか"),
            Picture("enrolment-last-try"),
            press("Escape"),
            HOME,
            *take_off(),
            *_to_consent(card_of("auth-pin-blocked")),
            *_to_card(),
            *lay("auth-pin-blocked", "暗証番号が止まっています", stays_open=True),
            Picture("enrolment-locked"),
            press("Enter"),
            *close_panel(),
            HOME,
            *take_off(),
            *_to_consent(LATE_CARD),
            *_to_pins("under-15"),
            *_pin("1111"),
            press("Enter"),
            see("生年月日がちがいます"),
            Picture("enrolment-birth-date"),
        ),
    ),
    Scene(
        "registration",
        (
            *_register(
                "見本 高崎吉葛が",
                "ミホン タカサキヨシカズラガ",
                "1981-5-3",
                "埼玉県戸田市本町1-2-3",
            ),
            Picture("registration"),
            *enter("1"),
            see("そのまま Enter なら次の番号"),
            press("Enter"),
            see("登録しました"),
            Picture("registration-done"),
            press("Enter"),
            see("来ている人は、本人ですか"),
            *_to_pins("rare-characters"),
            *_pin("1234"),
            press("Enter"),
            see("カードの券面も"),
            Picture("enrolment-comparison-differs"),
        ),
    ),
    Scene(
        "relink",
        (
            press("F5"),
            see("はじめに、その人の貸出券を"),
            Scan(card_of("adult")),
            see("新しいカードに替えますか"),
            Picture("relink"),
            press("Enter"),
            see("来ている人は、本人ですか"),
            *_to_pins("adult"),
            *_pin("1234"),
            press("Enter"),
            see("カードの券面も"),
            press("Enter"),
            see("マイナンバーカードで借りられます"),
            Picture("relink-done"),
        ),
    ),
    Scene(
        "loss",
        (
            press("F6"),
            see("だれのカードか"),
            Picture("loss-who"),
            Scan(card_of("adult")),
            see("電話でカードを止めたか", "見本 花子"),
            Type("1"),
            SEEN,
            Picture("loss-stopped"),
            press("Enter"),
            see("1 から 5"),
            Type("1"),
            SEEN,
            Picture("loss-reason"),
            press("Enter"),
            see("氏名をすべて"),
            Type("見本 花子"),
            see("名   見本 花子"),
            Picture("loss-name"),
            press("Enter"),
            see("連携を解除しました"),
            Picture("loss-done"),
            press("Enter"),
            see("連携解除票", "印　刷　済"),
            Picture("loss-slip"),
            press("Enter"),
            HOME,
            *lay("adult", "届け出のあったカードです", stays_open=True),
            Picture("loss-touch"),
            press("Enter"),
            see(PANEL),
            Type("0"),
            Gone(" 置"),
            *close_panel(),
            press("F6"),
            see("だれのカードか"),
            Scan(card_of("adult")),
            see("解除してあります"),
            Picture("loss-ended"),
            press("C-a"),
            see("取り消す理由"),
            Type("2"),
            SEEN,
            Picture("loss-undo"),
            press("Enter"),
            see("でまた借りられます"),
            Picture("loss-undone"),
        ),
    ),
    Scene(
        "patrons",
        (
            press("C-f"),
            see("検　索"),
            Type("みほん"),
            see("みほん", "読みの近い順"),
            Picture("search"),
            press("Escape"),
            HOME,
            press("C-f"),
            see("検　索"),
            Type(LATE),
            see(f"> {LATE}"),
            press("Enter"),
            see("返却の遅れ"),
            Picture("patron"),
            press("C-n"),
            see("注記は 200字まで"),
            Type("電話は 夕方に ほしいとのこと"),
            see("ほしいとのこと"),
            Picture("patron-note"),
            press("Enter"),
            see("注記 1件"),
            press("F9"),
            see("この人について図書館が"),
            Picture("patron-report"),
            Type("p"),
            see("あなたの記録", "印　刷　済"),
            Picture("patron-report-slip"),
        ),
    ),
    Scene(
        "links",
        (
            *enter("/links"),
            see("90日以内"),
            *enter("1250"),
            see("1250日以内", "上戸田 一"),
            Picture("links"),
        ),
    ),
    Scene(
        "troubles",
        (
            press("C-t"),
            see(PANEL),
            Type("p"),
            see("紙を入れる"),
            *close_panel(),
            Scan(card_of("two-pins")),
            NEXT,
            Scan(BOOKS[0]),
            see("手もと 1"),
            press("Enter"),
            see("用紙がありません"),
            Picture("trouble-paper"),
            press("Enter"),
            see("印　刷　待　ち"),
            press("C-t"),
            see(PANEL),
            Type("n"),
            see("回線をつなぐ"),
            *close_panel(),
            press("F2"),
            HOME,
            *lay("adult", "カードの状態を確かめられません", stays_open=True),
            Picture("trouble-platform"),
        ),
    ),
    Scene(
        "handover",
        (
            Scan(card_of("two-pins")),
            NEXT,
            Scan(BOOKS[0]),
            see("手もと 1"),
            Scan(BOOKS[1]),
            see("手もと 2"),
            press("Enter"),
            see("貸出の控え"),
            press("Enter"),
            HOME,
            press("C-x"),
            see("きょうの件数"),
            Type("c"),
            see("1件記録しました"),
            Picture("handover"),
            press("F9"),
            see("業務終了 引き継ぎ", "印　刷　済"),
            Picture("handover-slip"),
        ),
    ),
    Scene(
        "self-checkout",
        (
            Picture("self-checkout-start"),
            press("Enter"),
            see("ここに置く"),
            Picture("self-checkout-lay"),
            press("F1"),
            see("済 置く"),
            press("Enter"),
            see("まだ ありません"),
            Scan(BOOKS[0]),
            see("あと 9冊"),
            Scan(BOOKS[1]),
            see("あと 8冊"),
            Scan(BOOKS[2]),
            see("あと 7冊"),
            Picture("self-checkout-books"),
            Scan(NOT_FOR_LOAN),
            see("図書館の中で"),
            Picture("self-checkout-refused"),
            Rest(1),
            press("Enter"),
            see("あと 7冊"),
            Rest(1),
            press("Enter"),
            see("3冊 借りました"),
            Picture("self-checkout-take"),
        ),
        SELF_CHECKOUT,
    ),
)
