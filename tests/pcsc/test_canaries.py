"""Nothing secret is found again: not in stores, log, receipts, screens or a crash report.

A card with distinctive values is enrolled, touched and used on real parts, and asked for the
address at a renewal, with the log at its finest, mistyped PINs and digits typed too late among
it; then everything that was written anywhere is searched for those values, in every form in which
they could stand there.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from counter_tui import wiring
from counter_tui.clock import FixedClock, SystemClock, today
from counter_tui.desk.audit_heads import AuditHeads
from counter_tui.desk.patrons import ResidencyClass
from counter_tui.desk.registration import NewPatron
from counter_tui.desk.store_lane import StoreLane
from counter_tui.errors import CardUnlinked, UndoReason, UnlinkReason
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.contents import MADE_UP_MY_NUMBER, Secrets, my_number_file
from counter_tui.hardware.simulated.issuing import auth_serial
from counter_tui.hardware.simulated.personas import PERSONAS, Persona
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.identity.verifier import Verifier
from counter_tui.settings import Settings, load
from tests.support.canaries import (
    Canary,
    assert_absent,
    assert_absent_in_files,
    assert_absent_on_screen,
)
from tests.support.installation import (
    FIRST_LIBRARY_CARD,
    add_items,
    end_patron,
    register,
    staff_terminal,
    write_settings,
)
from tests.support.openssl_ca import Responder, ca_of_simulated_cards, responding
from tests.support.pcscd import CardService, wait_until
from tests.support.rig import pin
from tests.support.tcp_printer import TcpPrinter
from tests.support.terminal import Terminal
from tests.support.trace import Trace, assert_no_forbidden

pytestmark = [pytest.mark.pcsc, pytest.mark.terminal]

AUTH_PIN: Final = "7391"
SURFACE_INFO_PIN: Final = "8264"
MISTYPED: Final = "5907"
TOO_LATE: Final = "6183"
SEX: Final = "性別ZQX見本"
"""A card writes 1, 2 or 9 here; nobody could find those again. The parser takes any text."""
NUMBER: Final = 0x4E9B31D7A65C
BOOK: Final = "1000000000015"

MY_NUMBER_DIGEST: Final = hashlib.sha256(my_number_file(MADE_UP_MY_NUMBER)).digest()

CANARIES: Final = [
    Canary("the authentication PIN", AUTH_PIN),
    Canary("the surface-information PIN", SURFACE_INFO_PIN),
    Canary("both PINs", AUTH_PIN + SURFACE_INFO_PIN),
    Canary("a mistyped PIN", MISTYPED),
    Canary("a PIN typed too late", TOO_LATE),
    Canary("sex", SEX),
    Canary("the My Number", MADE_UP_MY_NUMBER, int(MADE_UP_MY_NUMBER)),
    Canary("the digest of the My Number", MY_NUMBER_DIGEST.hex(), int.from_bytes(MY_NUMBER_DIGEST)),
    Canary("the certificate's serial", str(auth_serial(NUMBER)), auth_serial(NUMBER)),
    Canary("the certificate's subject", f"SIMULATOR{NUMBER:05d}"),
]


def persona() -> Persona:
    """An ordinary card with these values."""
    ordinary = PERSONAS["two-pins"]
    return replace(
        ordinary,
        slug="canary",
        keys_of="two-pins",
        number=NUMBER,
        holder=replace(ordinary.holder, sex=SEX),
        secrets=Secrets(AUTH_PIN, SURFACE_INFO_PIN, "CANARY99"),
    )


class Watched:
    """A terminal of which every screen and every byte is kept."""

    def __init__(self, terminal: Terminal, output: Path) -> None:
        self._terminal = terminal
        self._output = output
        terminal.record(output)
        self.screens: list[str] = []

    def wait_for(self, *texts: str) -> str:
        """Wait for texts, and keep the screen on which they stand."""
        self._terminal.wait_for(*texts)
        self.screens.append(self._terminal.text())
        return self.screens[-1]

    def type(self, text: str, *, shown: str = "") -> None:
        """Type key by key, and keep the screen after each."""
        for key in text:
            self._terminal.type(key)
            self.screens.append(self._terminal.text())
        if shown:
            self.wait_for(shown)

    def enter(self) -> None:
        """Press Enter."""
        self._terminal.send("Enter")

    def type_pin(self, digits: str) -> None:
        """As the patron does; exactly these asterisks are to be seen."""
        wanted = self._terminal.text().count("＊") + len(digits)
        self.type(digits)
        wait_until(lambda: self._terminal.text().count("＊") == wanted, "asterisks")
        self.screens.append(self._terminal.text())
        self.enter()

    def assert_clean(self) -> None:
        """No canary on any screen, nor in the bytes that made them."""
        for screen in self.screens:
            assert_absent(CANARIES, "a screen", screen.encode())
            assert_absent(CANARIES, "a screen's cells", "".join(screen.split()).encode())
        assert_absent_on_screen(CANARIES, "the terminal's output", self._output.read_bytes())


@dataclass
class Installation:
    """A test installation, and the peer of its verifier.

    Attributes:
        responder: None where the platform is the simulated one.
        stores: names of the files that it keeps at the end, besides its settings.
    """

    settings_file: Path
    responder: Responder | None
    stores: frozenset[str]

    @property
    def folder(self) -> Path:
        """Where everything lies that the program keeps."""
        return self.settings_file.parent

    @property
    def settings(self) -> Settings:
        """As the program reads them."""
        return load(self.settings_file)


LIBRARY_FILES: Final = frozenset({"library.sqlite3", "counter_tui.log"})


@pytest.fixture(params=["simulated", "verifier"])
def installation(
    request: pytest.FixtureRequest, tmp_path: Path, printer: TcpPrinter
) -> Iterator[Installation]:
    """Its log at the finest level; a real verifier asks openssl about the card's serial."""
    folder = tmp_path / "installation"
    folder.mkdir()
    supervisors = ["佐藤"]
    if request.param == "simulated":
        file = write_settings(folder, printer.address, supervisors=supervisors)
        yield Installation(file, None, LIBRARY_FILES | {"simulated-platform.sqlite3"})
        return
    ca = ca_of_simulated_cards(tmp_path / "ca")
    ca.enter(auth_serial(NUMBER))
    with responding(Responder([ca])) as responder:
        file = write_settings(
            folder,
            printer.address,
            platform="verifier",
            ocsp_url=responder.url,
            supervisors=supervisors,
        )
        SiteKeyFile(load(file).site_key_path).make()
        stores = LIBRARY_FILES | {"verifier.sqlite3", "site.key"}
        yield Installation(file, responder, stores)


