"""What `make demo` and `make test` install, and what they say before: on a machine that is faked.

The script runs with a PATH of a few harmless programs; those that would change the machine, or
take long, are stand-ins that write down how they were called.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
HARMLESS = ("cat", "cksum", "dirname", "basename", "grep", "env", "mkdir", "cp", "chmod")
FOR_TESTS = ("vsmartcard", "vpcd", "pcscd", "opensc", "tmux")

STAND_IN = """#!/bin/sh
echo "CALLED {name} $*"
"""
PYTHON = """#!/bin/sh
[ "$1" != -c ] && [ "$1" != -V ] && echo "CALLED python $*"
if [ "$*" = "-m venv --clear .venv" ]; then
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    cp "$0" .venv/bin/pip
fi
exit 0
"""
SUDO = """#!/bin/sh
echo "CALLED sudo $*"
exec "$@"
"""


@dataclass
class Machine:
    """A copy of what the script needs, and the programs that this machine has."""

    project: Path
    programs: Path

    def give(self, name: str, text: str | None = None) -> None:
        """Let the machine have a program; None: one that does nothing but tell."""
        program = self.programs / name
        program.write_text(text or STAND_IN.format(name=name))
        program.chmod(0o755)

    def take(self, name: str) -> None:
        """Let it not have one."""
        (self.programs / name).unlink()

    def install(self, purpose: str) -> tuple[int, str]:
        """Run the script; its exit status, and what it and the stand-ins said, in order."""
        done = subprocess.run(
            ["/bin/sh", str(self.project / "tools/install.sh"), purpose],
            env={"PATH": str(self.programs), "HOME": str(self.project)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One that has Python, apt, and everything but a compiler; the script runs as root."""
    project, programs = tmp_path / "project", tmp_path / "programs"
    programs.mkdir()
    (project / "tools").mkdir(parents=True)
    shutil.copy(PROJECT / "tools/install.sh", project / "tools")
    shutil.copy(PROJECT / "pyproject.toml", project)
    shutil.copytree(PROJECT / "locks", project / "locks")
    made = Machine(project, programs)
    for name in HARMLESS:
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    made.give("python3", PYTHON)
    made.give("apt-get")
    made.give("find", "#!/bin/sh\n")  # finds nothing: no driver of the virtual reader
    made.give("id", "#!/bin/sh\necho 0\n")
    return made


def test_the_demo_installs_what_it_says_and_nothing_for_tests(machine: Machine) -> None:
    """First the list with reasons, then apt; never the virtual reader or its service."""
    status, said = machine.install("runtime")
    assert status == 0
    assert said.index("packages are missing") < said.index("gcc: ") < said.index("CALLED apt-get")
    installs = [line for line in said.splitlines() if "apt-get install" in line or "CALLED" in line]
    assert any(line.startswith("CALLED apt-get install") and "gcc" in line for line in installs)
    assert "CALLED sudo" not in said
    assert "locks/runtime.txt" in said
    assert not [word for word in FOR_TESTS if word in said]


def test_the_tests_ask_for_the_virtual_reader(machine: Machine) -> None:
    """So the test above looks for names that the script does use."""
    status, said = machine.install("test")
    assert status == 0
    assert "vsmartcard-vpcd: a virtual card reader, for tests alone" in said
    assert "locks/dev.txt" in said


def test_whoever_is_not_root_is_told_of_sudo_first(machine: Machine) -> None:
    """Every call of apt goes through it."""
    machine.give("id", "#!/bin/sh\necho 1000\n")
    machine.give("sudo", SUDO)
    status, said = machine.install("runtime")
    assert status == 0
    assert said.index("may ask for your password") < said.index("CALLED sudo")
    lines = said.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("CALLED apt-get"):
            assert lines[number - 1].startswith("CALLED sudo")


def test_without_sudo_an_administrator_is_named(machine: Machine) -> None:
    """With the command to run; nothing is begun."""
    machine.give("id", "#!/bin/sh\necho 1000\n")
    status, said = machine.install("runtime")
    assert status == 1
    assert "administrator" in said
    assert "apt-get install" in said
    assert "gcc" in said
    assert "CALLED" not in said


def test_a_system_without_apt_is_told_what_to_install(machine: Machine) -> None:
    """And nothing is begun."""
    machine.take("apt-get")
    status, said = machine.install("runtime")
    assert status == 1
    assert "gcc: compiles the card library" in said
    assert "no apt" in said
    assert "CALLED" not in said


def test_a_system_without_apt_that_has_everything_goes_on(machine: Machine) -> None:
    """apt is for what is missing."""
    machine.take("apt-get")
    machine.give("gcc")
    status, said = machine.install("runtime")
    assert status == 0, said
    assert "The environment is ready" in said


def test_a_package_that_apt_cannot_install_ends_it(machine: Machine) -> None:
    """Named; no environment is begun."""
    machine.give("apt-get", '#!/bin/sh\n[ "$1" = update ]\n')
    status, said = machine.install("runtime")
    assert status == 1
    assert "could not install" in said
    assert "CALLED python" not in said


def test_a_second_run_does_nothing(machine: Machine) -> None:
    """Not even a word."""
    machine.give("gcc")
    machine.install("runtime")
    status, said = machine.install("runtime")
    assert (status, said) == (0, "")


def test_packages_are_pinned_with_hashes(machine: Machine) -> None:
    """Every call of pip that takes packages from elsewhere checks them."""
    _status, said = machine.install("runtime")
    calls = [line for line in said.splitlines() if "-m pip install" in line]
    assert len(calls) == 3
    for call in calls:
        assert "--require-hashes" in call or call.endswith("--no-deps --editable .")


@pytest.mark.parametrize(("target", "purpose"), [("demo", "runtime"), ("test", "test")])
def test_make_installs_for_its_purpose(target: str, purpose: str) -> None:
    """What `make` would run, asked without running it."""
    done = subprocess.run(
        ["make", "-n", target],
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    calls = [line for line in done.stdout.splitlines() if "install.sh" in line]
    assert calls == [f"sh tools/install.sh {purpose}"]
    started = {"demo": "counter-tui --demo", "test": "-m pytest"}
    assert started[target] in done.stdout
