"""signature-links.csv: which rows are taken, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from counter_tui import cli
from counter_tui.errors import SignatureLinksUnusable
from counter_tui.identity.link_store import SignatureRefused
from counter_tui.identity.platform import CertificateFacts, StatusWord
from counter_tui.identity.signature_links import Imported, RowRefused, import_signature_links
from tests.support.authority import Authority
from tests.unit.identity.test_verifier import facts, verifier_in

FIRST, SECOND = Authority(0), Authority(1)
NAME = '"OU=JPKI for user authentication,O=JPKI,C=JP"'
HEADING = "user_identifier,issuer,serial,valid_until\n"


def taken_from(
    path: Path, *rows: str, heading: str = HEADING
) -> tuple[Imported, list[CertificateFacts]]:
    """Import these rows; everything that can be read is kept."""
    path.write_text(heading + "".join(row + "\n" for row in rows), encoding="utf-8")
    kept: list[CertificateFacts] = []

    def keep(
        certificates: Sequence[tuple[str, CertificateFacts]],
    ) -> list[SignatureRefused | None]:
        kept.extend(certificate for _, certificate in certificates)
        return [None] * len(certificates)

    return import_signature_links(path, [FIRST.anchor, SECOND.anchor], keep), kept


@pytest.mark.parametrize("issuer", [NAME, '"C=JP,O=JPKI,OU=JPKI for user authentication"'])
def test_an_issuer_may_be_named_from_either_end(tmp_path: Path, issuer: str) -> None:
    """Its generation then stays open."""
    done, (certificate,) = taken_from(tmp_path / "f.csv", f"a,{issuer},105906176,2027-04-01")
    assert done == Imported(1, ())
    assert certificate.reference.issuer == FIRST.anchor.name_der
    assert certificate.reference.serial == 105906176
    assert certificate.issuer_key is None
    assert certificate.valid_until == datetime(2027, 4, 1, 14, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("colons", [True, False])
def test_a_fingerprint_tells_the_generation(tmp_path: Path, colons: bool) -> None:
    """As `counter-tui trust list` shows it, or without colons."""
    fingerprint = SECOND.anchor.fingerprint
    issuer = fingerprint if colons else fingerprint.replace(":", "").upper()
    _, (certificate,) = taken_from(
        tmp_path / "f.csv", f"a,{issuer},0x6500001,2027-04-01T23:59:59+09:00"
    )
    assert certificate.issuer_key == SECOND.anchor.key_hash
    assert certificate.reference.serial == 0x6500001


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",{name},1,2027-04-01", RowRefused.INCOMPLETE),
        ("a,{name},1", RowRefused.INCOMPLETE),
        ("a," + "x" * 501 + ",1,2027-04-01", RowRefused.INCOMPLETE),
        ('a,"O=Nobody,C=JP",1,2027-04-01', RowRefused.ISSUER),
        ("a,no name,1,2027-04-01", RowRefused.ISSUER),
        ("a," + "0" * 64 + ",1,2027-04-01", RowRefused.ISSUER),
        ("a,{name},0,2027-04-01", RowRefused.SERIAL),
        ("a,{name},-1,2027-04-01", RowRefused.SERIAL),
        ("a,{name},1_000,2027-04-01", RowRefused.SERIAL),
        ("a,{name},\uff11\uff12,2027-04-01", RowRefused.SERIAL),
        ("a,{name},1e3,2027-04-01", RowRefused.SERIAL),
        ("a,{name},0xzz,2027-04-01", RowRefused.SERIAL),
        ("a,{name}," + "9" * 60 + ",2027-04-01", RowRefused.SERIAL),
        ("a,{name},1,2027-02-30", RowRefused.VALID_UNTIL),
        ("a,{name},1,2027-W14-3", RowRefused.VALID_UNTIL),
        ("a,{name},1,0001-01-01", RowRefused.VALID_UNTIL),
        ("a,{name},1,0001-01-01T00:00:00+14:00", RowRefused.VALID_UNTIL),
        ("a,{name},1,9999-12-31T23:59:59-14:00", RowRefused.VALID_UNTIL),
        ("a,{name},1,2027-04-01T00:00:00", RowRefused.VALID_UNTIL),
        ("a,{name},1,tomorrow", RowRefused.VALID_UNTIL),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_by_line_and_reason(
    tmp_path: Path, row: str, why: RowRefused
) -> None:
    """The rows around it are taken."""
    good = f"a,{NAME},7,2027-04-01"
    done, kept = taken_from(tmp_path / "f.csv", good, row.replace("{name}", NAME), good)
    assert (done.kept, len(kept)) == (2, 2)
    assert [(refusal.line, refusal.why) for refusal in done.refused] == [(3, why)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no column"),
        (b"user_identifier,serial,valid_until\n", "no column issuer"),
        ("利用者".encode("cp932"), "not UTF-8"),
        (HEADING.encode() + b'a,"unclosed', "not CSV"),
    ],
)
def test_a_file_that_is_no_list_is_said(tmp_path: Path, content: bytes, reason: str) -> None:
    """As a whole."""
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(SignatureLinksUnusable, match=reason):
        import_signature_links(path, [FIRST.anchor], lambda rows: [None] * len(rows))
    with pytest.raises(SignatureLinksUnusable, match="No such file"):
        import_signature_links(tmp_path / "none", [], lambda rows: [None] * len(rows))


def test_a_byte_order_mark_and_further_columns_do_no_harm(tmp_path: Path) -> None:
    """As spreadsheets write them."""
    done, _ = taken_from(
        tmp_path / "f.csv",
        f"x,2027-04-01,1,{NAME},a",
        heading="\ufeffmemo,valid_until,serial,issuer,user_identifier\n",
    )
    assert done == Imported(1, ())


def test_the_command_imports_and_may_be_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused rows come with their line and no number; the second run changes nothing."""
    settings = tmp_path / "settings.toml"
    FIRST.write(tmp_path / "ca.pem")
    settings.write_text(
        'library = "L"\nbranch = "B"\ncounter = "C"\noperator = "O"\nplatform = "verifier"\n'
        'crl_sources = ["lists"]\ntrust_anchors = ["ca.pem"]\n'
    )
    words = ["--lang", "en", "--config", str(settings)]
    assert cli.main([*words, "init", "--yes"]) == 0
    verifier = verifier_in(tmp_path)
    identifier = verifier.link(facts(), "one")
    verifier.confirm("one")
    links = tmp_path / "signature-links.csv"
    links.write_text(
        f"{HEADING}{identifier},{NAME},424242,2030-04-01\nnobody,{NAME},434343,2030-04-01\n"
    )
    for _ in range(2):
        capsys.readouterr()
        assert cli.main([*words, "platform", "import-signatures", str(links)]) == 1
        said = capsys.readouterr()
        assert "1 taken, 1 refused" in said.out
        assert said.err == "line 3: no linked card has this user identifier\n"
    assert verifier.signature_status(identifier).word is StatusWord.UNREACHABLE
    assert cli.main([*words, "platform", "rotate-key"]) == 0
    assert verifier_in(tmp_path).resolve(facts().reference) == identifier


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    """Nobody knows which of them is meant."""
    heading = "user_identifier,issuer,serial,valid_until,serial\n"
    with pytest.raises(SignatureLinksUnusable, match="twice the column serial"):
        taken_from(tmp_path / "f.csv", f"a,{NAME},1,2027-04-01,2", heading=heading)
