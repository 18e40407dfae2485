"""The outbox: printed once, or a person is told."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from counter_tui import wiring
from counter_tui.desk import outbox
from counter_tui.desk.desk import Desk
from counter_tui.desk.devices import Device, LampChanged, SlipsChanged, Trouble
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.slip_records import slip_facts
from counter_tui.desk.slip_states import SlipState
from counter_tui.desk.slips import SlipFacts
from counter_tui.errors import NoSlip, PrinterCutOff
from counter_tui.hardware.printer import Delivery
from counter_tui.hardware.simulated.printer import ScreenPrinter
from counter_tui.identity.platform import StatusWord
from counter_tui.language import full_day
from counter_tui.models.tables import PrintJob
from tests.support.escpos_decoder import texts
from tests.support.renewals import Person, town
from tests.support.rig import NOON, Rig, Told, rigged


async def lend(rig: Rig, *titles: str) -> int:
    """Lend these and finish; gives the slip's number."""
    patron = await rig.register("adult")
    loans = []
    for position, title in enumerate(titles):
        rig.add_item(f"77{position:03d}", title)
        loans.append((await rig.desk.lending.checkout(patron.id, f"77{position:03d}")).loan.id)
    number = await rig.desk.lending.finish(patron.id, loans)
    assert number is not None
    return number


def state(rig: Rig, number: int) -> str:
    """The state of a slip, asked from outside."""
    [(found,)] = rig.rows("SELECT state FROM print_job WHERE id = ?", number)
    return str(found)


async def test_a_slip_names_what_was_lent_and_the_current_expiry_date(rig: Rig) -> None:
    """And the library card by its last digits only, and no person."""
    number = await lend(rig, "銀河鉄道の夜", "坊っちゃん")
    await rig.told.until(lambda: state(rig, number) == "printed")
    paper = "\n".join(texts(rig.printer.jobs[0]))
    assert "銀河鉄道の夜" in paper
    assert "坊っちゃん" in paper
    assert "2027" in paper
    assert "******0001" in paper
    assert "2100000001" not in paper
    assert "見本" not in paper


async def test_nothing_lent_prints_nothing(rig: Rig) -> None:
    """A patron who only asked gets no paper."""
    patron = await rig.register("adult")
    assert await rig.desk.lending.finish(patron.id, []) is None
    assert rig.rows("SELECT * FROM print_job") == []


async def test_no_paper_holds_up_no_loan_and_prints_when_it_is_back(rig: Rig) -> None:
    """The lamp tells of it; the slip comes by itself, once."""
    rig.printer.paper_out = True
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "failed")
    no_paper = LampChanged(Device.PRINTER, Trouble.PAPER_OUT)
    await rig.told.until(lambda: no_paper in rig.told.events)
    assert len(rig.rows("SELECT * FROM loan WHERE returned_at IS NULL")) == 1
    rig.printer.paper_out = False
    await rig.told.until(lambda: state(rig, number) == "printed")
    assert len(rig.printer.jobs) == 1


async def test_trouble_after_the_first_byte_is_left_to_a_person(rig: Rig) -> None:
    """Nobody knows what is on paper: no second copy leaves by itself."""
    jobs: list[bytes] = []

    def breaks(job: bytes, confirm_id: str) -> Delivery:
        jobs.append(job)
        raise PrinterCutOff("gone", bytes_sent=100)

    rig.printer.write = breaks  # type: ignore[method-assign]  # a line that breaks in the middle
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: SlipsChanged(0, 1) in rig.told.events)
    assert state(rig, number) == "unknown"
    assert len(jobs) == 1


async def test_a_slip_cut_off_by_a_crash_is_unknown_at_the_next_start(
    rig: Rig, tmp_path: Path
) -> None:
    """`sending` on disk means that some of it may be on paper."""
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "printed")
    await rig.desk.close()
    rig.change("UPDATE print_job SET state = 'sending' WHERE id = ?", number)
    rig.clock.instant += timedelta(minutes=3)
    told = Told()
    printer = ScreenPrinter(42)
    desk = await wiring.join(
        rig.settings, told, rig.clock, rig.reader, rig.platform, printer, demo=None
    )
    await told.until(lambda: SlipsChanged(0, 1) in told.events)
    assert state(rig, number) == "unknown"
    assert printer.jobs == ()
    await desk.close()


