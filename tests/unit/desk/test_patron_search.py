"""Patron search: one field, whatever people say of themselves."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.desk import patron_search
from counter_tui.desk.blocks import BlockRule
from counter_tui.desk.patron_search import PatronSearch, take_apart
from counter_tui.desk.patrons import PatronState
from counter_tui.folding import fold_name, fold_reading_loosely, fold_telephone
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.models.store import Store
from counter_tui.models.tables import PatronSearchKeys
from tests.support.rig import Rig, pin

ON = date(2026, 11, 24)

AUDITED = "SELECT reason, amount FROM audit_event WHERE action = 'search' ORDER BY number"

PEOPLE = {
    "hanako": ("戸田 花子", "トダ ハナコ", date(1985, 4, 12), "048-442-2800"),
    "hana": ("遠田 はな", "トオダ ハナ", date(2014, 5, 5), ""),
    "hideo": ("戸田 英雄", "トダ ヒデオ", date(1979, 1, 30), "090-1234-5678"),
    "saki": ("髙橋 﨑子", "タカハシ サキコ", date(1990, 12, 19), "+81 90 8765 4321"),
    "sho": ("佐藤 翔", "サトウ ショウ", date(1985, 4, 12), ""),
    "mary": ("SMITH Mary-José", "スミス メアリー・ホセ", date(1970, 7, 7), ""),
    "kazura": ("𠮷田 葛\U000e0100", "ヨシダ カズラ", date(2001, 10, 3), ""),
    "mizuki": ("美女木 みづき", "ビジョギ ミヅキ", date(1966, 3, 3), ""),
}


@pytest.fixture
async def searched(rig: Rig) -> PatronSearch:
    """The search of a library in which all of PEOPLE are registered, numbers from 21000100 on."""
    for position, (name, kana, born, telephone) in enumerate(PEOPLE.values()):
        await rig.register(
            "adult",
            name=name,
            kana=kana,
            birth_date=born,
            telephone=telephone,
            library_card_number=str(21_000_100 + position),
        )
    return rig.desk.patron_search


async def names(search: PatronSearch, question: str, limit: int = 50) -> list[str]:
    """Names of the hits, in their order."""
    return [hit.name for hit in (await search.search(question, limit)).hits]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("とだ はなこ", "hanako"),
        ("トダハナ", "hanako"),
        ("ﾄﾀﾞ ﾊﾅｺ", "hanako"),
        ("戸田花子", "hanako"),
        ("戸田　花", "hanako"),
        ("戸田 はな", "hanako"),
        ("はなこ", "hanako"),
        ("花子 戸田", "hanako"),
        ("高橋 崎子", "saki"),
        ("髙橋", "saki"),
        ("高橋﨑", "saki"),
        ("さとー しょー", "sho"),
        ("サトウシヨウ", "sho"),
        ("smith", "mary"),
        ("ＭＡＲＹ", "mary"),
        ("jose mary", None),
        ("スミス・メアリホセ", "mary"),
        ("吉田 葛", "kazura"),
        ("みずき", "mizuki"),
        ("みづき", "mizuki"),
        ("ビジヨギ", "mizuki"),
        ("21000102", "hideo"),
        ("２１０００１０３", "saki"),
        ("103", "saki"),
        ("048-442-2800", "hanako"),
        ("0484422800", "hanako"),
        ("048 442 2800", "hanako"),
        ("０４８（４４２）２８００", "hanako"),
        ("442-2800", "hanako"),
        ("090-8765", "saki"),
        ("+81 90-8765-4321", "saki"),
        ("昭和54年1月30日", "hideo"),
        ("S54.1.30", "hideo"),
        ("1979/1/30", "hideo"),
        ("19790130", "hideo"),
        ("とだ S60.4.12", "hanako"),
        ("1985-04-12 さとう", "sho"),
        ("とだ 5678", "hideo"),
    ],
)
async def test_people_are_found_by_what_they_say(
    searched: PatronSearch, typed: str, first: str | None
) -> None:
    """Kana and kanji, old forms, numbers, telephone, western and era dates, and two together."""
    found = await names(searched, typed)
    assert found[:1] == ([] if first is None else [PEOPLE[first][0]])


async def test_the_nearest_reading_comes_first(searched: PatronSearch) -> None:
    """The same reading, then the same beginning, then one that only sounds so."""
    assert await names(searched, "とだ はな") == ["戸田 花子", "遠田 はな"]
    assert await names(searched, "とだ") == ["戸田 花子", "戸田 英雄", "遠田 はな"]


async def test_a_wrong_given_name_leads_to_the_family(searched: PatronSearch) -> None:
    """When nothing fits as a whole, the first word alone is looked for, and that is said."""
    found = await searched.search("とだ じろう")
    assert [hit.name for hit in found.hits] == ["戸田 花子", "戸田 英雄", "遠田 はな"]
    assert found.loosely
    assert not (await searched.search("とだ はな")).loosely


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "\x1b[31m",
        "%",
        "_",
        "'",
        '"; DROP TABLE patron',
        "ん" * 5_000,
        "\U0010ffff",
        "\ud800",
    ],
)
async def test_what_fits_nobody_finds_nobody(searched: PatronSearch, typed: str) -> None:
    """Neither patterns nor quotes nor endless text mean anything special."""
    assert await names(searched, typed) == []


async def test_more_than_the_limit_is_said(searched: PatronSearch) -> None:
    """A list that is cut is seen to be so."""
    found = await searched.search("とだ", limit=2)
    assert (len(found.hits), found.more) == (2, True)
    assert not (await searched.search("とだ", limit=3)).more


async def test_a_hit_tells_the_state_and_hides_the_number(rig: Rig) -> None:
    """The number is shown by its last four characters; names stay out of a hit's repr."""
    patron = await rig.register("adult", library_card_number="21000100")
    rig.change("UPDATE patron SET expires_on = '2026-11-23'")
    (hit,) = (await rig.desk.patron_search.search("みほん")).hits
    assert (hit.library_card, hit.state) == ("****0100", PatronState.EXPIRED)
    assert "見本" not in repr(hit)
    await rig.desk.patron_blocks.block(patron.id, BlockRule.MANUAL)
    (hit,) = (await rig.desk.patron_search.search("みほん")).hits
    assert hit.state is PatronState.BLOCKED


