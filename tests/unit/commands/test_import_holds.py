"""`counter-tui import holds`: who waits for what, from another library system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter_tui.clock import TOKYO
from tests.unit.commands.test_import import HANAKO, HEADINGS, TARO, Installation

HOLDS = "予約日時,貸出券番号,資料番号,受取館"


@pytest.fixture
def library(tmp_path: Path) -> Installation:
    """A library with two patrons and four items, of which one goes out and one has gone."""
    made = Installation(tmp_path)
    assert made.run("patrons", made.file(HEADINGS, HANAKO, TARO)) == 0
    items = made.file(
        "資料番号,書名,所蔵館,禁帯出,除籍",
        *("1001,坊っちゃん,,,", "1002,こころ,上戸田分館,,", "1003,辞典,,1,", "1004,古い本,,,1"),
        name="items.csv",
    )
    assert made.run("items", items, "--new-branches") == 0
    return made


def waiting(library: Installation) -> list[tuple[object, ...]]:
    """Who waits for what, since when (UTC) and where, in the order in which they come."""
    return library.rows(
        "SELECT barcode, library_card_number, placed_at, branch.name FROM hold"
        " JOIN item ON item.id = item_id JOIN patron ON patron.id = patron_id"
        " JOIN branch ON branch.id = pickup_branch_id ORDER BY barcode, placed_at, hold.id"
    )


def test_holds_keep_their_order_and_where_they_are_fetched(library: Installation) -> None:
    """The moment in Tokyo, or the beginning of the day; without a branch, that of the settings."""
    path = library.file(
        HOLDS,
        "2024-04-20 14:32,30000001,1001,",
        "R6.4.20,３０００００02,1001,上戸田分館",
        "2024/4/1 9:05:30,30000001,1002,上戸田分館",
        encoding="cp932",
    )
    assert library.run("holds", path) == 0
    assert waiting(library) == [
        ("1001", "30000002", "2024-04-19 15:00:00", "上戸田分館"),
        ("1001", "30000001", "2024-04-20 05:32:00", "中央図書館"),
        ("1002", "30000001", "2024-04-01 00:05:00", "上戸田分館"),
    ]
    assert library.rows("SELECT reason, amount FROM audit_event ORDER BY number DESC LIMIT 1") == [
        ("holds", 3)
    ]


def test_the_same_file_again_changes_nothing(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does a newer one, until it is told to; what it does not tell stays."""
    path = library.file(HOLDS, "2024-04-20 14:32,30000001,1001,上戸田分館")
    assert library.run("holds", path) == 0
    before = waiting(library)
    assert library.run("holds", path) == 0
    assert "0 new, 0 changed, 1 as they were" in capsys.readouterr().out
    newer = library.file("予約日,貸出券番号,資料番号", "2024-04-21,30000001,1001")
    assert library.run("holds", newer) == 0
    assert "1 row says something else" in capsys.readouterr().out
    assert waiting(library) == before
    assert library.run("holds", newer, "--update") == 0
    assert waiting(library) == [("1001", "30000001", "2024-04-20 15:00:00", "上戸田分館")]


def test_bad_rows_are_named_and_the_others_go_in(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever is nobody, what is nowhere, or not lent, or at home already; times that are none."""
    now = datetime.now(UTC)
    tomorrow = (now.astimezone(TOKYO) + timedelta(days=1)).date()
    path = library.file(
        HOLDS,
        "2024-04-20,39999999,1001,",
        "2024-04-20,30000001,1999,",
        "2024-04-20,30000001,1003,",
        "2024-04-20,30000001,1004,",
        "2024-04-20,30000001,1001,どこにもない館",
        f"{tomorrow},30000001,1001,",
        "2024-04-20 25:00,30000001,1001,",
        "2024-02-30,30000001,1001,",
        "1926-04-20,30000001,1001,",
        ",30000001,1001,",
        "2024-04-20,30000002,1001,",
        "2024-04-21,30000002,1001,",
    )
    assert library.run("holds", path) == 1
    told = capsys.readouterr().err
    for line, reason in (
        (2, "nobody has this library card number"),
        (3, "no item has this barcode"),
        (4, "the item is withdrawn or not for loan"),
        (5, "the item is withdrawn or not for loan"),
        (6, "no branch has this name"),
        *((line, "day of the hold cannot be taken") for line in (7, 8, 9, 10)),
        (11, "day of the hold is empty"),
        (13, "the same number as in line 12"),
    ):
        assert f"line {line}: {reason}" in told
    assert [row[:2] for row in waiting(library)] == [("1001", "30000002")]


def test_what_a_patron_has_at_home_is_not_waited_for(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would keep the item from everybody at its return."""
    library.change(
        "INSERT INTO loan (item_id, patron_id, lent_at, due_on, lent_by_id, lent_at_counter_id)"
        " SELECT item.id, patron.id, '2024-04-01 03:00:00', '2024-04-15', operator.id, counter.id"
        " FROM item, patron, operator, counter"
        " WHERE barcode = '1001' AND library_card_number = '30000001'"
    )
    path = library.file(HOLDS, "2024-04-20,30000001,1001,", "2024-04-20,30000002,1001,")
    assert library.run("holds", path) == 1
    assert "line 2: the patron has this item at home" in capsys.readouterr().err
    assert [row[:2] for row in waiting(library)] == [("1001", "30000002")]


def test_all_or_nothing_and_a_look_keep_nothing(library: Installation) -> None:
    """As for patrons and items; a new branch is not kept either."""
    path = library.file(HOLDS, "2024-04-20,30000001,1001,新しい館", "2024-04-20,39999999,1001,")
    assert library.run("holds", path, "--all-or-nothing", "--new-branches") == 1
    assert library.run("holds", path, "--dry-run", "--new-branches") == 1
    assert waiting(library) == []
    assert library.run("holds", path, "--new-branches") == 1
    assert [row[3] for row in waiting(library)] == ["新しい館"]
