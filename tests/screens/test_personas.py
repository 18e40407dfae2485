"""Every simulated card from the screen down: what staff read, and what the card was sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from counter_tui.clock import today
from counter_tui.desk.enrollment import Step
from counter_tui.errors import PinKind
from counter_tui.hardware import apdu
from counter_tui.hardware.jpki import AID_JPKI, EF_AUTH_CERTIFICATE, EF_AUTH_PIN
from counter_tui.hardware.mynumber_card import MyNumberCard
from counter_tui.hardware.simulated.card import SimulatedCard, TransparentFile
from counter_tui.hardware.simulated.in_process import SimulatedReader
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.tries import Tries
from counter_tui.hardware.surface_info import AID_SURFACE_INFO, EF_SURFACE_INFO_PIN
from counter_tui.identity.certificates import read_head
from counter_tui.identity.platform import StatusWord
from counter_tui.identity.simulated_platform import SimulatedState
from counter_tui.screens.enrolment import EnrollmentJob
from counter_tui.screens.home import HomeJob
from counter_tui.screens.lending import LendingJob
from tests.support.counter import AtCounter, Prepare, at_counter
from tests.support.rig import Rig
from tests.support.trace import Trace, assert_no_forbidden

LIBRARY_CARD = "00000001"
TOUCH_COMMANDS = 5
"""The most that a touch may send: SELECT, SELECT, READ, SELECT, sign."""

NOT_LINKED = "連携していないカードです。貸出券を読み取ってください"
LOCKED = "暗証番号が止まっています。市区町村の窓口で直せます"
EXPIRED = "電子証明書の期限が切れています。貸出券は使えます"
REVOKED = "電子証明書が失効しています。市区町村の窓口へ"
ON_HOLD = "電子証明書が一時停止中です。市区町村の窓口へ"
NOT_A_CARD = "マイナンバーカードではありません"
PHONE = "スマホではなく、カードを置いてください"
OLD_CARD = "住民基本台帳カードです。連携できません"
NO_CERTIFICATE = "利用者証明用電子証明書がないカードです。貸出券は使えます"
UNREADABLE = "カードの電子証明書を読めません"
NO_PIN = "暗証番号が使えません。券面に「顔認証」があるか見てください"
FACE = "顔認証カードは連携できません。貸出券は使えます"
NOT_GENUINE = "本物のカードか確かめられません。貸さずに責任者へ"
OF_ANOTHER = "このカードは、ほかの人に連携しています"
DATA_MISMATCH = "カードの内容が合いません。連携せずに責任者へ"

GOOD = (
    "adult",
    "two-pins",
    "under-15",
    "long-name-and-address",
    "rare-characters",
    "no-card-proof",
)
"""Cards that can be enrolled as they come."""

REFUSED = {
    "auth-pin-blocked": (NOT_LINKED, "利用者証明用", LOCKED),
    "surface-pin-blocked": (NOT_LINKED, "券面事項入力補助用", LOCKED),
    "expired": (EXPIRED, "証明書の更新は、市区町村の窓口です"),
    "revoked": (REVOKED, "貸出券は使えます"),
    "on-hold": (ON_HOLD, "貸出券は使えます"),
    "face-authentication": (NO_PIN, FACE, LOCKED),
    "no-auth-certificate": (NO_CERTIFICATE,),
    "phone-token": (PHONE,),
    "phone-token-ios": (PHONE,),
    "next-generation": (NOT_A_CARD, "次期マイナンバーカードは、まだ読めません"),
    "licence": (NOT_A_CARD,),
    "old-resident-card": (OLD_CARD,),
    "felica": (NOT_A_CARD,),
    "garbage": (UNREADABLE,),
}
"""Cards that cannot be enrolled, and what staff read at a touch."""


@dataclass
class Sent:
    """What went to the card on the reader."""

    trace: Trace

    @property
    def verifies(self) -> list[bytes]:
        """VERIFY with a PIN; asking for the tries is none."""
        return [one for one in self.trace.commands if one[1] == 0x20 and len(one) > 4]

    def check(self, persona: str) -> None:
        """Neither the My Number nor the signature certificate was asked for, no PIN written."""
        secrets = PERSONAS[persona].secrets
        pins = {pin for pin in (secrets.auth_pin, secrets.surface_info_pin) if pin}
        assert_no_forbidden(self.trace, pins)
        assert bytes.fromhex("00A4020C020001") not in self.trace.commands, "EF 0001 in any"
        assert not any(one[:2] == b"\x00\xb0" and one[2] == 0x81 for one in self.trace.commands)


def _listen(at: AtCounter) -> Sent:
    trace = Trace()
    at.devices.reader.on_exchange = trace.keep
    return Sent(trace)


def _registered(persona: str) -> Prepare:
    async def prepare(rig: Rig) -> None:
        changes = {} if PERSONAS[persona].holder.address else {"address": "埼玉県戸田市見本町"}
        await rig.register(persona, library_card_number=LIBRARY_CARD, **changes)

    return prepare


def _enrolled(persona: str) -> Prepare:
    async def prepare(rig: Rig) -> None:
        await rig.enroll(persona)

    return prepare


async def _to_the_card(at: AtCounter, persona: str) -> None:
    await at.press("f5")
    await at.scan(LIBRARY_CARD)
    await at.press("enter")
    await at.lay(persona)


async def _type_pins(at: AtCounter, persona: str) -> None:
    secrets = PERSONAS[persona].secrets
    await at.press(*secrets.auth_pin, "enter")
    await at.press(*secrets.surface_info_pin, "enter")


def test_every_persona_is_told_of_here() -> None:
    """A new one needs its sentence."""
    others = {"one-try-left", "cloned", "wrong-digest"}
    assert {*GOOD, *REFUSED, *others} == set(PERSONAS)


@pytest.mark.parametrize("persona", GOOD)
async def test_a_linked_card_opens_its_patron(tmp_path: Path, persona: str) -> None:
    """In five commands at most, none of them with a PIN."""
    async with at_counter(tmp_path, _enrolled(persona)) as at:
        sent = _listen(at)
        await at.lay(persona)
        name = PERSONAS[persona].name.replace("\u3000", " ")
        assert at.job(LendingJob).patron.name == name
        assert len(sent.trace.commands) <= TOUCH_COMMANDS
        assert sent.verifies == []
        sent.check(persona)
        is_marked = "カードと本人を見くらべてください" in at.text()
        assert is_marked is (persona == "no-card-proof")


@pytest.mark.parametrize("persona", [*GOOD, "one-try-left", "wrong-digest"])
async def test_a_good_card_that_nobody_linked_is_not_linked(tmp_path: Path, persona: str) -> None:
    """Nothing else is wrong with it, as far as a look without a PIN can tell."""
    async with at_counter(tmp_path) as at:
        sent = _listen(at)
        await at.lay(persona)
        assert NOT_LINKED in at.said()
        assert "F5で連携登録" in at.said()
        assert sent.verifies == []
        sent.check(persona)


@pytest.mark.parametrize("persona", REFUSED)
async def test_a_card_that_cannot_be_used_is_told_why_at_the_touch(
    tmp_path: Path, persona: str
) -> None:
    """停止, with the sentence of its own; no PIN is presented."""
    async with at_counter(tmp_path) as at:
        sent = _listen(at)
        await at.lay(persona)
        assert at.counter.is_locked
        for sentence in REFUSED[persona]:
            assert sentence in at.said()
        assert sent.verifies == []
        sent.check(persona)
        await at.press("enter")
        at.job(HomeJob)


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        pytest.param(bytes.fromhex("a003020102"), bytes.fromhex("a003020105"), id="version"),
        pytest.param(b"Z\x17", b"0\x17", id="date"),
    ],
)
async def test_a_certificate_that_no_ca_has_made_ends_no_terminal(
    tmp_path: Path, there: bytes, instead: bytes
) -> None:
    """One byte is enough, and nobody need have signed it: a sentence, and the next card."""
    async with at_counter(tmp_path) as at:
        sent = _listen(at)
        at.devices.reader.lay(_with_bytes_changed(at, there, instead))
        await at.until(lambda: at.counter.card_is_on_reader)
        await at.settle()
        assert UNREADABLE in at.said()
        assert sent.verifies == []
        await at.press("enter")
        at.job(HomeJob)
        await at.take_off()
        await at.lay("adult")
        assert NOT_LINKED in at.said()


def _with_bytes_changed(at: AtCounter, there: bytes, instead: bytes) -> SimulatedCard:
    applications = PERSONAS["adult"]._applications(today(at.devices.clock))
    [jpki] = [one for one in applications if one.aid == AID_JPKI]
    genuine = jpki.files[EF_AUTH_CERTIFICATE]
    assert isinstance(genuine, TransparentFile)
    assert there in genuine.content
    forged = TransparentFile(genuine.content.replace(there, instead, 1))
    changed = replace(jpki, files={**jpki.files, EF_AUTH_CERTIFICATE: forged})
    return SimulatedCard([changed], Tries("forged", {}, None))


async def test_a_copy_of_a_linked_card_is_refused_loudly(tmp_path: Path) -> None:
    """The certificate is right, the key is not: nobody is opened, nothing is lent."""
    async with at_counter(tmp_path, _enrolled("adult")) as at:
        sent = _listen(at)
        await at.lay("cloned")
        assert NOT_GENUINE in at.said()
        assert "花子" not in at.text()
        assert len(sent.trace.commands) <= TOUCH_COMMANDS
        assert sent.verifies == []
        sent.check("cloned")
        await at.press("enter")
        at.job(HomeJob)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [(StatusWord.REVOKED, REVOKED), (StatusWord.ON_HOLD, ON_HOLD), (StatusWord.EXPIRED, EXPIRED)],
    ids=["revoked", "on-hold", "expired"],
)
async def test_a_linked_card_whose_certificate_went_bad_is_refused(
    tmp_path: Path, word: StatusWord, sentence: str
) -> None:
    """The touch is the same; the platform's answer is another."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("two-pins")
        reader = SimulatedReader()
        reader.lay(rig.card("two-pins"))
        reference = read_head(MyNumberCard(reader.connect()).auth_certificate()[:256]).reference
        rig.platform.set_state(reference, SimulatedState(auth=word))

    async with at_counter(tmp_path, prepare) as at:
        sent = _listen(at)
        await at.lay("two-pins")
        assert sentence in at.said()
        assert len(sent.trace.commands) <= TOUCH_COMMANDS
        assert sent.verifies == []
        sent.check("two-pins")
        await at.press("enter")
        at.job(HomeJob)