def to_the_pins(watched: Watched, terminal: Terminal, card: SimulatedCard) -> None:
    """From the consent on, until the card is wanted."""
    terminal.send("Enter")
    watched.wait_for("マイナンバーカードを置いてください")
    assert not card.is_powered


def renew_as_on_the_card(
    watched: Watched, terminal: Terminal, card_service: CardService, laid: SimulatedCard, at: Trace
) -> None:
    """From home, with a mistake: the card gives the address, and the validity is renewed."""
    terminal.send("F7")
    watched.wait_for("だれの貸出券ですか")
    terminal.scan(FIRST_LIBRARY_CARD)
    watched.wait_for("カードと照合")
    watched.type("2", shown="Enter でカードを読みます")
    watched.enter()
    watched.wait_for("マイナンバーカードを置いてください")
    with card_service.reader_of(laid, at):
        watched.wait_for("券面事項入力補助用", "残り 3回")
        watched.type_pin(MISTYPED)
        watched.wait_for("暗証番号がちがいます")
        watched.enter()
        watched.wait_for("残り 2回  〇〇・")
        watched.type_pin(SURFACE_INFO_PIN)
        watched.wait_for("この内容で更新")
        watched.type(TOO_LATE)
        watched.enter()
        watched.wait_for("いまは入力できません")
        watched.enter()
        watched.wait_for("カードをお返しください")
    card_service.wait_for_card(present=False)