async def test_slips_forget_their_patron_after_a_day(rig: Rig) -> None:
    """While the terminal runs on, too: the outbox is no diary of visits; the loan itself stays."""
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "printed")
    rig.clock.instant += timedelta(days=1, seconds=1)
    await rig.desk.close()
    assert rig.rows("SELECT patron_id FROM print_job") == [(None,)]
    assert rig.rows("SELECT patron_id IS NOT NULL FROM loan") == [(1,)]


async def test_another_patrons_slip_is_not_printed_for_the_one_who_is_open(rig: Rig) -> None:
    """A list of titles is nobody else's business."""
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "printed")
    other = await rig.register("two-pins")
    with pytest.raises(NoSlip):
        await rig.desk.receipts.reprint_last(other.id)
    assert (await rig.desk.receipts.reprint_last(1)).number == number + 1


async def test_leaving_the_program_prints_what_is_queued(rig: Rig) -> None:
    """The last patron of the day gets a slip."""
    await lend(rig, "銀河鉄道の夜")
    await rig.desk.close()
    assert len(rig.printer.jobs) == 1
    assert rig.rows("SELECT state FROM print_job") == [("printed",)]


async def test_leaving_does_not_wait_for_a_printer_without_paper(rig: Rig) -> None:
    """The slip stays queued; its loan stands."""
    rig.printer.paper_out = True
    await lend(rig, "銀河鉄道の夜")
    await rig.desk.close()
    assert rig.rows("SELECT state FROM print_job") == [("failed",)]


async def test_a_mistake_in_one_slip_leaves_it_to_a_person_and_prints_the_next(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slip that cannot be made does not silence the printer for the day."""
    monkeypatch.setattr(wiring, "BEGIN_ANEW_AFTER_S", 0)
    write = rig.printer.write

    def mistaken(job: bytes, confirm_id: str) -> Delivery:
        rig.printer.write = write  # type: ignore[method-assign]  # only once
        raise ZeroDivisionError

    rig.printer.write = mistaken  # type: ignore[method-assign]  # a mistake of ours
    first = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, first) == "unknown")
    copy = await rig.desk.receipts.reprint_last()
    await rig.told.until(lambda: state(rig, copy.number) == "printed")


async def test_a_slip_whose_records_cannot_be_put_on_paper_holds_up_no_other(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it has left: it is given up and told, and the next patron's slip comes."""
    monkeypatch.setattr(wiring, "BEGIN_ANEW_AFTER_S", 0)

    def mistaken(job: PrintJob, *more: Any) -> SlipFacts:
        if job.kind == "enrollment":
            raise ZeroDivisionError
        return slip_facts(job, *more)

    monkeypatch.setattr(outbox, "slip_facts", mistaken)
    patron = await rig.register("two-pins", library_card_number="2100000009")
    bad = await rig.desk.receipts.queue_enrollment(patron.id)
    assert bad is not None
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "printed")
    assert state(rig, bad) == "expired"
    assert len(rig.printer.jobs) == 1


async def test_a_slip_that_was_given_up_is_still_told(rig: Rig) -> None:
    """Its patron has gone, but somebody should know."""
    rig.printer.paper_out = True
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "failed")
    rig.clock.instant += timedelta(minutes=11)
    await rig.told.until(lambda: state(rig, number) == "expired")
    assert rig.told.events[-1] == SlipsChanged(1, 0)


async def test_a_copy_says_that_it_is_one(rig: Rig) -> None:
    """With its count, and the same loans."""
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "printed")
    copy = await rig.desk.receipts.reprint_last()
    await rig.told.until(lambda: state(rig, copy.number) == "printed")
    again = await rig.desk.receipts.reprint_last()
    await rig.told.until(lambda: state(rig, again.number) == "printed")
    assert copy.library_card == "******0001"
    papers = ["\n".join(texts(job)) for job in rig.printer.jobs]
    assert all("銀河鉄道の夜" in paper for paper in papers)
    assert rig.rows("SELECT reprint_no FROM print_job ORDER BY id") == [(0,), (1,), (2,)]
    assert papers[0] != papers[1] != papers[2]