@pytest.mark.parametrize("kind", [PinKind.AUTH, PinKind.SURFACE_INFO])
async def test_a_linked_card_opens_when_its_pin_was_locked_since(
    tmp_path: Path, kind: PinKind
) -> None:
    """A touch needs no PIN; nothing is said of one, and nothing asked."""

    async def prepare(rig: Rig) -> None:
        card = rig.card("two-pins")
        await rig.enroll("two-pins", card)
        lock(card, kind)

    async with at_counter(tmp_path, prepare) as at:
        sent = _listen(at)
        await at.lay("two-pins")
        assert at.job(LendingJob).patron.name == PERSONAS["two-pins"].name.replace("\u3000", " ")
        assert len(sent.trace.commands) <= TOUCH_COMMANDS
        sent.check("two-pins")


def lock(card: SimulatedCard, kind: PinKind) -> None:
    """Three wrong PINs, given to the card elsewhere."""
    card.power_on()
    application, reference = {
        PinKind.AUTH: (AID_JPKI, EF_AUTH_PIN),
        PinKind.SURFACE_INFO: (AID_SURFACE_INFO, EF_SURFACE_INFO_PIN),
    }[kind]
    card.transmit(apdu.select_application(application).encode())
    card.transmit(apdu.select_file(reference).encode())
    for left in (2, 1, 0):
        answer = card.transmit(bytes.fromhex("00200080") + b"\x04" + b"0000")
        assert answer == bytes([0x63, 0xC0 | left])
    card.power_off()


