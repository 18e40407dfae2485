"""Trust anchors are files; which of them are taken, and the commands that show and add them."""

from __future__ import annotations

import io
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from counter_tui import cli, wiring
from counter_tui.errors import SpecimenAnchorRefused, TrustAnchorUnusable
from counter_tui.identity.anchors import Anchor, look_at
from counter_tui.settings import from_table
from tests.support.authority import Authority, rsa_key


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """Of a production installation."""
    path = tmp_path / "settings.toml"
    path.write_text(
        'library = "L"\nbranch = "B"\ncounter = "C"\noperator = "O"\nstate_folder = "state"\n'
    )
    return path


def run(settings_file: Path, *words: str) -> int:
    """The command line, in English."""
    return cli.main(["--lang", "en", "--config", str(settings_file), *words])


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_pem_and_der_are_read(tmp_path: Path, encoding: Encoding) -> None:
    """Both forms in which J-LIS and others publish CA certificates."""
    path = tmp_path / "ca"
    path.write_bytes(Authority().certificate.public_bytes(encoding))
    assert Anchor.load(path).key_hash == Authority().anchor.key_hash


def test_what_is_no_anchor_says_why(tmp_path: Path) -> None:
    """Nothing there, no certificate, no CA, two of them, issued by another."""
    path = tmp_path / "file"
    with pytest.raises(TrustAnchorUnusable, match="No such file"):
        Anchor.load(path)
    path.write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    with pytest.raises(TrustAnchorUnusable, match="not a certificate"):
        Anchor.load(path)
    Authority(is_ca=False).write(path)
    with pytest.raises(TrustAnchorUnusable, match="not a CA"):
        Anchor.load(path)
    path.write_bytes(Authority().certificate.public_bytes(Encoding.PEM) * 2)
    with pytest.raises(TrustAnchorUnusable, match="2 certificates"):
        Anchor.load(path)
    path.write_bytes(Authority().issue())
    with pytest.raises(TrustAnchorUnusable, match="not a CA"):
        Anchor.load(path)


def test_an_anchor_of_no_version_or_without_an_end_says_why(tmp_path: Path) -> None:
    """A file in the settings must not end every start."""
    path = tmp_path / "ca.der"
    der = Authority().certificate.public_bytes(Encoding.DER)
    where = der.index(bytes.fromhex("a003020102")) + 4
    path.write_bytes(der[:where] + b"\x05" + der[where + 1 :])
    with pytest.raises(TrustAnchorUnusable, match="not a certificate"):
        Anchor.load(path)
    Authority(ends=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)).write(path)
    with pytest.raises(TrustAnchorUnusable, match="dates"):
        Anchor.load(path)


@pytest.mark.parametrize("organisation", ["JPKI-TEST", "JPKI-SIMULATOR"])
def test_a_test_ca_is_an_anchor_at_test_installations_only(
    tmp_path: Path, organisation: str
) -> None:
    """In production it is not taken even when its file was put there."""
    path = Authority(organisation=organisation).write(tmp_path / "ca.pem")
    refused = look_at(path, test_installation=False)
    assert refused.anchor is None
    assert isinstance(refused.trouble, SpecimenAnchorRefused)
    assert look_at(path, test_installation=True).anchor is not None


