"""What stands on the slips that patrons take home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from counter_tui.desk.slips import (
    CheckoutFacts,
    EnrollmentFacts,
    FollowUpFacts,
    LentItem,
    PatronFacts,
    ReportFacts,
    ReportSection,
    ReturnFacts,
    SlipHead,
    UnlinkingFacts,
    ValidityFacts,
    slip_of,
)
from counter_tui.hardware.receipt_encoding import PAPER_COLUMNS, encode
from counter_tui.hardware.slip import Slip
from counter_tui.language import speak
from tests.support.escpos_decoder import PrintedLine, longest, slips
from tools.catalogues import compile_all

HEAD = SlipHead(
    library="戸田市立図書館",
    branch="中央図書館",
    counter="1階",
    operator="佐藤",
    telephone="048-442-2800",
    loss_telephone="0120-95-0178",
    printed_at=datetime(2026, 11, 24, 5, 32, tzinfo=UTC),
    library_card_number="012343456",
    expires_on=date(2027, 11, 1),
    days_left=342,
    job_number=1041,
)
CHECKOUT = CheckoutFacts(
    HEAD,
    items=(
        LentItem("きょうの料理 2026年12月号", date(2026, 12, 1)),
        LentItem("銀河鉄道の夜", date(2026, 12, 8)),
        LentItem("はじめての日本の城 写真でめぐる百の名城と城下町", date(2026, 12, 8)),
    ),
    loans_count=6,
)


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    """Slips are in the language of the program."""
    compile_all()
    speak("ja")
    yield
    speak("en")


def printed(slip: Slip, columns: int = 42) -> list[PrintedLine]:
    """The slip as it comes out of the printer."""
    (lines,) = slips(encode(slip, columns).data)
    return lines


def texts(slip: Slip, columns: int = 42) -> list[str]:
    """The same as text."""
    return [line.text for line in printed(slip, columns)]


def test_checkout_slip_reads_as_the_library_wants_it() -> None:
    """Who, when, which card; each title with its due date; counts; the expiry date; the number."""
    assert texts(slip_of(CHECKOUT)) == [
        "             戸田市立図書館",
        "               中央図書館",
        "            電話 048-442-2800",
        "",
        "貸出の控え",
        "2026年11月24日(火) 14:32         1階 佐藤",
        "貸出券  *****3456",
        "- - - - - - - - - - - - - - - - - - - - -",
        "きょうの料理 2026年12月号",
        "                        返却 12月 1日(火)",
        "銀河鉄道の夜            返却 12月 8日(火)",
        "はじめての日本の城 写真でめぐる百の名城と",
        "城下町                  返却 12月 8日(火)",
        "- - - - - - - - - - - - - - - - - - - - -",
        "きょう 3冊                     手もと 6冊",
        "",
        "貸出券の有効期限        2027年11月1日(月)",
        "                               あと 342日",
        "",
        "番号 1041",
    ]


FOR_PATRONS = (
    CHECKOUT,
    ReturnFacts(HEAD, CHECKOUT.items),
    EnrollmentFacts(HEAD),
    UnlinkingFacts(HEAD),
    ValidityFacts(HEAD),
    FollowUpFacts(HEAD),
    ReportFacts(HEAD, (ReportSection("利用者", ("氏名 見本",)),)),
)


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
@pytest.mark.parametrize("facts", FOR_PATRONS, ids=[facts.kind for facts in FOR_PATRONS])
def test_every_slip_shows_the_current_expiry_date_twice_as_high(
    facts: PatronFacts, columns: int
) -> None:
    """On every paper, whole, on one line, and larger than what stands around it."""
    slip = slip_of(facts)
    lines = printed(slip, columns)
    (expiry,) = [line for line in lines if "2027年11月1日(月)" in line.text]
    assert (expiry.width, expiry.height, expiry.emphasis) == (1, 2, True)
    assert any(line.text.endswith("あと 342日") for line in lines)
    assert longest(lines) < columns


@pytest.mark.parametrize(
    ("days_left", "sentence"),
    [
        (1, "あと 1日"),
        (0, "きょうまで"),
        (-3, "カードの期限が すぎています。"),
    ],
)
def test_end_of_validity_is_said_in_plain_words(days_left: int, sentence: str) -> None:
    """The last day, and afterwards what to do."""
    lines = texts(slip_of(replace(CHECKOUT, head=replace(HEAD, days_left=days_left))))
    assert any(sentence in line for line in lines)
    assert not any("あと 0" in line or "-3" in line for line in lines)


def test_reprint_says_so_in_reverse_with_its_time() -> None:
    """A second paper of the same lending must not pass for another one."""
    slip = slip_of(replace(CHECKOUT, head=replace(HEAD, reprint_no=2)))
    (mark,) = [line for line in printed(slip) if line.reversed]
    assert mark.text == "再発行 2回目     2026年11月24日(火) 14:32"
    assert mark.columns == 41
    assert not any(line.reversed for line in printed(slip_of(CHECKOUT)))


@pytest.mark.parametrize("number", ["012343456", "*****3456"])
def test_library_card_number_is_masked(number: str) -> None:
    """Only its end is on paper, whether it came masked or not."""
    lines = texts(slip_of(replace(CHECKOUT, head=replace(HEAD, library_card_number=number))))
    assert "貸出券  *****3456" in lines
    assert not any("01234" in line for line in lines)


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
@pytest.mark.parametrize(
    "title",
    [
        "長い題名" * 75,
        "[bold]\x1b[2J太字\x1b@\x10\x14\x01",
        "一行目\n二行目\tタブ",
        "髙橋 﨑山 𠮷田 葛\U000e0100 か\u3099 한글 🙂",
        "",
    ],
)
def test_any_title_leaves_the_rest_of_the_slip_standing(title: str, columns: int) -> None:
    """Due date, counts and expiry date stand; a title takes two lines at most."""
    facts = replace(CHECKOUT, items=(LentItem(title, date(2026, 12, 8)),))
    lines = printed(slip_of(facts), columns)
    assert longest(lines) < columns
    assert sum("返却 12月 8日(火)" in line.text for line in lines) == 1
    assert any("2027年11月1日(月)" in line.text for line in lines)
    rules = [index for index, line in enumerate(lines) if line.text.startswith("- - -")]
    assert rules[1] - rules[0] <= 4


def test_enrolment_slip_tells_what_to_do_when_the_card_is_lost() -> None:
    """In easy Japanese, with the telephone number that is answered at all hours."""
    lines = texts(slip_of(EnrollmentFacts(HEAD)))
    assert "連携登録の控え" in lines
    assert "0120-95-0178" in lines
    assert "暗証番号は いりません。" in lines


def test_next_step_is_printed_and_left_out_when_there_is_none() -> None:
    """One more sentence for this patron."""
    step = "予約の本が とどいています。2階の棚へ どうぞ。"
    with_step = texts(slip_of(replace(CHECKOUT, head=replace(HEAD, next_step=step))), 48)
    assert step in with_step
    assert len(with_step) == len(texts(slip_of(CHECKOUT), 48)) + 2


def test_without_telephone_and_operator_nothing_empty_is_printed() -> None:
    """No label without a value."""
    lines = texts(slip_of(replace(CHECKOUT, head=replace(HEAD, telephone="", operator=""))))
    assert not any("電話" in line for line in lines)
    assert "2026年11月24日(火) 14:32              1階" in lines


def test_slip_speaks_english_when_the_program_does() -> None:
    """Nothing of the sentences stands outside the catalogues."""
    speak("en")
    lines = texts(slip_of(CHECKOUT))
    assert "Checkout slip" in lines
    assert "Library card valid until   Mon 1 Nov 2027" in lines
