"""The made-up people whose cards can be laid on a reader. Their PINs are no secrets.

A further persona is one entry below and one key file (`tools/make_simulator_keys.py`).
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
from counter_tui.hardware.simulated.card import SimulatedCard
from counter_tui.hardware.simulated.contents import CardContents, Secrets, applications
from counter_tui.hardware.simulated.issuing import Holder
from counter_tui.hardware.simulated.simulator_keys import card_keys
from counter_tui.hardware.simulated.tries import Tries

_COUNTER_NAMES: Final = {PinKind.AUTH: "jpki/0018", PinKind.SURFACE_INFO: "surface-info/0011"}
_CARD_YEARS: Final = 10


def N_(message: str) -> str:  # noqa: N802 - gettext's name for "translate this later"
    """Mark a sentence for the catalogues; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Persona:
    """A made-up person with a simulated card.

    Attributes:
        slug: what the person is called on the command line; also names the key file.
        number: makes serials, so that they never change; unique.
        description: what this card is for, a message id for `language._`.
        holder: name, address and birth date on the card.
        secrets: the PINs, to be shown to whoever plays with the card.
        tries: tries left of a card fresh from its drawer, where not all of them are.
        token_label: of EF 0006.
        has_auth_certificate: false for someone who declined it.
        has_sign_certificate: false for someone under fifteen.
        issued_years_ago: how long before the present year the card was issued; from six on
            its certificates have expired.
    """

    slug: str
    number: int
    description: str
    holder: Holder
    secrets: Secrets = field(repr=False)
    tries: Mapping[PinKind, int] = field(default_factory=dict)
    token_label: str = TokenKind.CARD.value
    has_auth_certificate: bool = True
    has_sign_certificate: bool = True
    issued_years_ago: int = 1

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
        issued_on = date(today.year - self.issued_years_ago, 4, 15)
        valid = issuing.validity(self.holder.birth_date, issued_on)
        keys = card_keys(self.slug)
        contents = CardContents(
            token_label=self.token_label,
            holder=self.holder,
            secrets=self.secrets,
            keys=keys,
            auth_certificate=issuing.auth_certificate(keys.auth.public_key(), self.number, valid)
            if self.has_auth_certificate
            else None,
            sign_certificate=issuing.sign_certificate(
                keys.sign.public_key(), self.number, valid, self.holder
            )
            if self.has_sign_certificate
            else None,
            expires_on=issuing.birthday(self.holder.birth_date, issued_on.year + _CARD_YEARS),
            card_number=f"4{self.number:014d}",
        )
        tries = Tries(
            self.slug,
            {_COUNTER_NAMES[kind]: left for kind, left in self.tries.items()},
            state_file,
        )
        return SimulatedCard(applications(contents), tries)


_ALL: Final = (
    Persona(
        slug="adult",
        number=1,
        description=N_("An ordinary card; both PINs are the same."),
        holder=Holder("見本　花子", "埼玉県戸田市見本町１－２－３", date(1990, 4, 1), "2"),
        secrets=Secrets("1234", "1234", "MIHON1234"),
    ),
    Persona(
        slug="two-pins",
        number=2,
        description=N_("An ordinary card whose two PINs differ."),
        holder=Holder("見本　太郎", "埼玉県戸田市見本町４－５－６", date(1985, 11, 23), "1"),
        secrets=Secrets("1234", "5678", "MIHON5678"),
    ),
    Persona(
        slug="one-try-left",
        number=3,
        description=N_("One more wrong authentication PIN locks this card."),
        holder=Holder("見本　次郎", "埼玉県戸田市見本町７－８－９", date(1972, 2, 29), "1"),
        secrets=Secrets("2468", "2468", "MIHON2468"),
        tries={PinKind.AUTH: 1},
    ),
)

PERSONAS: Final[Mapping[str, Persona]] = {persona.slug: persona for persona in _ALL}
"""By slug, in the order in which they are listed."""