def test_adding_shows_the_fingerprint_asks_and_copies(
    settings_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only "yes" adds; the copy is private, and listed from then on."""
    ca = Authority().write(tmp_path / "ca.pem")
    for answer in ("", "y\n", "no\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert run(settings_file, "trust", "add", str(ca)) == 1
    assert run(settings_file, "trust", "list") == 1
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert run(settings_file, "trust", "add", str(ca)) == 0
    capsys.readouterr()
    assert run(settings_file, "trust", "list") == 0
    shown = capsys.readouterr().out
    assert Authority().anchor.fingerprint in shown
    assert "RSA 2048" in shown
    (copy,) = (tmp_path / "state" / "trust").glob("*.pem")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def test_a_name_cannot_paint_over_the_fingerprint(
    settings_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is somebody else's text: no escape sequence, no length gets between person and digits."""
    painting = "\x1b[2J\x1b[1;1HSHA-256 00:11\x1b[8m\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 40
    names = tuple(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, painting) for _ in range(40))
    hostile = Authority(more_names=names)
    path = hostile.write(tmp_path / "ca\x1b[8m.pem")
    assert run(settings_file, "trust", "add", str(path), "--yes") == 0
    assert run(settings_file, "trust", "list") == 0
    broken = tmp_path / "state" / "trust" / "\x1b[8m.pem"
    broken.write_text("nothing")
    assert run(settings_file, "trust", "list") == 1
    assert run(settings_file, "trust", "add", str(broken)) == 2
    shown = capsys.readouterr()
    assert shown.out.startswith(f"SHA-256 {hostile.anchor.fingerprint}\n")
    assert not set(shown.out + shown.err) & {"\x1b", "\r", "\N{RIGHT-TO-LEFT OVERRIDE}"}
    assert max(len(line) for line in shown.out.splitlines()) < 300


def test_a_ca_with_a_short_key_is_refused(
    settings_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a card with one is."""
    weak = Authority()
    weak.key = rsa_key(bits=1024)
    assert run(settings_file, "trust", "add", str(weak.write(tmp_path / "ca")), "--yes") == 2
    assert "RSA 1024" in capsys.readouterr().err


def test_adding_without_asking_and_twice(settings_file: Path, tmp_path: Path) -> None:
    """`--yes` for scripts; the second time changes nothing."""
    ca = Authority().write(tmp_path / "ca.pem")
    assert run(settings_file, "trust", "add", str(ca), "--yes") == 0
    assert run(settings_file, "trust", "add", str(ca), "--yes") == 0
    assert len(list((tmp_path / "state" / "trust").iterdir())) == 1


def test_production_adds_no_test_ca(
    settings_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by the command nor by hand."""
    specimen = Authority(organisation="JPKI-TEST").write(tmp_path / "test.pem")
    assert run(settings_file, "trust", "add", str(specimen), "--yes") == 2
    assert "JPKI-TEST" in capsys.readouterr().err
    folder = tmp_path / "state" / "trust"
    folder.mkdir(parents=True)
    specimen.rename(folder / "by-hand.pem")
    assert run(settings_file, "trust", "list") == 1


def test_an_anchor_that_anybody_may_change_is_none(tmp_path: Path) -> None:
    """It decides whose cards are taken; nor is one in a folder to which anybody may add."""
    folder = tmp_path / "trust"
    folder.mkdir()
    path = Authority().write(folder / "ca.pem")
    assert look_at(path, test_installation=False).anchor is not None
    path.chmod(0o666)
    refused = look_at(path, test_installation=False)
    assert refused.anchor is None
    assert "anybody may change ca.pem" in str(refused.trouble)
    path.chmod(0o644)
    folder.chmod(0o777)
    assert "anybody may change trust" in str(look_at(path, test_installation=False).trouble)
    folder.chmod(0o1777)
    assert look_at(path, test_installation=False).anchor is not None


def test_anchors_come_from_the_settings_and_from_the_folder(tmp_path: Path) -> None:
    """A file that cannot be used is left out; the others count."""
    Authority(0).write(tmp_path / "one.pem")
    folder = tmp_path / "trust"
    folder.mkdir()
    Authority(1).write(folder / "two.pem")
    (tmp_path / "broken.pem").write_text("nothing")
    settings = from_table(
        {
            "library": "L",
            "branch": "B",
            "counter": "C",
            "operator": "O",
            "trust_anchors": ["one.pem", "broken.pem", "missing.pem"],
        },
        tmp_path / "settings.toml",
    )
    trusted = [anchor.key_hash for anchor in wiring.trust_of(settings).anchors]
    assert trusted == [Authority(0).anchor.key_hash, Authority(1).anchor.key_hash]
    assert [file.trouble is None for file in wiring.anchors_of(settings)] == [
        True,
        False,
        False,
        True,
    ]
