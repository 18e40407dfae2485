"""Cards at the self-checkout: moved, changed, refused, forgotten; and readers that go away."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from counter_tui.desk.blocks import BlockRule
from counter_tui.errors import UnlinkReason
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.screens.self_checkout_face import Step
from tests.screens.test_self_checkout import (
    BOOKS,
    LIBRARY_CARD,
    OTHER_LIBRARY_CARD,
    change,
    library,
)
from tests.support.faults import Fault, FaultyReader, Patience
from tests.support.rig import Rig
from tests.support.self_checkout import at_self_checkout

TO_THE_COUNTER = "カウンターへ どうぞ。"
LAY_AGAIN = "読めませんでした。カードを もういちど おいてください"
ANOTHER = "ほかの カードです。"


async def test_a_card_taken_away_before_the_button(tmp_path: Path) -> None:
    """Back to step 2, without a word of blame."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        await at.lay("adult")
        await at.take_off()
        assert at.is_at(Step.LAY)
        await at.lay("adult")
        await at.press("enter")
        assert at.is_at(Step.ITEMS)


async def test_a_card_pulled_while_it_is_read(tmp_path: Path) -> None:
    """It is asked for once more; nobody's turn begins."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        at.stopwatch.seconds += 2
        at.devices.reader.lay(at.devices.card("adult"), removed_after=3)
        await at.until(lambda: at.screen.card_is_on_reader)
        await at.settle()
        await at.press("enter")
        await at.until(lambda: not at.screen.card_is_on_reader)
        await at.settle()
        assert at.is_at(Step.LAY)
        assert LAY_AGAIN in at.text()


async def test_a_card_taken_away_after_reading(tmp_path: Path) -> None:
    """The turn goes on, loans stand, and nothing is asked to be taken at the end."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        await at.take_off()
        await at.scan(BOOKS[1])
        assert at.loans() == BOOKS[:2]
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert not at.reminds()
        assert "カードと 本を わすれずに" in at.text()


async def test_the_same_card_laid_again_changes_nothing(tmp_path: Path) -> None:
    """Whoever picks it up and lays it down again goes on."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.take_off()
        await at.lay("adult")
        await at.scan(BOOKS[0])
        assert at.loans() == BOOKS[:1]


@pytest.mark.parametrize("persona", ["two-pins", "under-15", "felica", "garbage"])
async def test_another_card_during_a_turn(tmp_path: Path, persona: str) -> None:
    """Linked, not linked, or no My Number card: nothing is lent until somebody has decided."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        await at.take_off()
        await at.lay(persona)
        await at.scan(BOOKS[1])
        assert ANOTHER in at.text()
        assert at.loans() == BOOKS[:1]
        await at.press("escape")
        await at.scan(BOOKS[1])
        assert at.loans() == BOOKS[:2]


async def test_the_next_person_ends_a_turn_that_was_left_open(tmp_path: Path) -> None:
    """The button ends it with its slip; the card is taken, and begins anew as its own person's."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan(BOOKS[0])
        await at.take_off()
        await at.lay("two-pins")
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert at.slips() == 1
        await at.take_off()
        await at.begin("two-pins")
        await at.scan(BOOKS[1])
        owners = at.devices.rows_of("SELECT patron_id FROM loan ORDER BY id")
        assert len(set(owners)) == 2


async def test_the_library_card_scanned_twice(tmp_path: Path) -> None:
    """Its own: a remark. Somebody else's: the turn is not taken over."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.scan(LIBRARY_CARD, LIBRARY_CARD)
        assert "カードは もう 読み取りました" in at.text()
        await at.scan(OTHER_LIBRARY_CARD, BOOKS[0])
        assert ANOTHER in at.text()
        assert at.loans() == []
        await at.press("enter")
        assert at.is_at(Step.START)


async def test_a_card_that_comes_behind_a_stop_is_looked_at_afterwards(tmp_path: Path) -> None:
    """Somebody else's card, laid while a book is refused, stops the turn again."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin("adult")
        await at.scan("99999999")
        await at.take_off()
        await at.lay("two-pins")
        await at.press("enter")
        assert ANOTHER in at.text()


# ------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("persona", "said"),
    [
        ("under-15", "カウンターで、使えるように できます。"),
        ("expired", "貸出券を 読み取るか、カウンターへ どうぞ。"),
        ("revoked", TO_THE_COUNTER),
        ("on-hold", TO_THE_COUNTER),
        ("face-authentication", "貸出券を 読み取るか、カウンターへ どうぞ。"),
        ("no-auth-certificate", "貸出券を 読み取るか、カウンターへ どうぞ。"),
        ("phone-token", "スマホでは なく、カードを おいてください。"),
        ("old-resident-card", "マイナンバーカードでは ありません。"),
        ("felica", "マイナンバーカードでは ありません。"),
        ("cloned", TO_THE_COUNTER),
    ],
)
async def test_a_card_that_opens_nobody(tmp_path: Path, persona: str, said: str) -> None:
    """Easy words, a way on, nothing lent; then the card is asked to be taken."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.begin(persona)
        assert said in at.text()
        await at.scan(BOOKS[0])
        await at.press("enter")
        assert at.is_at(Step.TAKE)
        assert at.reminds()
        assert at.loans() == []


async def _unlinked(rig: Rig) -> None:
    patron = await rig.enroll("adult", library_card_number=LIBRARY_CARD)
    await rig.desk.unlinking.unlink(
        patron.id, UnlinkReason.STOLEN, card_suspended=True, typed_name=patron.name
    )


async def _lapsed(rig: Rig) -> None:
    await library(rig)
    rig.change("UPDATE patron SET expires_on = ?", date(2026, 11, 23))


