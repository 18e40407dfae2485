"""What stands on the slips that patrons take home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from counter_tui.desk.auto_renewal import NotRenewed
from counter_tui.desk.renewal_outcomes import LastOutcome
from counter_tui.desk.renewal_words import RunWords, run_words, slip_words
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
from counter_tui.language import Language, speak
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


def test_next_steps_are_printed_and_left_out_when_there_are_none() -> None:
    """Each begins a line; none leaves no gap."""
    steps = ("予約の本が とどいています。2階の棚へ どうぞ。", "本が 1冊 おくれています。")
    with_steps = texts(slip_of(replace(CHECKOUT, head=replace(HEAD, next_steps=steps))), 48)
    assert with_steps[-5:-2] == ["", *steps]
    assert len(with_steps) == len(texts(slip_of(CHECKOUT), 48)) + 3


WORDS_NEVER_SAID_TO_PATRONS = ("失効", "照会", "無効")

NOTHING_TO_TELL = RunWords()


@pytest.mark.parametrize("elsewhere", ["", "中央図書館"])
@pytest.mark.parametrize("reason", NotRenewed)
def test_a_reason_is_said_in_plain_words_and_then_what_can_be_done(
    reason: NotRenewed, elsewhere: str
) -> None:
    """Of every reason that has to be told; who may not renew says where, and never "here"."""
    words = run_words(reason, elsewhere)
    if reason is NotRenewed.VALID_LONGER:
        assert words == NOTHING_TO_TELL
        return
    said = " ".join(words.sentences)
    assert "ので、" in words.why
    assert "のび" in words.why
    assert not any(word in said for word in WORDS_NEVER_SAID_TO_PATRONS)
    assert ("中央図書館で" in words.at_counter) == bool(elsewhere)
    assert "ここで" not in said or not elsewhere
    assert "カウンターで" not in said or not elsewhere
    assert all(each == " ".join(each.split()) for each in words.sentences)


def test_each_reason_has_a_sentence_of_its_own() -> None:
    """But those that nobody can do anything about: they are asked again."""
    whys = [run_words(reason, "").why for reason in NotRenewed if not reason.is_open]
    assert len(set(whys)) == len(whys)
    assert len({run_words(reason, "") for reason in NotRenewed if reason.is_open}) == 1


@pytest.mark.parametrize("spoken", ["ja", "en"])
@pytest.mark.parametrize("reason", NotRenewed)
def test_a_reason_takes_little_paper(reason: NotRenewed, spoken: Language) -> None:
    """Some 3 cm of the narrowest, 4 cm in English; a blank line is one of it."""
    speak(spoken)
    outcome = LastOutcome("2026-11", date(2026, 11, 24), reason)
    steps = slip_words(outcome, date(2026, 11, 24), "").sentences
    with_steps = texts(slip_of(replace(CHECKOUT, head=replace(HEAD, next_steps=steps))), 32)
    rows = len(with_steps) - len(texts(slip_of(CHECKOUT), 32))
    assert rows <= {"ja": 8, "en": 9}[spoken]


def test_a_slip_leaves_out_what_stands_above_or_has_time() -> None:
    """That a card past its date is renewed here; that somebody in a hurry need not wait."""
    on = date(2026, 11, 24)
    for reason in (NotRenewed.LAPSED, NotRenewed.UNKNOWN):
        words = slip_words(LastOutcome("2026-11", on, reason), on, "")
        assert (words.why, words.at_counter) == (run_words(reason, "").why, "")
        assert run_words(reason, "").at_counter


@pytest.mark.parametrize("days", [0, 31, 32])
def test_a_run_is_told_until_the_next(days: int) -> None:
    """That it came by itself and when, for 31 days."""
    outcome = LastOutcome("2026-11", date(2026, 11, 24), None)
    words = slip_words(outcome, date(2026, 11, 24) + timedelta(days=days), "")
    assert ("2026年11月24日に 貸出券の 期限が 自動で のびました。" in words.why) == (days < 32)
    assert slip_words(None, date(2026, 11, 24), "") == NOTHING_TO_TELL


def test_a_card_past_its_date_is_renewed_where_that_is_done() -> None:
    """Not at this counter, when it may not renew."""
    head = replace(HEAD, days_left=-3, renewal_elsewhere="中央図書館")
    for facts in (CHECKOUT, ValidityFacts(HEAD)):
        paper = "\n".join(texts(slip_of(replace(facts, head=head)), 48))
        assert "カードの期限が すぎています。中央図書館で" in paper
        assert "カウンターで" not in paper


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
@pytest.mark.parametrize("elsewhere", ["", "中央図書館"])
@pytest.mark.parametrize(
    ("needs_proof", "asked"), [(False, "住所が分かるものを持って"), (True, "証明を持って")]
)
def test_follow_up_slip_says_why_and_what_to_bring_where(
    columns: int, elsewhere: str, needs_proof: bool, asked: str
) -> None:
    """A proof of whoever works or studies here, of others the address; the reason once."""
    head = replace(HEAD, next_steps=("おそい", "わけ", "ここで"), renewal_elsewhere=elsewhere)
    facts = FollowUpFacts(head, "わけ", needs_proof=needs_proof, other_steps=("おそい",))
    lines = texts(slip_of(facts), columns)
    paper = "".join("".join(lines).split())
    assert f"{asked}、{elsewhere or 'カウンター'}へおいでください。" in paper
    assert ("住所" in paper) != needs_proof
    assert ("マイナンバーカードでもかまいません。" in paper) != needs_proof
    assert (lines.count("わけ"), lines.count("おそい"), lines.count("ここで")) == (1, 1, 0)
    assert "自動ではのばせませんでした" not in paper
    unknown = "".join("".join(texts(slip_of(FollowUpFacts(HEAD)), columns)).split())
    assert "自動ではのばせませんでした" in unknown


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