async def test_what_enrolment_takes_over_is_found(rig: Rig) -> None:
    """The name of the card, as soon as it stands in the record."""
    patron = await rig.register("adult", name="古田 古子")
    rig.lay("adult")
    enrollment = rig.desk.enrollment
    await enrollment.begin(patron.library_card_number)
    enrollment.consent()
    await enrollment.inspect_card()
    secrets = PERSONAS["adult"].secrets
    await enrollment.verify(pin(secrets.auth_pin), None, last_try_agreed=())
    taken = (await enrollment.confirm(("name",))).patron
    search = rig.desk.patron_search
    assert await names(search, taken.name) == [taken.name]
    assert await names(search, "古田") == []


async def test_searches_are_audited_once_while_they_are_typed(
    rig: Rig, searched: PatronSearch
) -> None:
    """By what, and how many were shown; never what was typed. Nobody shown, nothing to keep."""
    for typed in ("んんん", "と", "とだ", "とだ は", "とだ"):
        await searched.search(typed)
    assert rig.rows(AUDITED) == [("name", 3)]
    await searched.search("")
    await searched.search("とだ S60.4.12")
    await searched.search("048")
    assert rig.rows(AUDITED)[1:] == [("birth_date name", 1), ("number", 1)]


async def test_going_back_to_look_for_somebody_else_is_another_search(
    rig: Rig, searched: PatronSearch
) -> None:
    """However much of the first question is left: nobody is looked through under one event."""
    for typed in ("さとう", "さと", "さ", "さき"):
        assert (await searched.search(typed)).hits
    assert rig.rows(AUDITED) == [("name", 1), ("name", 1)]


@pytest.mark.parametrize(
    "typed",
    [
        "トダ",
        "戸田",
        "トダ ハナ",
        "戸田 ハナ",
        "smith",
        "スミス Mary",
        "1234",
        "19850412",
        "S60.4.12",
        "トダ S60.4.12",
        "トダ 1234",
    ],
)
def test_every_question_goes_through_an_index(
    tmp_path_factory: pytest.TempPathFactory, typed: str
) -> None:
    """No table is read from end to end, whatever is asked."""
    store = Store(tmp_path_factory.mktemp("store") / "library.sqlite3")

    def plans() -> list[str]:
        asked = take_apart(typed, ON)
        found = []
        for condition, order in patron_search._conditions(asked):
            query = PatronSearchKeys.select(PatronSearchKeys.patron).where(condition)
            sql, values = query.order_by(*order).limit(51).sql()
            rows = PatronSearchKeys._meta.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            found.append(" / ".join(row[3] for row in rows))
        return found

    explained = store.transact(plans)
    store.close()
    assert explained
    for plan in explained:
        assert "SCAN" not in plan
        assert "USING" in plan
        # The order comes from the index, unless few have this birth date.
        assert "TEMP B-TREE" not in plan or "birth_date" in plan or "MULTI-INDEX OR" in plan


@given(st.text(max_size=30))
def test_folding_is_done_once(text: str) -> None:
    """What is folded folds to itself, so that keys and questions meet; no text breaks it."""
    folded = fold_name(text)
    assert fold_name(folded) == folded
    assert fold_reading_loosely(fold_reading_loosely(text)) == fold_reading_loosely(text)


@given(st.text(max_size=200))
def test_no_question_breaks_the_search(text: str) -> None:
    """Whatever is typed or scanned is taken apart."""
    take_apart(text, ON)


def test_telephones_of_japan_are_one_number() -> None:
    """With the country's code or without."""
    assert fold_telephone("+81-(0)48-442-2800") == fold_telephone("048-442-2800") == "0484422800"
