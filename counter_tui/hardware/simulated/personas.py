"""The made-up people whose cards can be laid on a reader. Their PINs are no secrets.

A further persona is one entry below and, for a card with keys, one key file
(`tools/make_simulator_keys.py`). What special cards are like: docs/card.md §10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from counter_tui.errors import PinKind
from counter_tui.hardware.jpki import TokenKind
from counter_tui.hardware.simulated import issuing
from counter_tui.hardware.simulated.card import CONTACT_ATR, Application, SimulatedCard
from counter_tui.hardware.simulated.contents import CardContents, Secrets, applications, noise
from counter_tui.hardware.simulated.issuing import Holder
from counter_tui.hardware.simulated.simulator_keys import card_keys
from counter_tui.hardware.simulated.tries import TRIES_FILE as TRIES_FILE
from counter_tui.hardware.simulated.tries import Tries, reset_tries

_COUNTER_NAMES: Final = {PinKind.AUTH: "jpki/0018", PinKind.SURFACE_INFO: "surface-info/0011"}
_CARD_YEARS: Final = 10

# Labels of EF 0006 in phones (docs/card.md §3).
_ANDROID_LABEL: Final = "JPKIAPGPSETOKEN"
_IPHONE_LABEL: Final = "JPKIAPIOSTOKEN"

# Answers to reset as a reader makes them of cards without contacts (docs/card.md §10).
_ATR_TYPE_B: Final = bytes.fromhex("3B888001000005E0B381A1007F")
_ATR_LICENCE: Final = bytes.fromhex("3B888001000000009181C100D8")
_ATR_OLD_RESIDENT_CARD: Final = bytes.fromhex("3B888001000014E0B38191005E")
_ATR_FELICA: Final = bytes.fromhex("3B8F8001804F0CA0000003061100 3B0000000042")


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "translate this later"
    """Mark a sentence for the catalogues; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Persona:
    """A made-up person with a simulated card.

    Attributes:
        slug: what the person is called on the command line; also names the key file.
        number: makes serials, so that they never change; unique.
        title: what is special about this card in two or three words, a message id.
        description: the same in a sentence, a message id for `language._`.
        holder: name, address and birth date on the card.
        secrets: the PINs, to be shown to whoever plays with the card.
        tries: tries left of a card fresh from its drawer, where not all of them are.
        token_label: of EF 0006.
        has_auth_certificate: false for someone who declined it.
        has_sign_certificate: false for someone under fifteen.
        issued_years_ago: how long before the present year the card was issued; from six on
            its certificates have expired.
        has_card_proof: false for a card that does not sign without a PIN.
        digest_fits: false for a card whose attributes are not those that were digested.
        certificate_of: slug of the persona whose authentication certificate was copied.
        keys_of: slug of the persona whose keys the card shares; None: its own.
        applications: names of those that it has; None: all of a My Number card.
        is_noise: its files hold nothing that makes sense.
        atr: answer to reset.
        every_answer: status word to whatever is sent to it.
    """

    slug: str
    number: int
    title: str
    description: str
    holder: Holder
    secrets: Secrets = field(default=Secrets(), repr=False)
    tries: Mapping[PinKind, int] = field(default_factory=dict)
    token_label: str = TokenKind.CARD.value
    has_auth_certificate: bool = True
    has_sign_certificate: bool = True
    issued_years_ago: int = 1
    has_card_proof: bool = True
    digest_fits: bool = True
    certificate_of: str | None = None
    keys_of: str | None = None
    applications: frozenset[str] | None = None
    is_noise: bool = False
    atr: bytes = CONTACT_ATR
    every_answer: int | None = None

    @property
    def has_keys(self) -> bool:
        """Whether there is anything to sign with on this card."""
        return self.applications is None or bool(self.applications)

    @property
    def key_name(self) -> str:
        """Of the file that holds its keys."""
        return self.keys_of or self.slug

    @property
    def is_my_number_card(self) -> bool:
        """Whether a person of the library may have come with this card: no copy, no other kind."""
        return self.applications is None and self.certificate_of is None

    @property
    def name(self) -> str:
        """The name on the card."""
        return self.holder.name

    def make_card(self, today: date, state_file: Path | None = None) -> SimulatedCard:
        """This person's card, the same one in every process all year.

        Args:
            today: in Asia/Tokyo; its year decides when the certificates begin and end.
            state_file: keeps the tries left from process to process; None begins anew.
        """
        tries = Tries(
            self.slug,
            {_COUNTER_NAMES[kind]: left for kind, left in self.tries.items()},
            state_file,
        )
        return SimulatedCard(
            self._applications(today), tries, atr=self.atr, every_answer=self.every_answer
        )

    def _applications(self, today: date) -> list[Application]:
        if self.is_noise:
            return noise()
        if not self.has_keys:
            return []
        found = applications(self._contents(today))
        wanted = self.applications
        return [one for one in found if wanted is None or one.name in wanted]

    def _contents(self, today: date) -> CardContents:
        issued_on = date(today.year - self.issued_years_ago, 4, 15)
        valid = issuing.validity(self.holder.birth_date, issued_on)
        keys = card_keys(self.key_name)
        return CardContents(
            token_label=self.token_label,
            holder=self.holder,
            secrets=self.secrets,
            keys=keys,
            auth_certificate=self._auth_certificate(today) if self.has_auth_certificate else None,
            sign_certificate=issuing.sign_certificate(
                keys.sign.public_key(), self.number, valid, self.holder
            )
            if self.has_sign_certificate
            else None,
            expires_on=issuing.birthday(self.holder.birth_date, issued_on.year + _CARD_YEARS),
            card_number=f"4{self.number:014d}",
            has_card_proof=self.has_card_proof,
            digest_fits=self.digest_fits,
        )

    def _auth_certificate(self, today: date) -> bytes:
        if self.certificate_of is not None:
            return PERSONAS[self.certificate_of]._auth_certificate(today)
        issued_on = date(today.year - self.issued_years_ago, 4, 15)
        valid = issuing.validity(self.holder.birth_date, issued_on)
        key = card_keys(self.key_name).auth.public_key()
        return issuing.auth_certificate(key, self.number, valid)


