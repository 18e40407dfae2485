"""Registration: fields checked, numbers given out once."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.clock import years_later
from counter_tui.errors import InvalidField, LibraryCardTaken
from tests.support.rig import Rig


@pytest.mark.parametrize(
    ("typed", "born"),
    [
        ("1985-04-12", date(1985, 4, 12)),
        ("19850412", date(1985, 4, 12)),
        ("1985年4月12日", date(1985, 4, 12)),
        ("１９８５／４／１２", date(1985, 4, 12)),
        ("昭和60.4.12", date(1985, 4, 12)),
        ("S60.4.12", date(1985, 4, 12)),
        ("s60-4-12", date(1985, 4, 12)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("令和2年2月29日", date(2020, 2, 29)),
    ],
)
async def test_birth_dates_are_read_as_people_write_them(rig: Rig, typed: str, born: date) -> None:
    """Western or Japanese era, wide or narrow."""
    assert rig.desk.registration.parse_birth_date(typed) == born


@pytest.mark.parametrize(
    "typed",
    ["", "0000", "昭和100年1月1日", "2026-02-29", "2027-01-01", "1800-01-01", "S0.1.1", "12"],
)
async def test_impossible_birth_dates_are_refused(rig: Rig, typed: str) -> None:
    """No such day, no such year of an era, not born yet, or nobody is that old."""
    with pytest.raises(InvalidField):
        rig.desk.registration.parse_birth_date(typed)


async def test_numbers_are_given_out_one_after_another(rig: Rig) -> None:
    """Also past numbers of cards from stock."""
    first = await rig.register("adult")
    stock = await rig.register("adult", library_card_number="K-7".replace("-", "00"))
    second = await rig.register("adult")
    assert first.library_card_number == "2100000001"
    assert stock.library_card_number == "K007"
    assert second.library_card_number == "2100000002"


async def test_a_number_belongs_to_one_patron(rig: Rig) -> None:
    """The second registration leaves nothing behind."""
    await rig.register("adult", library_card_number="12345678")
    with pytest.raises(LibraryCardTaken):
        await rig.register("two-pins", library_card_number="１２３４５６７８")
    assert len(rig.rows("SELECT * FROM patron")) == 1


async def test_an_items_barcode_is_no_library_card(rig: Rig) -> None:
    """A number must not be both."""
    rig.add_item("12345678", "坊っちゃん")
    with pytest.raises(LibraryCardTaken):
        await rig.register("adult", library_card_number="12345678")


@pytest.mark.parametrize("field", ["name", "kana", "address"])
@pytest.mark.parametrize("value", ["", "  ", "\x1b", "長" * 301])
async def test_fields_that_cannot_be_kept_are_named(rig: Rig, field: str, value: str) -> None:
    """Empty, invisible or endless."""
    with pytest.raises(InvalidField) as caught:
        await rig.register("adult", **{field: value})
    assert caught.value.field == field


async def test_names_are_kept_with_their_own_characters(rig: Rig) -> None:
    """Old forms and characters beyond the first plane are not folded away."""
    patron = await rig.register("adult", name="髙橋 𠮷田\x1b[31m")
    assert patron.name == "髙橋 𠮷田[31m"


async def test_validity_begins_today(rig: Rig) -> None:
    """One year by default."""
    assert (await rig.register("adult")).expires_on == date(2027, 11, 24)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 10))
def test_years_later_is_the_same_day_or_the_28th(day: date, years: int) -> None:
    """29 February has no twin in most years."""
    later = years_later(day, years)
    assert later.year == day.year + years
    assert later.month == day.month
    assert later.day == day.day or (day.day, later.day) == (29, 28)


async def test_cards_from_stock_never_stop_the_next_number(rig: Rig) -> None:
    """With letters, at the end of the range, or where the next number would be."""
    await rig.register("adult", library_card_number="21000000AB")
    await rig.register("adult", library_card_number="2199999999")
    await rig.register("adult", library_card_number="2100000001")
    rig.add_item("2100000002", "坊っちゃん")
    first = await rig.register("adult")
    second = await rig.register("adult")
    assert first.library_card_number == "2100000003"
    assert second.library_card_number == "2100000004"


async def test_characters_of_a_municipal_system_stay_in_a_name(rig: Rig) -> None:
    """Private-use and newly assigned characters are kept as they came."""
    patron = await rig.register("adult", name="見本\ue000太郎\U00031350")
    assert patron.name == "見本\ue000太郎\U00031350"
