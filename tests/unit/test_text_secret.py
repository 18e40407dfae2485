"""Text from outside is made harmless; a PIN shows nothing."""

from __future__ import annotations

import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.secret import Pin
from counter_tui.text import cells, cut, fit, fold_scan, masked, plain, without_controls


@given(st.text())
def test_plain_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    """No control character survives, C1 controls and direction overrides included."""
    shown = plain(text)
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in shown)
    assert not any("\u202a" <= character <= "\u202e" for character in shown)


@given(st.text(st.characters(categories=["Lo", "Ll", "Nd", "Zs"]), max_size=80), st.integers(2, 60))
def test_fitted_text_has_exactly_its_cells(text: str, width: int) -> None:
    """Cut or padded, wide characters are never split."""
    assert cells(fit(text, width)) == width
    assert cells(cut(text, width)) <= width


def test_names_keep_their_variation_selectors() -> None:
    """They are part of how a person is written."""
    assert plain("葛\U000e0100城") == "葛\U000e0100城"


def test_scans_are_folded_to_ascii() -> None:
    """Full-width digits are digits, blanks and line ends go."""
    assert fold_scan("　１２３４ ５\t６\r\n") == "123456"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("2100003456", "******3456"),
        ("2103456", "****456"),
        ("3456", "**56"),
        ("123", "**3"),
        ("12", "*2"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_a_library_card_number_is_masked(number: str, shown: str) -> None:
    """Its last four characters stay; of a short one never more than half."""
    assert masked(number) == shown


def test_a_pin_shows_no_digit_anywhere() -> None:
    """In no form in which a crash, a log or a test could print it."""
    pin = Pin(bytearray(b"4711"))
    texts = [repr(pin), str(pin), f"{pin}", f"{pin!r:>20}", "%s" % pin]  # noqa: UP031  every way
    try:
        raise ValueError(pin)
    except ValueError as error:
        texts.append("".join(traceback.format_exception(error)))
    assert not any("4711" in text for text in texts)


def test_a_pin_cannot_be_copied_out() -> None:
    """Neither pickled nor compared."""
    pin = Pin(bytearray(b"4711"))
    with pytest.raises(TypeError):
        pickle.dumps(pin)
    assert pin != Pin(bytearray(b"4711"))


def test_a_wiped_pin_is_gone_from_its_buffer() -> None:
    """The very bytes are overwritten before the buffer is emptied."""
    buffer = bytearray(b"4711")
    view = memoryview(buffer)
    pin = Pin(buffer)
    with pytest.raises(BufferError):  # emptied only when nobody looks at it
        pin.wipe()
    assert bytes(view) == b"\0\0\0\0"
    view.release()
    pin.wipe()
    assert bytes(buffer) == b""
    pin.wipe()


@pytest.mark.parametrize(
    ("digits", "right"),
    [(b"1234", True), (b"123", False), (b"12345", False), (b"12a4", False), (b"", False)],
)
def test_only_four_ascii_digits_are_a_pin(digits: bytes, right: bool) -> None:
    """Checked before anything is sent."""
    assert Pin(bytearray(digits)).is_well_formed is right


@pytest.mark.parametrize("unknown", ["\ue000", "\U000f0000", "\u0378", "\ufffe"])
def test_what_has_no_known_form_is_seen_as_missing(unknown: str) -> None:
    """Shown as a geta mark and kept as it is: no two names become one."""
    assert plain(f"見本{unknown}太郎") == "見本〓太郎"
    assert without_controls(f"見本{unknown}太郎") == f"見本{unknown}太郎"


def test_young_ideographs_are_shown_whatever_this_python_knows() -> None:
    """Planes 2 and 3 hold Han characters only."""
    assert plain("\U0002ebf0\U00031350") == "\U0002ebf0\U00031350"
