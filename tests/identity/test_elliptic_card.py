"""A card with a P-384 certificate from end to end: enrolled, touched, and asked for its PIN.

How such cards will be asked is not public: ours is a card of today whose authentication key is
elliptic, and which signs a bare digest (docs/card.md §8). CA, certificate and status are openssl's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from counter_tui import wiring
from counter_tui.clock import Clock, today
from counter_tui.desk.recognition import CardBoundProof
from counter_tui.errors import AuthPinWanted, CardNotGenuine, CertificateRevoked
from counter_tui.hardware import jpki
from counter_tui.hardware.simulated.card import (
    Application,
    File,
    KeyFile,
    SimulatedCard,
    TransparentFile,
)
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.tries import Tries
from counter_tui.identity.platform import IdentityPlatform
from counter_tui.identity.site_key import SiteKeyFile
from counter_tui.settings import Settings
from tests.support.openssl_ca import OpensslCa, Responder, responding
from tests.support.rig import Rig, pin, rigged

P_384: Final = ("ec", "-pkeyopt", "ec_paramgen_curve:P-384")


@dataclass
class Elliptic:
    """A CA whose keys are elliptic, like those of the certificates that it issues."""

    ca: OpensslCa
    responder: Responder
    certificate: Path
    another: Path

    def ask(self, settings: Settings, clock: Clock) -> IdentityPlatform:
        """A verifier on its responder."""
        asking = replace(settings, platform="verifier", ocsp_url=self.responder.url)
        SiteKeyFile(asking.site_key_path).make()
        return wiring.platform_of(asking, clock)

    def card(self, rig: Rig, persona: str, key_of: Path) -> SimulatedCard:
        """This persona's card with the CA's certificate, and with the key of `key_of`."""
        der = x509.load_pem_x509_certificate(self.certificate.read_bytes()).public_bytes(
            Encoding.DER
        )
        key = load_pem_private_key(key_of.with_suffix(".key").read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        pins = frozenset({jpki.EF_AUTH_PIN})
        elliptic: dict[int, File] = {
            jpki.EF_AUTH_CERTIFICATE: TransparentFile(der),
            jpki.EF_AUTH_KEY: KeyFile(key, pins),
        }
        made = [
            replace(one, files={**one.files, **elliptic}) if one.name == "jpki" else one
            for one in applications_of(rig, persona)
        ]
        return SimulatedCard(made, Tries(f"elliptic-{persona}", {}, None))


def applications_of(rig: Rig, persona: str) -> list[Application]:
    """Of a persona's ordinary card."""
    return PERSONAS[persona]._applications(today(rig.clock))


@pytest.fixture(scope="module")
def elliptic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elliptic]:
    """Made once; tests that change its books have the last word on their own certificate."""
    ca = OpensslCa(tmp_path_factory.mktemp("elliptic") / "ca", key_kind=P_384)
    certificate, another = (ca.issue("auth", *P_384) for _ in range(2))
    with responding(Responder([ca])) as responder:
        yield Elliptic(ca, responder, certificate, another)


async def test_a_p384_card_is_enrolled_and_touched(elliptic: Elliptic, tmp_path: Path) -> None:
    """Its certificate's key signs at the enrolment; at a touch the card's own key, as ever."""
    anchors = (elliptic.ca.certificate_file,)
    async with rigged(tmp_path, datetime.now(UTC), ask=elliptic.ask, trust_anchors=anchors) as rig:
        patron = await rig.enroll("adult", elliptic.card(rig, "adult", elliptic.certificate))
        signatures = [
            answer for command, answer in rig.exchanges if command[:4] == bytes.fromhex("802A0080")
        ]
        assert [len(answer) for answer in signatures] == [96 + 2]
        touched = await rig.desk.identification.touch()
        assert (touched.patron.id, touched.proof) == (patron.id, CardBoundProof.PROVEN)


async def test_without_a_proof_of_its_own_its_key_signs_at_the_touch(
    elliptic: Elliptic, tmp_path: Path
) -> None:
    """After the PIN, in one conversation; a wrong key is found out there, too."""
    anchors = (elliptic.ca.certificate_file,)
    async with rigged(
        tmp_path,
        datetime.now(UTC),
        ask=elliptic.ask,
        trust_anchors=anchors,
        without_card_proof="auth-pin",
    ) as rig:
        persona = "no-card-proof"
        patron = await rig.enroll(persona, elliptic.card(rig, persona, elliptic.certificate))
        identification = rig.desk.identification
        typed = PERSONAS[persona].secrets.auth_pin
        with pytest.raises(AuthPinWanted):
            await identification.touch()
        touched = await identification.touch_with_pin(pin(typed), last_try_agreed=False)
        assert touched.patron.id == patron.id
        rig.reader.take_off()
        rig.reader.lay(elliptic.card(rig, persona, elliptic.another))
        with pytest.raises(AuthPinWanted):
            await identification.touch()
        with pytest.raises(CardNotGenuine):
            await identification.touch_with_pin(pin(typed), last_try_agreed=False)


async def test_a_p384_certificate_with_another_key_is_not_enrolled(
    elliptic: Elliptic, tmp_path: Path
) -> None:
    """The signature has the right form and does not fit."""
    anchors = (elliptic.ca.certificate_file,)
    async with rigged(tmp_path, datetime.now(UTC), ask=elliptic.ask, trust_anchors=anchors) as rig:
        with pytest.raises(CardNotGenuine):
            await rig.enroll("adult", elliptic.card(rig, "adult", elliptic.another))
        assert rig.rows("SELECT count(*) FROM card_link") == [(0,)]


async def test_a_p384_card_that_was_revoked_since_is_refused(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The responder's answer is signed with an elliptic key, too."""
    ca = OpensslCa(tmp_path_factory.mktemp("elliptic") / "ca", key_kind=P_384)
    certificate = ca.issue("auth", *P_384)
    with responding(Responder([ca])) as responder:
        made = Elliptic(ca, responder, certificate, certificate)
        anchors = (ca.certificate_file,)
        async with rigged(
            tmp_path / "desk", datetime.now(UTC), ask=made.ask, trust_anchors=anchors
        ) as rig:
            await rig.enroll("adult", made.card(rig, "adult", certificate))
            await rig.desk.identification.touch()
            ca.revoke(certificate)
            with pytest.raises(CertificateRevoked):
                await rig.desk.identification.touch()
