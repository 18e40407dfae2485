"""Record and card beside each other: the same, another form of the same, or different."""

from __future__ import annotations

from datetime import date

import pytest

from counter_tui.desk.comparison import Agreement, compare_dates, compare_text


@pytest.mark.parametrize(
    ("record", "card", "agreement"),
    [
        ("高橋 花子", "高橋 花子", Agreement.SAME),
        ("高橋 花子", "髙橋 花子", Agreement.NEAR),
        ("山崎 吉", "山﨑 𠮷", Agreement.NEAR),
        ("斉藤 沢", "齊藤 澤", Agreement.NEAR),
        ("高橋 花子", "高橋　花子", Agreement.NEAR),
        ("見本町1-2-3", "見本町１－２－３", Agreement.NEAR),
        ("高橋 花子", "髙橋 華子", Agreement.DIFFERENT),
        ("高橋 花子", "高橋 花", Agreement.DIFFERENT),
        ("見本町1-2-3", "見本町1-23", Agreement.DIFFERENT),
        ("", "高橋 花子", Agreement.DIFFERENT),
    ],
)
def test_old_and_new_forms_are_a_hint_and_not_equal(
    record: str, card: str, agreement: Agreement
) -> None:
    """Forms of characters, widths, blanks and hyphens are near; anything else differs."""
    assert compare_text(record, card) is agreement
    assert compare_text(card, record) is agreement


def test_birth_dates_are_the_same_or_not() -> None:
    """No date is near another one."""
    assert compare_dates(date(1985, 4, 12), date(1985, 4, 12)) is Agreement.SAME
    assert compare_dates(date(1985, 4, 12), date(1985, 4, 13)) is Agreement.DIFFERENT