def test_nothing_secret_is_found_again(
    card_service: CardService, installation: Installation, printer: TcpPrinter, tmp_path: Path
) -> None:
    """After an enrolment with a mistake, a touch, a loan, a renewal with the card's address and
    three slips; while the program runs, and afterwards."""
    made = persona()
    folder = installation.folder
    card = made.make_card(today(SystemClock()))
    trace = Trace()
    card_service.wait_for_card(present=False)
    hostile = {"TEXTUAL_LOG": str(folder / "keys"), "TEXTUAL_DEBUG": "1"}
    with staff_terminal(installation.settings_file, env=hostile, cwd=folder) as terminal:
        watched = Watched(terminal, tmp_path / "output")
        watched.wait_for("待　受　中", "読取〇", "印刷〇", "照会〇", "台帳〇")
        limits = Path(f"/proc/{terminal.process_id()}/limits").read_text(encoding="ascii")
        assert "Max core file size        0 " in limits
        add_items(folder, {BOOK: "銀河鉄道の夜"})
        register(terminal, "見本 太郎", made.holder.birth_date, made.holder.address)
        to_the_pins(watched, terminal, card)
        with card_service.reader_of(card, trace):
            watched.wait_for("利用者証明用", "残り 3回")
            watched.type_pin(MISTYPED)
            watched.enter()
            watched.wait_for("暗証番号がちがいます")
            watched.type(TOO_LATE)
            watched.enter()
            watched.wait_for("いまは入力できません")
            watched.enter()
            watched.wait_for("残り 2回  〇〇・")
            watched.type_pin(AUTH_PIN)
            watched.type_pin(SURFACE_INFO_PIN)
            watched.wait_for("この内容で登録")
            watched.type(TOO_LATE)
            watched.enter()
            watched.wait_for("いまは入力できません")
            watched.enter()
            watched.wait_for("連　携　済", "カードをお返しください")
        card_service.wait_for_card(present=False)
        wait_until(lambda: len(printer.slips) == 1, "the slip of the enrolment")
        watched.wait_for("貸　出　可")
        end_patron(terminal)
        watched.wait_for("待　受　中")
        with card_service.reader_of(card, trace):
            watched.wait_for("貸　出　可", "見本 太郎")
            terminal.scan(BOOK)
            watched.wait_for("手もと 1 / 10冊")
            terminal.send("Enter")
            watched.wait_for("カードをお返しください")
        wait_until(lambda: len(printer.slips) == 2, "the slip of the loan")
        watched.wait_for("待　受　中")
        let_expire_soon(folder)
        renew_as_on_the_card(watched, terminal, card_service, card, trace)
        wait_until(lambda: len(printer.slips) == 3, "the slip of the renewal")
        terminal.send("Escape")
        watched.wait_for("待　受　中")
        running = assert_absent_in_files(CANARIES, folder)
        assert "library.sqlite3-wal" in running, "what is not yet in the store itself"
        terminal.send("C-x")
        terminal.wait_for("きょうの件数")
        terminal.send("C-x")
        assert terminal.wait_for_end() == 0
        watched.screens.append(terminal.text())
    watched.assert_clean()
    pins = [AUTH_PIN, SURFACE_INFO_PIN, MISTYPED]
    assert_no_forbidden(trace, pins)
    assert_absent(CANARIES, "the masked trace", "\n".join(trace.lines()).encode())

    log = (folder / "counter_tui.log").read_text(encoding="utf-8")
    verified = re.findall(r"VERIFY 0080 \(4 bytes\): (\w+)", log)
    assert verified == ["63C2", "9000", "9000", "63C2", "9000"], (
        "the finest level names each command"
    )
    paper = "\n".join(line.text for slip in printer.slips for line in slip)
    assert_absent(CANARIES, "paper", paper.encode())
    assert_absent(CANARIES, "the printer's bytes", printer.printed_bytes)
    with closing(sqlite3.connect(folder / "library.sqlite3")) as store:
        renewed = store.execute("SELECT reason FROM audit_event WHERE action = 'renew_validity'")
        assert renewed.fetchall() == [("mynumber_card",)]
    searched = assert_absent_in_files(CANARIES, folder)
    assert installation.stores <= searched
    assert not {"keys", "keys.log"} & searched, "the toolkit wrote the keys down"
    if installation.responder is not None:
        serial = auth_serial(NUMBER).to_bytes(6)
        asked = [body for _, _, body in installation.responder.seen if serial in body]
        assert len(asked) >= 3, "looked at, confirmed and touched: the verifier knows the serial"
        with closing(sqlite3.connect(folder / "verifier.sqlite3")) as links:
            assert links.execute("SELECT count(*) FROM link WHERE confirmed").fetchone() == (1,)
    # What may be kept is found by the same search: it looks into the right places.
    name = Canary("the name", "見本 太郎")
    with pytest.raises(AssertionError, match=r"library\.sqlite3"):
        assert_absent_in_files([name], folder)
    with pytest.raises(AssertionError, match="output"):
        assert_absent_on_screen([name], "output", (tmp_path / "output").read_bytes())
    assert_planted_is_found(folder, installation.stores, tmp_path)


def let_expire_soon(folder: Path) -> None:
    """Let the first patron's library card be one that can be renewed."""
    with closing(sqlite3.connect(folder / "library.sqlite3", timeout=20)) as store, store:
        store.execute("UPDATE patron SET expires_on = ?", (str(today(SystemClock())),))


def assert_planted_is_found(folder: Path, stores: frozenset[str], tmp_path: Path) -> None:
    """A canary that is put into any one of the files is found there."""
    for number, store in enumerate(sorted(stores)):
        copy = Path(shutil.copytree(folder, tmp_path / f"planted-{number}"))
        if store.endswith(".sqlite3"):
            with closing(sqlite3.connect(copy / store)) as planted, planted:
                planted.execute("CREATE TABLE planted (value)")
                planted.execute("INSERT INTO planted VALUES (?)", (auth_serial(NUMBER),))
        else:
            with (copy / store).open("ab") as file:
                file.write(AUTH_PIN.encode("utf-16-le"))
        with pytest.raises(AssertionError, match=re.escape(store)):
            assert_absent_in_files(CANARIES, copy)