# -------------------------------------------------------------------------- at enrolment


async def _see_all(at: AtCounter) -> None:
    """Turn the pages of the comparison to the last one; mostly there is one alone."""
    while "PgDn" in at.counter.work_zone.text():
        await at.press("pagedown")


@pytest.mark.parametrize("persona", [*GOOD, "one-try-left"])
async def test_a_good_card_is_enrolled(tmp_path: Path, persona: str) -> None:
    """All steps; each PIN is sent once; then a touch finds the patron."""
    async with at_counter(tmp_path, _registered(persona)) as at:
        sent = _listen(at)
        await _to_the_card(at, persona)
        if persona == "one-try-left":
            assert "残り1回です。まちがえると止まります。本人は承知ですか" in at.said()
            await at.press("enter")
        assert sent.verifies == []
        await _type_pins(at, persona)
        assert at.job(EnrollmentJob).step is Step.COMPARISON
        assert len(sent.verifies) == 2
        await _see_all(at)
        await at.press("enter")
        assert "マイナンバーカードで借りられます" in at.text()
        sent.check(persona)
        [(has_key,)] = at.devices.rows_of("SELECT card_key IS NOT NULL FROM card_link")
        assert bool(has_key) is (persona != "no-card-proof")


@pytest.mark.parametrize("persona", REFUSED)
async def test_a_card_that_cannot_be_used_is_refused_before_any_pin(
    tmp_path: Path, persona: str
) -> None:
    """The same sentence as at a touch, and nothing is written."""
    async with at_counter(tmp_path, _registered(persona)) as at:
        sent = _listen(at)
        await _to_the_card(at, persona)
        assert at.counter.is_locked
        expected = [one for one in REFUSED[persona] if one != NOT_LINKED]
        for sentence in expected:
            assert sentence in at.said()
        assert sent.verifies == []
        sent.check(persona)
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]