async def _blocked(rig: Rig) -> None:
    patron = await rig.enroll("adult", library_card_number=LIBRARY_CARD)
    await rig.desk.patron_blocks.block(patron.id, BlockRule.MANUAL, "弁償の手続きが途中")


async def _lost(rig: Rig) -> None:
    patron = await rig.enroll("adult", library_card_number=LIBRARY_CARD)
    await rig.desk.patron_blocks.block(patron.id, BlockRule.CARD_LOST)


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (_unlinked, "このカードは、この機械で 使えません。"),
        (_lapsed, "カードの期限が すぎています。カウンターで 新しくできます。"),
        (_blocked, "いま、この機械で 借りられません。"),
        (_lost, "いま、この機械で 借りられません。"),
    ],
)
async def test_what_stands_against_a_person_is_not_told_to_the_room(
    tmp_path: Path, prepare: object, said: str
) -> None:
    """To the counter; that a card was stolen, or what staff wrote, is not on the screen."""
    async with at_self_checkout(tmp_path, prepare) as at:  # type: ignore[arg-type]  # as listed
        await at.begin("adult")
        text = "".join(at.text().split())
        assert "".join(said.split()) in text
        for private in ("ぬすまれた", "盗", "紛失", "弁償", "停止"):
            assert private not in text
        assert not at.is_at(Step.ITEMS)


async def test_a_cut_line_offers_the_library_card(tmp_path: Path) -> None:
    """A status that nobody knows is not taken for good; the library card goes on."""
    async with at_self_checkout(tmp_path, library) as at:
        at.devices.platform.line_cut = True
        await at.begin("adult")
        assert "いま、このカードは 使えません。" in at.text()
        await at.press("enter")
        await at.take_off()
        await at.scan(LIBRARY_CARD, BOOKS[0])
        assert at.loans() == BOOKS[:1]


# --------------------------------------------------------------------- forgotten; reader away


async def test_a_card_that_lay_there_at_the_start_is_nobodys_turn(tmp_path: Path) -> None:
    """After a power cut the next person does not borrow on a card that was forgotten."""
    async with at_self_checkout(tmp_path, library, lies_there="adult") as at:
        await at.until(lambda: at.is_at(Step.TAKE))
        await at.settle()
        left = "".join("".join(row[:28].split()) for row in at.rows()).replace("▀", "")
        assert "カードがのこっています。" in left
        assert "カウンターにわたしてください。" in left
        await at.press("enter", "escape")
        await at.scan(LIBRARY_CARD, BOOKS[0])
        assert at.is_at(Step.TAKE)
        assert at.reminds()
        assert at.loans() == []
        await at.take_off()
        assert at.is_at(Step.START)


async def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """It is said on the card's step; library cards go on, and with the reader the cards."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        at.devices.reader.unplug()
        await at.until(lambda: "貸出券は 使えます" in at.text())
        await at.press("escape")
        assert "貸出券で、本を借りられます" in at.text()
        await at.scan(LIBRARY_CARD, BOOKS[0])
        assert at.loans() == BOOKS[:1]
        await at.press("enter", "enter")
        at.devices.reader.plug_in()
        await at.until(lambda: "マイナンバーカードか" in at.text())
        await at.begin("adult")
        assert at.is_at(Step.ITEMS)


async def test_a_reader_that_is_silent_is_given_up(tmp_path: Path) -> None:
    """The person is told to wait, then that it does not work; library cards do."""
    patience = Patience()
    made: list[FaultyReader] = []

    def around(reader: SimulatedReader) -> FaultyReader:
        made.append(FaultyReader(reader))
        return made[0]

    async with at_self_checkout(tmp_path, library, around=around, pause=patience) as at:
        try:
            await at.press("enter")
            await at.lay("adult")
            made[0].break_at(2, Fault.SILENCE)
            at.stopwatch.seconds += 1
            at.screen.scan.post_message(at.screen.scan.Submitted(""))
            await at.until(made[0].silent.is_set)
            await at.until(lambda: "カードを 読んでいます" in at.text())
            patience.let_pass()
            await at.until(lambda: "貸出券を 読み取るか、カウンターへ どうぞ。" in at.text())
            await at.press("enter")
            at.devices.reader.take_off()
            await at.until(lambda: at.is_at(Step.START))
            await at.scan(LIBRARY_CARD, BOOKS[0])
            assert at.loans() == BOOKS[:1]
        finally:
            made[0].let_speak()


async def test_a_second_press_while_the_card_is_read_does_not_end_the_turn(
    tmp_path: Path,
) -> None:
    """A button counts for the screen on which it was pressed."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        await at.lay("adult")
        at.stopwatch.seconds += 1
        for _impatient in range(4):
            at.screen.scan.post_message(at.screen.scan.Submitted(""))
        await at.settle()
        assert at.is_at(Step.ITEMS)


async def test_a_button_that_bounces_ends_nothing(tmp_path: Path) -> None:
    """Twice within a moment: the second neither ends the turn nor confirms a stop unseen."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        await at.lay("adult")
        await at.press("enter")
        at.screen.scan.post_message(at.screen.scan.Submitted(""))
        await at.settle()
        assert at.is_at(Step.ITEMS)
        await at.scan("99999999")
        at.screen.scan.post_message(at.screen.scan.Submitted(""))
        await at.settle()
        assert "わかりました" in at.text()


async def test_a_store_that_is_away_when_the_card_is_read(tmp_path: Path) -> None:
    """Nobody's turn begins, and it is said whom to ask."""
    async with at_self_checkout(tmp_path, library) as at:
        await at.press("enter")
        await at.lay("adult")
        change(at, "ALTER TABLE card_link RENAME TO card_link_elsewhere")
        await at.press("enter")
        assert "いま、この機械で 本を 借りられません。" in at.text()
        await at.press("enter")
        assert at.is_at(Step.TAKE)