def reset_cards(state_file: Path, slug: str | None = None) -> None:
    """Let one persona's card, or all of them (None), count their tries as on the first day.

    Raises:
        OSError: the file cannot be written.
    """
    reset_tries(state_file, slug)


def _other(name: str) -> Holder:
    """What stands on a card that is no My Number card, in place of a person."""
    return Holder(name, "", date(2000, 1, 1), "9")


_ALL: Final = (
    Persona(
        slug="adult",
        number=1,
        title=N_("an ordinary card"),
        description=N_("An ordinary card; both PINs are the same."),
        holder=Holder("見本　花子", "埼玉県戸田市見本町１－２－３", date(1990, 4, 1), "2"),
        secrets=Secrets("1234", "1234", "MIHON1234"),
    ),
    Persona(
        slug="two-pins",
        number=2,
        title=N_("two PINs"),
        description=N_("An ordinary card whose two PINs differ."),
        holder=Holder("見本　太郎", "埼玉県戸田市見本町４－５－６", date(1985, 11, 23), "1"),
        secrets=Secrets("1234", "5678", "MIHON5678"),
    ),
    Persona(
        slug="one-try-left",
        number=3,
        title=N_("one try left"),
        description=N_("One more wrong authentication PIN locks this card."),
        holder=Holder("見本　次郎", "埼玉県戸田市見本町７－８－９", date(1972, 2, 29), "1"),
        secrets=Secrets("2468", "2468", "MIHON2468"),
        tries={PinKind.AUTH: 1},
    ),
    Persona(
        slug="auth-pin-blocked",
        number=4,
        title=N_("auth PIN locked"),
        description=N_("The authentication PIN is locked."),
        holder=Holder("見本　三郎", "埼玉県戸田市見本町１０－１", date(1968, 6, 15), "1"),
        secrets=Secrets("1234", "1234", "MIHON0004"),
        tries={PinKind.AUTH: 0},
    ),
    Persona(
        slug="surface-pin-blocked",
        number=5,
        title=N_("2nd PIN locked"),
        description=N_("The card-surface PIN is locked, the authentication PIN is not."),
        holder=Holder("見本　四葉", "埼玉県戸田市見本町１０－２", date(1994, 9, 9), "2"),
        secrets=Secrets("1234", "5678", "MIHON0005"),
        tries={PinKind.SURFACE_INFO: 0},
    ),
    Persona(
        slug="under-15",
        number=6,
        title=N_("a child, under 15"),
        description=N_("A child's card: no signature certificate, all else as usual."),
        holder=Holder("見本　小春", "埼玉県戸田市見本町１－２－３", date(2018, 7, 7), "2"),
        secrets=Secrets("1111", "1111", ""),
        has_sign_certificate=False,
    ),
    Persona(
        slug="long-name-and-address",
        number=7,
        title=N_("long name"),
        description=N_("Name and address fill more than one answer of the card."),
        holder=Holder(
            "見本　寿限無寿限無五劫の擦り切れ海砂利水魚の水行末雲来末風来末",
            "埼玉県戸田市見本町大字見本字見本１２３４番地の５６７８"
            "　見本記念長寿荘アネックスウエストタワー見本棟　１２３４号室　見本方",
            date(1959, 12, 31),
            "1",
        ),
        secrets=Secrets("1234", "1234", "MIHON0007"),
    ),
    Persona(
        slug="rare-characters",
        number=8,
        title=N_("rare characters"),
        description=N_("A name with rare forms of characters, which not every font has."),
        holder=Holder(
            # 葛 with a variation selector; か with a combining sign, as two characters.
            "見本　髙﨑𠮷葛\U000e0100か\u3099",
            "埼玉県戸田市見本町髙台﨑か\u3099丘１－１",
            date(1981, 5, 3),
            "2",
        ),
        secrets=Secrets("1234", "1234", "MIHON0008"),
    ),
    Persona(
        slug="expired",
        number=9,
        title=N_("certificate expired"),
        description=N_("The certificates have expired; the card itself still answers."),
        holder=Holder("見本　古都", "埼玉県戸田市見本町１０－３", date(1988, 2, 1), "2"),
        secrets=Secrets("1234", "1234", "MIHON0009"),
        issued_years_ago=7,
    ),
    Persona(
        slug="revoked",
        number=10,
        title=N_("certificate revoked"),
        description=N_("The certificate was revoked; only the platform knows it."),
        holder=Holder("見本　五郎", "埼玉県戸田市見本町１０－４", date(1977, 3, 3), "1"),
        secrets=Secrets("1234", "1234", "MIHON0010"),
    ),
    Persona(
        slug="on-hold",
        number=11,
        title=N_("certificate on hold"),
        description=N_("The certificate is suspended; only the platform knows it."),
        holder=Holder("見本　六花", "埼玉県戸田市見本町１０－５", date(1999, 1, 20), "2"),
        secrets=Secrets("1234", "1234", "MIHON0011"),
    ),
    Persona(
        slug="face-authentication",
        number=12,
        title=N_("face authentication"),
        description=N_("A card without PINs, with 顔認証 on its face."),
        holder=Holder("見本　七海", "埼玉県戸田市見本町１０－６", date(1941, 8, 8), "2"),
        has_sign_certificate=False,
    ),
    Persona(
        slug="no-auth-certificate",
        number=13,
        title=N_("no certificate"),
        description=N_("The person declined the authentication certificate."),
        holder=Holder("見本　八重", "埼玉県戸田市見本町１０－７", date(1963, 10, 10), "2"),
        secrets=Secrets("1234", "1234", "MIHON0013"),
        has_auth_certificate=False,
    ),
    Persona(
        slug="no-card-proof",
        number=14,
        title=N_("no proof of its own"),
        description=N_("The card does not sign without a PIN, nor gives the key for it."),
        holder=Holder("見本　九十九", "埼玉県戸田市見本町１０－８", date(1992, 12, 1), "1"),
        secrets=Secrets("1234", "1234", "MIHON0014"),
        has_card_proof=False,
    ),
    Persona(
        slug="cloned",
        number=15,
        title=N_("a copy of the first"),
        description=N_("A forgery: the certificate of `adult`, but keys of its own."),
        holder=Holder("見本　写", "埼玉県戸田市見本町１－２－３", date(1990, 4, 1), "2"),
        secrets=Secrets("1234", "1234", "MIHON0015"),
        certificate_of="adult",
    ),
    Persona(
        slug="wrong-digest",
        number=16,
        title=N_("data that do not fit"),
        description=N_("Name and address are not those that the card's digest was made of."),
        holder=Holder("見本　千違", "埼玉県戸田市見本町１０－９", date(1990, 4, 1), "1"),
        secrets=Secrets("1234", "1234", "MIHON0016"),
        digest_fits=False,
    ),
    Persona(
        slug="phone-token",
        number=17,
        title=N_("an Android phone"),
        description=N_("The certificate in an Android phone; not the card."),
        holder=Holder("見本　安堵", "", date(1996, 6, 6), "1"),
        secrets=Secrets("1234", "", "MIHON0017"),
        token_label=_ANDROID_LABEL,
        applications=frozenset({"jpki"}),
    ),
    Persona(
        slug="phone-token-ios",
        number=18,
        title=N_("an iPhone"),
        description=N_("The certificate in an iPhone; not the card."),
        holder=Holder("見本　林檎", "", date(1997, 7, 7), "2"),
        secrets=Secrets("1234", "", "MIHON0018"),
        token_label=_IPHONE_LABEL,
        applications=frozenset({"jpki"}),
        keys_of="phone-token",
    ),
    Persona(
        slug="next-generation",
        number=19,
        title=N_("next generation"),
        description=N_("The coming card, whose applications have other names."),
        holder=_other("見本　次期"),
        applications=frozenset(),
        atr=_ATR_TYPE_B,
    ),
    Persona(
        slug="licence",
        number=20,
        title=N_("driving licence"),
        description=N_("A driving licence: knows none of our applications."),
        holder=_other("見本　免許証"),
        applications=frozenset(),
        atr=_ATR_LICENCE,
    ),
    Persona(
        slug="old-resident-card",
        number=21,
        title=N_("old resident card"),
        description=N_("The card before the My Number card; it had no such certificate."),
        holder=_other("見本　住基"),
        token_label=TokenKind.OLD_RESIDENT_CARD.value,
        has_auth_certificate=False,
        has_sign_certificate=False,
        applications=frozenset({"jpki"}),
        keys_of="adult",
        atr=_ATR_OLD_RESIDENT_CARD,
    ),
    Persona(
        slug="felica",
        number=22,
        title=N_("a FeliCa card"),
        description=N_("A travel card or an old library card of the FeliCa kind."),
        holder=_other("見本　交通系"),
        applications=frozenset(),
        atr=_ATR_FELICA,
        every_answer=0x6A81,
    ),
    Persona(
        slug="garbage",
        number=23,
        title=N_("nothing but noise"),
        description=N_("A card that knows our commands, and whose files hold only noise."),
        holder=_other("見本　雑音"),
        applications=frozenset(),
        is_noise=True,
    ),
)

PERSONAS: Final[Mapping[str, Persona]] = {persona.slug: persona for persona in _ALL}
"""By slug, in the order in which they are listed."""
