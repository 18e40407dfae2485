"""What the repository holds, and what it must not."""

from __future__ import annotations

import contextlib
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from counter_tui import __version__, cli

ROOT: Final = Path(__file__).resolve().parents[2]

# Put together from pieces, so that this file does not hold what it looks for.
REGISTRY_HOSTS: Final = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "deb." + "debian.org",
]
MACHINE_PATHS: Final = re.compile(
    "|".join(["/" + r"root/", "/" + r"work/", "/" + r"tmp/w/", "/" + r"home/\w+/"])
)


MADE_FOLDERS: Final = {".git", ".venv", "build", "dist", "__pycache__"}


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Files that git knows; without git or outside a clone, the sources that lie there."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"],
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*.*")
        if path.is_file()
        and path.suffix in {".py", ".md", ".toml", ".txt", ".po", ".tcss", ".sh"}
        and not MADE_FOLDERS & set(path.relative_to(ROOT).parts)
    ]


def _texts(paths: list[Path]) -> list[tuple[Path, str]]:
    texts = []
    for path in paths:
        try:
            texts.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # a picture or a key
    return texts


def test_no_file_names_a_package_registry(tracked: list[Path]) -> None:
    """Packages come from wherever the machine takes them: no host is written down."""
    found = [
        (path.relative_to(ROOT), host)
        for path, text in _texts(tracked)
        for host in REGISTRY_HOSTS
        if host in text
    ]
    assert found == []


def test_no_file_names_a_folder_of_somebodys_machine(tracked: list[Path]) -> None:
    """Nothing depends on where somebody keeps things."""
    found = [
        (path.relative_to(ROOT), match.group())
        for path, text in _texts(tracked)
        if (match := MACHINE_PATHS.search(text))
    ]
    assert found == []


def test_nothing_made_is_tracked(tracked: list[Path]) -> None:
    """Compiled catalogues, byte code and stores are made, not kept."""
    made = {".mo", ".pyc", ".sqlite3", ".log"}
    assert [path for path in tracked if path.suffix in made] == []


def test_locks_pin_everything_with_hashes() -> None:
    """Every package in a lock file has one exact version and at least one hash."""
    for lock in sorted((ROOT / "locks").glob("*.txt")):
        text = lock.read_text(encoding="utf-8")
        packages = re.findall(
            r"^([a-z0-9][^ \n]*)((?:.*\\\n)(?: +--hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.M
        )
        starts = re.findall(r"^[a-z0-9].*$", text, re.M)
        assert len(packages) == len(starts) > 0
        assert all("==" in name for name, _ in packages)


def test_every_command_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command and each option that the help tells of stands in README.md."""
    with pytest.raises(SystemExit):
        cli.main(["--lang", "en", "--help"])
    told = capsys.readouterr().out
    commands = re.findall(r"^    ([a-z][a-z-]*)(?= |$)", told, re.MULTILINE)
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", told)) - {"--help", "--version"}
    assert {"check", "card", "simulate-card"} <= set(commands)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in commands if f"`counter-tui {name}" not in readme] == []
    assert sorted(option for option in options if option not in readme) == []


def test_changelog_has_a_place_for_this_version() -> None:
    """What is being built stands in the changelog, under its number or as unreleased."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in changelog or "## [Unreleased]" in changelog


def test_links_of_the_documents_lead_somewhere() -> None:
    """What README.md and its sisters link to is there."""
    missing = [
        (page.name, target)
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert missing == []
