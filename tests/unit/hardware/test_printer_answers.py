"""Sorting a printer's bytes into answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.hardware.printer_answers import (
    Answer,
    AnswerStream,
    AutomaticStatus,
    Block,
    Processed,
    RealTimeStatus,
    ask_confirmation,
    automatic_reason,
    is_offline,
    is_paper_near_end,
    is_paper_out,
    offline_reason,
)

MIXED = b"\x16\x14\x00\x00\x0f\x12\x00\x37\x22" + b"1041\x00\x5fTM-T88\x00\x72\x1a"


def test_mixed_answers_come_out_in_order() -> None:
    """Real-time status, automatic status, GS r, confirmation and model name in one stream."""
    assert AnswerStream().feed(MIXED) == [
        RealTimeStatus(0x16),
        AutomaticStatus(b"\x14\x00\x00\x0f"),
        RealTimeStatus(0x12),
        Processed(0x00),
        Block(0x37, b"\x221041"),
        Block(0x5F, b"TM-T88"),
        RealTimeStatus(0x72),
        RealTimeStatus(0x1A),
    ]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30))
def test_answers_do_not_depend_on_how_they_were_cut(sizes: list[int]) -> None:
    """A printer may send one byte per packet."""
    stream, answers, at = AnswerStream(), list[Answer](), 0
    for size in sizes:
        answers += stream.feed(MIXED[at : at + size])
        at += size
    answers += stream.feed(MIXED[at:])
    assert answers == AnswerStream().feed(MIXED)


def test_noise_is_dropped_and_does_not_swallow_the_answer_behind_it() -> None:
    """Bytes of no kind, a broken automatic status, and a block without an end."""
    assert AnswerStream().feed(b"\xff\x80\x12") == [RealTimeStatus(0x12)]
    assert AnswerStream().feed(b"\x14\x00\x12") == [Processed(0), RealTimeStatus(0x12)]
    assert AnswerStream().feed(b"\x37" + b"\x91" * 90 + b"\x12") == [RealTimeStatus(0x12)]


def test_only_a_confirmation_block_names_a_job() -> None:
    """Another block with the same text does not."""
    assert Block(0x37, b"\x221041").confirmed_id == "1041"
    assert Block(0x37, b"\x251041").confirmed_id is None
    assert Block(0x5F, b"\x221041").confirmed_id is None


def test_confirmation_is_asked_for_by_four_characters() -> None:
    """Function 48 of GS ( H with its six bytes; anything else is a mistake of the caller."""
    assert ask_confirmation("0042") == b"\x1d\x28\x48\x06\x00\x30\x30" + b"0042"
    for wrong in ("42", "00042", "00４2", "00\x1b2"):
        with pytest.raises(ValueError):
            ask_confirmation(wrong)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(0x12, None), (0x16, "cover_open"), (0x32, "paper_out"), (0x52, "error"), (0x1A, None)],
)
def test_cause_of_being_offline_is_read(cause: int, reason: str | None) -> None:
    """Answers to DLE EOT 2; a pressed feed button is no cause of its own."""
    assert offline_reason(cause) == reason


@pytest.mark.parametrize(
    ("paper", "out", "near"),
    [
        (0x12, False, False),
        (0x1E, False, True),
        (0x1A, False, True),
        (0x16, False, True),
        (0x72, True, False),
        (0x7E, True, True),
        (0x32, True, False),
    ],
)
def test_either_bit_of_the_paper_sensors_counts(paper: int, out: bool, near: bool) -> None:
    """Answers to DLE EOT 4; some models set one bit of a pair only."""
    assert (is_paper_out(paper), is_paper_near_end(paper)) == (out, near)


def test_online_bit_and_automatic_status_are_read() -> None:
    """A printer that reports by itself says the same with other bits."""
    assert is_offline(0x1A)
    assert not is_offline(0x16)
    assert automatic_reason(b"\x14\x00\x00\x0f") is None
    assert automatic_reason(b"\x3c\x00\x00\x0f") == "cover_open"
    assert automatic_reason(b"\x1c\x00\x0c\x0f") == "paper_out"
    assert automatic_reason(b"\x1c\x08\x00\x0f") == "error"
    assert automatic_reason(b"\x1c\x00\x00\x0f") == "offline"
