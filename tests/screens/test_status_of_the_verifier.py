"""What staff see when a real verifier asks real peers: openssl answers, or its lists lie there."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter_tui import wiring
from counter_tui.clock import Clock, SystemClock
from counter_tui.hardware.simulated.issuing import auth_serial
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.freshness import Freshness
from counter_tui.identity.link_store import SqliteLinkStore
from counter_tui.identity.ocsp import OcspResponder
from counter_tui.identity.platform import IdentityPlatform, StatusWord
from counter_tui.identity.revocation_lists import RevocationLists
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.identity.status import StatusSources
from counter_tui.identity.verifier import Verifier
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from counter_tui.settings import Settings, for_demo
from tests.support.counter import AtCounter, at_counter
from tests.support.openssl_ca import (
    Impatient,
    OpensslCa,
    Responder,
    ca_of_simulated_cards,
    responding,
)
from tests.support.rig import rigged

LINKED, REGISTERED = "adult", "two-pins"
SERIALS = [auth_serial(PERSONAS[persona].number) for persona in (LINKED, REGISTERED)]
LIBRARY_CARD, OTHER_LIBRARY_CARD = "2100000001", "2100000002"
BOOK = "1000000000015"

NO_STATE = ("カードの状態を確かめられません。貸出券で貸せます",)
REVOKED = ("電子証明書が失効しています。市区町村の窓口へ", "貸出券は使えます")
ON_HOLD = ("電子証明書が一時停止中です。市区町村の窓口へ", "貸出券は使えます")


@dataclass
class Peers:
    """A CA with its responder, and a folder in which somebody has enrolled a card."""

    ca: OpensslCa
    stranger: OpensslCa
    responder: Responder
    enrolled: Path

    def books(self, state: str, reason: str = "") -> None:
        """What the CA knows of both cards: "V" valid, "R" revoked, "" nothing."""
        for ca in (self.ca, self.stranger):
            (ca.folder / "index.txt").write_text("")
            for serial in SERIALS if state else []:
                ca.enter(serial, state, reason)


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    """Made once; each test says anew what the CA knows and how it answers."""
    folder = tmp_path_factory.mktemp("peers")
    ca = ca_of_simulated_cards(folder / "ca")
    # As if another machine had taken the CA's name.
    name = "/C=JP/O=JPKI-SIMULATOR/OU=JPKI for user authentication/OU=Simulator of counter_tui"
    stranger = OpensslCa(folder / "stranger", name)
    with responding(Responder([ca])) as responder:
        made = Peers(ca, stranger, responder, folder / "enrolled")
        made.books("V")

        async def enroll() -> None:
            async with rigged(made.enrolled, datetime.now(UTC), ask=by_ocsp(made)) as rig:
                await rig.enroll(LINKED)
                await rig.register(REGISTERED)
                rig.add_item(BOOK, "銀河鉄道の夜")

        asyncio.run(enroll())
        yield made


@pytest.fixture
def folder(peers: Peers, tmp_path: Path) -> Path:
    """A copy of that folder; the peers are well, and know nothing bad of anybody."""
    peers.books("V")
    peers.responder.fault, peers.responder.options = "", ()
    return Path(shutil.copytree(peers.enrolled, tmp_path / "terminal"))


def by_ocsp(peers: Peers) -> Callable[[Settings, Clock], Verifier]:
    """A verifier that asks the responder; as the settings make it, but for its patience."""

    def ask(settings: Settings, clock: Clock) -> Verifier:
        key_file = SiteKeyFile(settings.site_key_path)
        if not settings.site_key_path.exists():
            key_file.make()
        anchors = wiring.trust_of(settings).anchors
        http, freshness = Impatient(), Freshness(clock, timedelta(hours=36))
        sources = StatusSources(
            anchors,
            OcspResponder(peers.responder.url, http, freshness),
            RevocationLists((), anchors, http, freshness),
            freshness,
        )
        return Verifier(SqliteLinkStore(settings.verifier_file), key_file, sources, clock)

    return ask


def by_lists(where: str) -> Callable[[Settings, Clock], IdentityPlatform]:
    """A verifier that looks into a list, as the settings make it."""

    def ask(settings: Settings, clock: Clock) -> IdentityPlatform:
        asking = replace(settings, platform="verifier", crl_sources=(where,))
        return wiring.platform_of(asking, clock)

    return ask


async def is_refused(at: AtCounter, sentences: tuple[str, ...]) -> None:
    """Staff read the sentences; nobody is open; the library card opens the patron, and lends."""
    await at.lay(LINKED)
    assert at.counter.is_locked
    for sentence in sentences:
        assert sentence in at.said()
    assert "花子" not in at.text()
    await at.press("enter")
    at.job(HomeJob)
    await at.scan(BOOK)
    assert at.devices.rows_of("SELECT count(*) FROM loan") == [(0,)]
    await at.scan(LIBRARY_CARD, BOOK)
    assert at.job(LendingJob).patron.name == "見本 花子"
    assert at.devices.rows_of("SELECT count(*) FROM loan") == [(1,)]


# ------------------------------------------------------------------------------- OCSP


async def test_a_good_card_opens_its_patron(peers: Peers, folder: Path) -> None:
    """Asked at this very touch."""
    async with at_counter(folder, ask=by_ocsp(peers), on=datetime.now(UTC)) as at:
        before = len(peers.responder.seen)
        await at.lay(LINKED)
        assert at.job(LendingJob).patron.name == "見本 花子"
        assert len(peers.responder.seen) == before + 1
        assert "照会〇" in at.text()


@pytest.mark.parametrize(
    ("state", "reason", "sentences"),
    [
        pytest.param("R", "keyCompromise", REVOKED, id="revoked"),
        pytest.param("R", "certificateHold", ON_HOLD, id="hold"),
        pytest.param("", "", NO_STATE, id="unknown"),
    ],
)
async def test_what_the_responder_says_of_a_card_is_said_to_staff(
    peers: Peers, folder: Path, state: str, reason: str, sentences: tuple[str, ...]
) -> None:
    """Nothing is lent on it; the responder is well, so its lamp is, too."""
    peers.books(state, reason)
    async with at_counter(folder, ask=by_ocsp(peers), on=datetime.now(UTC)) as at:
        await is_refused(at, sentences)
        assert "照会〇" in at.text()


@pytest.mark.parametrize("fault", ["500", "hang", "cut", "garbage", "signer", "late", "early"])
async def test_an_answer_that_cannot_be_relied_on_opens_nobody(
    peers: Peers, folder: Path, fault: str
) -> None:
    """The CA would say "good"; one sentence, and the library card."""
    now = datetime.now(UTC)
    moment = {"late": now + timedelta(days=2), "early": now - timedelta(days=2)}.get(fault, now)
    async with at_counter(folder, ask=by_ocsp(peers), on=moment) as at:
        if fault == "signer":
            key = peers.stranger.folder / "ca.key"
            peers.responder.options = (
                *("-rsigner", peers.stranger.certificate_file, "-rkey", key),
            )
        else:
            peers.responder.fault = fault
        await is_refused(at, NO_STATE)
        is_dark = fault in ("500", "hang", "cut")
        assert ("不通" in at.text()) is is_dark
        assert ("照会〇" in at.text()) is not is_dark


async def test_a_replayed_answer_opens_nobody(peers: Peers, folder: Path) -> None:
    """Genuine, good, of this very card and of today, but to another question."""
    async with at_counter(folder, ask=by_ocsp(peers), on=datetime.now(UTC)) as at:
        [(identifier,)] = at.devices.rows_of("SELECT user_identifier FROM card_link")
        other = by_ocsp(peers)(for_demo(folder), SystemClock())
        status = other.auth_status(str(identifier))
        assert status.word is StatusWord.GOOD
        peers.responder.fault = "replay"
        await is_refused(at, NO_STATE)


async def test_a_line_that_comes_back_opens_again(peers: Peers, folder: Path) -> None:
    """At the next touch, without a restart; the lamp follows."""
    async with at_counter(folder, ask=by_ocsp(peers), on=datetime.now(UTC)) as at:
        peers.responder.fault = "500"
        await at.lay(LINKED)
        assert "不通" in at.text()
        await at.press("enter")
        await at.take_off()
        peers.responder.fault = ""
        await at.lay(LINKED)
        assert at.job(LendingJob).patron.name == "見本 花子"
        assert "照会〇" in at.text()


# ------------------------------------------------------------------------------ lists


@pytest.mark.parametrize(
    ("state", "reason", "age", "sentences"),
    [
        pytest.param("V", "", timedelta(), (), id="good"),
        pytest.param("R", "keyCompromise", timedelta(), REVOKED, id="revoked"),
        pytest.param("R", "certificateHold", timedelta(), ON_HOLD, id="hold"),
        pytest.param("V", "", timedelta(days=2), NO_STATE, id="expired list"),
        pytest.param("R", "keyCompromise", timedelta(days=2), REVOKED, id="revoked long ago"),
        pytest.param("R", "certificateHold", timedelta(days=2), NO_STATE, id="held long ago"),
    ],
)
async def test_what_a_list_says_of_a_card_is_said_to_staff(
    peers: Peers,
    folder: Path,
    state: str,
    reason: str,
    age: timedelta,
    sentences: tuple[str, ...],
) -> None:
    """A list that has ended is good for nobody; a revocation on it stays one."""
    peers.books(state, reason)
    file = folder / "auth.crl"
    file.write_bytes(peers.ca.crl(age=age))
    async with at_counter(folder, ask=by_lists(str(file)), on=datetime.now(UTC)) as at:
        if sentences:
            await is_refused(at, sentences)
        else:
            await at.lay(LINKED)
            assert at.job(LendingJob).patron.name == "見本 花子"


@pytest.mark.parametrize("fault", ["signer", "missing", "garbage", "500"])
async def test_a_list_that_cannot_be_relied_on_opens_nobody(
    peers: Peers, folder: Path, fault: str
) -> None:
    """Signed by a stranger, not there, no list, or not given out."""
    file, where = folder / "auth.crl", str(folder / "auth.crl")
    if fault == "signer":
        file.write_bytes(peers.stranger.crl())
    elif fault == "garbage":
        file.write_bytes(b"<html>login</html>")
    elif fault == "500":
        peers.responder.fault, where = "500", peers.responder.url
    async with at_counter(folder, ask=by_lists(where), on=datetime.now(UTC)) as at:
        await is_refused(at, NO_STATE)


@pytest.mark.parametrize(("hours", "lamp"), [(0, "照会〇"), (9, "照会 9時間前")])
async def test_the_lamp_shows_how_old_statuses_are(
    peers: Peers, folder: Path, hours: int, lamp: str
) -> None:
    """From one hour on, before the first touch and after it; nobody is refused for that."""
    made = datetime.now(UTC)
    (folder / "auth.crl").write_bytes(peers.ca.crl())
    moment = made + timedelta(hours=hours, minutes=1)
    where = str(folder / "auth.crl")
    async with at_counter(folder, ask=by_lists(where), on=moment) as at:
        await at.until(lambda: lamp in at.rows()[0])
        await at.lay(LINKED)
        assert at.job(LendingJob).patron.name == "見本 花子"
        row = at.rows()[0]
        assert lamp in row
        assert "佐藤" in row
        assert "読取〇" in row


# -------------------------------------------------------------------------- enrolment


@pytest.mark.parametrize(
    ("state", "reason", "fault", "sentences"),
    [
        pytest.param("R", "keyCompromise", "", REVOKED, id="revoked"),
        pytest.param("R", "certificateHold", "", ON_HOLD, id="hold"),
        pytest.param("", "", "", ("カードの状態を確かめられません",), id="unknown"),
        pytest.param("V", "", "500", ("カードの状態を確かめられません",), id="500"),
    ],
)
async def test_a_card_whose_state_is_not_good_is_enrolled_by_nobody(
    peers: Peers,
    folder: Path,
    state: str,
    reason: str,
    fault: str,
    sentences: tuple[str, ...],
) -> None:
    """Refused before any PIN; nothing is written in the store, or at the verifier."""
    peers.books(state, reason)
    async with at_counter(folder, ask=by_ocsp(peers), on=datetime.now(UTC)) as at:
        peers.responder.fault = fault
        await at.press("f5")
        await at.scan(OTHER_LIBRARY_CARD)
        await at.press("enter")
        await at.lay(REGISTERED)
        for sentence in sentences:
            assert sentence in at.said()
        assert at.counter.is_locked
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(1,)]
    left = wiring.verifier_of(for_demo(folder), SystemClock())
    assert left.pending_links() == []
