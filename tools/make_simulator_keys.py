"""Write the key files of simulated cards that have none yet. Existing files are left alone.

For whoever adds a persona: `python tools/make_simulator_keys.py`. Also writes the simulator's
root into identity/trust when it is missing there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from counter_tui.hardware.simulated import issuing
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.hardware.simulated.simulator_keys import CARD_KEYS, ISSUER_KEYS, key_file

TRUST_FILE: Final = (
    Path(__file__).parent.parent / "counter_tui" / "identity" / "trust" / "jpki-simulator.pem"
)
_HEADING: Final = (
    "Simulator material of counter_tui: made-up keys that protect nothing"
    " and are trusted by nobody.\n"
)


def write_keys(name: str, titles: tuple[str, ...]) -> None:
    """Make RSA-2048 keys and write them, each under its title, unless the file is there."""
    path = key_file(name)
    if path.exists():
        return
    text = _HEADING
    for title in titles:
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        text += f"{title}\n{pem}"
    path.write_text(text, encoding="ascii")
    print(f"made {path.name}")


def main() -> None:
    """Fill in what is missing."""
    write_keys("issuers", ISSUER_KEYS)
    for persona in PERSONAS.values():
        if persona.has_keys:
            write_keys(persona.key_name, CARD_KEYS)
    if not TRUST_FILE.exists():
        TRUST_FILE.parent.mkdir(exist_ok=True)
        TRUST_FILE.write_bytes(issuing.auth_ca().public_bytes(Encoding.PEM))
        print(f"made {TRUST_FILE.name}")


if __name__ == "__main__":
    main()