async def test_a_copy_of_a_slip_that_waits_comes_instead_of_it(rig: Rig) -> None:
    """Staff ask again while there is no paper: one slip comes when there is, not two."""
    rig.printer.paper_out = True
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "failed")
    first = await rig.desk.receipts.reprint_last()
    last = await rig.desk.receipts.reprint(first.number)
    rig.printer.paper_out = False
    await rig.told.until(lambda: state(rig, last.number) == "printed")
    await rig.desk.close()
    assert [state(rig, each) for each in (number, first.number)] == ["expired", "expired"]
    (paper,) = rig.printer.jobs
    assert any("Reprint no. 2" in line for line in texts(paper))


async def test_without_a_slip_there_is_nothing_to_copy(rig: Rig) -> None:
    """One sentence, no paper."""
    with pytest.raises(NoSlip):
        await rig.desk.receipts.reprint_last()


async def test_a_terminal_without_a_printer_lends_all_the_same(rig: Rig, tmp_path: Path) -> None:
    """No slip is queued, and the lamp says that none is set up."""
    told = Told()
    settings = dataclasses.replace(rig.settings, state_folder=tmp_path)
    await rig.desk.close()
    desk: Desk = await wiring.join(
        settings, told, rig.clock, rig.reader, rig.platform, None, demo=None
    )
    rig.desk = desk
    patron = await rig.register("adult")
    rig.add_item("1", "坊っちゃん")
    lent = await desk.lending.checkout(patron.id, "1")
    assert await desk.lending.finish(patron.id, [lent.loan.id]) is None
    await told.until(lambda: LampChanged(Device.PRINTER, Trouble.NONE_SET_UP) in told.events)


async def test_the_preview_is_what_is_on_paper(rig: Rig) -> None:
    """Line by line."""
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "printed")
    slip = await rig.desk.receipts.last_slip()
    assert (slip.number, slip.state, slip.columns) == (number, SlipState.PRINTED, 42)
    shown = ["".join(text for text, _ in line.pieces).strip() for line in slip.lines]
    printed = [line.strip() for line in texts(rig.printer.jobs[0])]
    assert [line for line in shown if line] == [line for line in printed if line]
    assert all(sum(columns for _, columns in line.pieces) <= 42 for line in slip.lines)


async def test_a_slip_looked_at_later_shows_the_time_that_is_on_paper(rig: Rig) -> None:
    """Staff compare screen and paper; a slip that waited tells when the loan was made, too."""
    rig.printer.paper_out = True
    number = await lend(rig, "銀河鉄道の夜")
    await rig.told.until(lambda: state(rig, number) == "failed")
    rig.clock.instant += timedelta(minutes=7)
    rig.printer.paper_out = False
    await rig.told.until(lambda: state(rig, number) == "printed")
    rig.clock.instant += timedelta(minutes=50)
    slip = await rig.desk.receipts.last_slip(number)
    shown = ["".join(text for text, _ in line.pieces).strip() for line in slip.lines]
    printed = [line.strip() for line in texts(rig.printer.jobs[0])]
    assert [line for line in shown if line] == [line for line in printed if line]
    assert any("12:00" in line for line in printed)


async def test_the_day_in_figures_is_printed_again_and_says_so(rig: Rig) -> None:
    """Also after midnight: it is the same day's; nobody's card is named."""
    number = await rig.desk.receipts.queue_handover(whole_branch=True)
    assert "Reprint" not in await paper_of(rig, number)
    rig.clock.instant += timedelta(hours=13)
    assert number is not None
    copy = await rig.desk.receipts.reprint(number)
    assert (copy.library_card, copy.number) == ("", number + 1)
    paper = await paper_of(rig, copy.number)
    assert "Reprint no. 1" in paper
    assert full_day(NOON.date()) in paper