def test_nothing_secret_is_found_after_unlinking_and_undoing_it(
    card_service: CardService,
    installation: Installation,
    printer: TcpPrinter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor from the next day on, when only a hash of the card is left, nor after a rotation."""
    caplog.set_level(logging.DEBUG, "counter_tui")
    made = persona()
    card = made.make_card(today(SystemClock()))
    with card_service.lay(card):
        asyncio.run(enrol_unlink_and_undo(installation.settings, made, printer))
    searched = assert_absent_in_files(CANARIES, installation.folder)
    assert (installation.stores - {"counter_tui.log"}) | {"audit-heads.txt"} <= searched
    assert_absent(CANARIES, "the log", caplog.text.encode())
    assert "VERIFY 0080 (4 bytes): 9000" in caplog.text
    paper = "\n".join(line.text for slip in printer.slips for line in slip)
    assert_absent(CANARIES, "paper", paper.encode())
    assert_absent(CANARIES, "the printer's bytes", printer.printed_bytes)


def _wait_for_slips(printer: TcpPrinter, count: int) -> None:
    wait_until(lambda: len(printer.slips) == count, "the slips")


async def enrol_unlink_and_undo(settings: Settings, made: Persona, printer: TcpPrinter) -> None:
    """All that happens to a link, on the installation's real parts without its screens."""
    clock = FixedClock(datetime.now(UTC))
    platform = wiring.platform_of(settings, clock)
    desk = await wiring.join(
        settings,
        lambda _: None,
        clock,
        wiring.reader_of(settings),
        platform,
        wiring.printer_of(settings),
        demo=None,
    )
    searched_while_open: set[str] = set()
    try:
        patron = await desk.registration.register(
            NewPatron(
                name="見本 太郎",
                kana="ミホン",
                birth_date=made.holder.birth_date,
                address=made.holder.address,
                telephone="",
                residency=ResidencyClass.RESIDENT,
                library_card_number=None,
            )
        )
        await desk.enrollment.begin(patron.library_card_number)
        desk.enrollment.consent()
        await desk.enrollment.inspect_card()
        await desk.enrollment.verify(pin(AUTH_PIN), pin(SURFACE_INFO_PIN), last_try_agreed=())
        await desk.enrollment.confirm(())
        for slips, word in ((2, "undone"), (3, "for good")):
            assert (await desk.identification.touch()).patron.id == patron.id
            await desk.unlinking.unlink(
                patron.id, UnlinkReason.LOST, card_suspended=True, typed_name="見本 太郎"
            )
            # After an undo it would not be printed any more, nor on the next day.
            await asyncio.to_thread(_wait_for_slips, printer, slips)
            with pytest.raises(CardUnlinked):
                await desk.identification.touch()
            searched_while_open |= assert_absent_in_files(CANARIES, settings.state_folder)
            if word == "undone":
                await desk.unlinking.undo(patron.id, UndoReason.WRONG_PATRON)
        clock.instant += timedelta(days=1)
        await desk.reconciliation.reconcile()
        if isinstance(platform, Verifier):
            assert_absent_in_files(CANARIES, settings.state_folder)
            platform.rotate_key()
    finally:
        await desk.close()
    assert "library.sqlite3-wal" in searched_while_open
    # As the next start would.
    store = StoreLane(wiring.store_of(settings), lambda _: None)
    await AuditHeads(store, clock, wiring.audit_heads_of(settings)).keep()
    await store.close()


def test_a_crash_report_shows_no_value(
    card_service: CardService, installation: Installation, tmp_path: Path
) -> None:
    """A bug with the PIN in local variables and in its message: its places are told, and where."""
    made = persona()
    folder = installation.folder
    card = made.make_card(today(SystemClock()))
    card_service.wait_for_card(present=False)
    program = "tests.support.breaking_terminal"
    with staff_terminal(installation.settings_file, program) as terminal:
        watched = Watched(terminal, tmp_path / "output")
        watched.wait_for("待　受　中", "台帳〇", "読取〇")
        register(terminal, "見本 太郎", made.holder.birth_date, made.holder.address)
        to_the_pins(watched, terminal, card)
        with card_service.reader_of(card):
            watched.wait_for("利用者証明用", "残り 3回")
            watched.type_pin(AUTH_PIN)
            watched.type_pin(SURFACE_INFO_PIN)
            assert terminal.wait_for_end() == 1
        watched.screens.append(terminal.text())
        assert "端末が止まりました" in terminal.text()
        assert "Traceback" not in terminal.text()
    watched.assert_clean()
    log = (folder / "counter_tui.log").read_text(encoding="utf-8")
    assert "the terminal broke off" in log
    assert "ValueError" in log
    assert "breaking_terminal.py" in log
    assert_absent_in_files(CANARIES, folder)