async def test_a_copy_of_a_linked_card_is_somebody_elses(tmp_path: Path) -> None:
    """At enrolment it is refused before any PIN."""

    async def prepare(rig: Rig) -> None:
        await rig.enroll("adult")
        await rig.register("cloned", library_card_number=LIBRARY_CARD)

    async with at_counter(tmp_path, prepare) as at:
        sent = _listen(at)
        await _to_the_card(at, "cloned")
        assert OF_ANOTHER in at.said()
        assert sent.verifies == []
        sent.check("cloned")


@pytest.mark.parametrize(
    ("persona", "sentence"),
    [("cloned", NOT_GENUINE), ("wrong-digest", DATA_MISMATCH)],
    ids=["cloned", "wrong-digest"],
)
async def test_a_forged_card_is_found_out_when_it_has_taken_the_pins(
    tmp_path: Path, persona: str, sentence: str
) -> None:
    """It may take any PIN; what it signs, or tells of its holder, does not fit."""
    async with at_counter(tmp_path, _registered(persona)) as at:
        sent = _listen(at)
        await _to_the_card(at, persona)
        await _type_pins(at, persona)
        assert sentence in at.said()
        assert len(sent.verifies) == 2
        sent.check(persona)
        await at.press("enter")
        at.job(HomeJob)
        assert at.devices.rows_of("SELECT count(*) FROM card_link") == [(0,)]


async def test_name_and_address_that_fill_several_answers_arrive_whole(tmp_path: Path) -> None:
    """Longer than one answer of the card, and nothing is cut in the record."""
    holder = PERSONAS["long-name-and-address"].holder

    async def prepare(rig: Rig) -> None:
        await rig.register(
            "long-name-and-address",
            name="見本 寿",
            address="戸田市",
            library_card_number=LIBRARY_CARD,
        )

    async with at_counter(tmp_path, prepare) as at:
        await _to_the_card(at, "long-name-and-address")
        await _type_pins(at, "long-name-and-address")
        await _see_all(at)
        await at.press("enter")
        kept = at.devices.rows_of("SELECT name, address FROM patron")
        assert kept == [
            (holder.name.replace("\u3000", " "), holder.address),
        ]


async def test_rare_characters_arrive_as_they_are(tmp_path: Path) -> None:
    """No form is exchanged for another one: neither the selector nor the combining sign."""
    holder = PERSONAS["rare-characters"].holder

    async def prepare(rig: Rig) -> None:
        await rig.register("rare-characters", name="見本 高崎", library_card_number=LIBRARY_CARD)

    async with at_counter(tmp_path, prepare) as at:
        await _to_the_card(at, "rare-characters")
        await _type_pins(at, "rare-characters")
        assert "髙﨑" in at.text()
        await at.press("enter")
        [(name,)] = at.devices.rows_of("SELECT name FROM patron")
        assert name == holder.name.replace("\u3000", " ")
        assert "葛\U000e0100か\u3099" in str(name)