async def test_a_list_of_links_is_printed_again_and_says_so(rig: Rig) -> None:
    """As far ahead as the first one looked."""
    number = await rig.desk.receipts.queue_links(30)
    first = await paper_of(rig, number)
    assert number is not None
    copy = await rig.desk.receipts.reprint(number)
    paper = await paper_of(rig, copy.number)
    assert "within 30 days" in first
    assert "within 30 days" in paper
    assert "Reprint no. 1" in paper
    assert "Reprint" not in first


async def test_a_sign_that_nobody_can_draw_stands_in_the_log(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """By its code point and the slip's number: no title, no name."""
    number = await lend(rig, "絵文字🙂の本")
    await rig.told.until(lambda: state(rig, number) == "printed")
    (line,) = [record.getMessage() for record in caplog.records if "glyph" in record.getMessage()]
    assert line == f"slip {number}: no glyph for U+1F642"
    assert (await rig.desk.receipts.last_slip()).replaced == 1


async def test_without_a_slip_there_is_nothing_to_show(rig: Rig) -> None:
    """One sentence."""
    with pytest.raises(NoSlip):
        await rig.desk.receipts.last_slip()


async def paper_of(rig: Rig, number: int | None) -> str:
    """What came out for this slip."""
    assert number is not None
    await rig.told.until(lambda: state(rig, number) == "printed")
    return "\n".join(texts(rig.printer.jobs[-1]))


async def test_return_slip_tells_what_is_still_at_home(rig: Rig) -> None:
    """From the records: what came back is on no paper any more."""
    await lend(rig, "銀河鉄道の夜", "坊っちゃん")
    await rig.desk.returning.checkin("77000")
    paper = await paper_of(rig, await rig.desk.receipts.queue_return(1))
    assert "坊っちゃん" in paper
    assert "銀河鉄道の夜" not in paper
    await rig.desk.returning.checkin("77001")
    paper = await paper_of(rig, await rig.desk.receipts.queue_return(1))
    assert "You have nothing at home any more." in paper


async def test_follow_up_slip_asks_the_patron_to_come(rig: Rig) -> None:
    """With what to bring, and until when the card is valid."""
    patron = await rig.register("adult")
    paper = await paper_of(rig, await rig.desk.receipts.queue_follow_up(patron.id))
    assert "Please come to the counter" in paper
    assert "24 Nov 2027" in paper


async def test_a_slip_tells_what_is_late(rig: Rig) -> None:
    """On any slip of that patron's, and only as long as it is so."""
    number = await lend(rig, "銀河鉄道の夜")
    assert "late" not in await paper_of(rig, number)
    rig.clock.instant += timedelta(days=16)
    paper = await paper_of(rig, await rig.desk.receipts.queue_validity(1))
    assert "1 item is late. Please bring it back." in paper
    await rig.desk.returning.checkin("77000")
    assert "late" not in await paper_of(rig, await rig.desk.receipts.queue_validity(1))


# ------------------------------------------------------------ what the monthly run has said

SOON = date(2026, 12, 20)
PEOPLE: dict[str, Person] = {
    "renewed": (ResidencyClass.RESIDENT, SOON, StatusWord.GOOD),
    "revoked": (ResidencyClass.RESIDENT, SOON, StatusWord.REVOKED),
    "worker": (ResidencyClass.WORKER, SOON, StatusWord.GOOD),
    "unknown": (ResidencyClass.RESIDENT, SOON, StatusWord.UNKNOWN),
}
BY_ITSELF = "Your library card was renewed by itself on 24 Nov 2026."


async def after_a_run(rig: Rig) -> dict[str, int]:
    """People of whom the month's run has said something, by their internal number."""
    made = town(rig, PEOPLE)
    await rig.desk.renewal_runs.look(lambda progress: None)
    await rig.desk.renewal_runs.write("2026-11", lambda progress: None)
    return made.ids


async def lend_to(rig: Rig, patron_id: int, barcode: str) -> int | None:
    """Lend one item and finish; gives the slip's number."""
    rig.add_item(barcode, "坊っちゃん")
    lent = await rig.desk.lending.checkout(patron_id, barcode)
    return await rig.desk.lending.finish(patron_id, [lent.loan.id])


def in_one_row(paper: str) -> str:
    """The paper without its line ends."""
    return " ".join(paper.split())


async def test_the_run_is_told_below_what_is_late(rig: Rig) -> None:
    """Both, at lending and at returning: a linked patron is told of a run every month."""
    ids = await after_a_run(rig)
    await lend_to(rig, ids["renewed"], "77001")
    rig.clock.instant += timedelta(days=16)
    both = f"1 item is late. Please bring it back. {BY_ITSELF}"
    paper = await paper_of(rig, await lend_to(rig, ids["renewed"], "77002"))
    assert both in in_one_row(paper)
    assert paper.index("1 item is late") < paper.index("Your library card was renewed")
    assert paper.splitlines()[-5].startswith("1 item is late")
    assert both in in_one_row(await paper_of(rig, await rig.desk.receipts.queue_return(1)))
    await rig.desk.returning.checkin("77001")
    paper = await paper_of(rig, await rig.desk.receipts.queue_return(1))
    assert BY_ITSELF in in_one_row(paper)
    assert "late" not in paper


async def test_slips_about_something_else_do_not_tell_of_the_run(rig: Rig) -> None:
    """A renewal at the counter, a link and its end, all that is kept."""
    ids = await after_a_run(rig)
    receipts = rig.desk.receipts
    for patron_id in (ids["renewed"], ids["revoked"]):
        for queue in (receipts.queue_validity, receipts.queue_enrollment, receipts.queue_unlinking):
            assert "itself" not in await paper_of(rig, await queue(patron_id))
        number = await receipts.queue_report(patron_id, lambda: None)
        assert "itself" not in await paper_of(rig, number)


async def test_why_not_and_what_can_be_done(rig: Rig) -> None:
    """The reason first; what nobody could say is asked again by itself."""
    ids = await after_a_run(rig)
    paper = in_one_row(await paper_of(rig, await lend_to(rig, ids["revoked"], "77001")))
    assert (
        "The signature certificate works no more, so your library card is not renewed by itself."
        " We can renew your library card here."
        " With a new certificate from your municipal office it renews by itself."
    ) in paper
    paper = in_one_row(await paper_of(rig, await lend_to(rig, ids["unknown"], "77002")))
    assert "could not be checked yet" in paper
    assert "We will check the certificate again." in paper
    assert "library card here" not in paper


async def test_a_branch_that_may_not_renew_says_where(tmp_path: Path) -> None:
    """On whatever slip; nobody is sent to this counter."""
    async with rigged(tmp_path, renewal_elsewhere="the main library") as rig:
        ids = await after_a_run(rig)
        paper = in_one_row(await paper_of(rig, await lend_to(rig, ids["revoked"], "77001")))
        assert "You can renew your library card at the main library." in paper
        assert "library card here" not in paper
        paper = in_one_row(await paper_of(rig, await lend_to(rig, ids["worker"], "77002")))
        assert "Please show your proof of work or school at the main library each time." in paper
        number = await rig.desk.receipts.queue_follow_up(ids["revoked"])
        paper = in_one_row(await paper_of(rig, number))
        assert "Please come to the main library with something that shows your address." in paper


async def test_follow_up_slip_asks_for_what_the_counter_wants_to_see(rig: Rig) -> None:
    """A proof of whoever works here, of others the address, whatever else is to be told."""
    ids = await after_a_run(rig)
    queue = rig.desk.receipts.queue_follow_up
    paper = in_one_row(await paper_of(rig, await queue(ids["worker"])))
    assert "Please come to the counter with your proof of work or school." in paper
    assert paper.count("proof of work or school") == 2
    assert "address" not in paper
    await lend_to(rig, ids["revoked"], "77001")
    rig.clock.instant += timedelta(days=16)
    paper = in_one_row(await paper_of(rig, await queue(ids["revoked"])))
    assert "something that shows your address. Your My Number card will do." in paper
    assert "1 item is late. Please bring it back. With a new certificate" in paper
    assert paper.count("so your library card is not renewed by itself.") == 1
    rig.clock.instant += timedelta(days=20)  # nothing stands any more of what the run has said
    paper = in_one_row(await paper_of(rig, await queue(ids["worker"])))
    assert "We could not renew your library card by itself." in paper
    assert "your proof of work or school" in paper
    assert "address" not in paper
