"""Another terminal in a process of its own, for tests that race two of them or kill one.

Run as a module it takes jobs, a line of JSON each, and does each in a fork of itself, so that the
imports are paid for once. It answers in lines: "ready", a line of JSON with the outcome, and
"ended" with the fork's exit status.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final

from counter_tui import wiring
from counter_tui.clock import Clock
from counter_tui.desk.patrons import PatronView
from counter_tui.errors import CounterError, UnlinkReason
from counter_tui.hardware.escpos_connectors import carried
from counter_tui.hardware.escpos_printer import Paper, open_printer
from counter_tui.hardware.simulated.personas import PERSONAS
from counter_tui.identity.platform import IdentityPlatform
from counter_tui.settings import Settings
from tests.support.rig import NOON, Rig, pin, rigged

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """What a rival terminal does.

    Attributes:
        act: "enrol", "relink", "unlink", "renew", the monthly run, or "lend": one item, whose
            slip it prints; "checkout": items one after another, each shown when it is lent; or
            "reconcile": what every terminal does at its start and hourly.
        number: of the patron's library card; for "checkout" of the patron's record.
        waits: for a line before its last step, so that two can take it at once.
        killed_at: the call of a function, counted from the last step on, at which the process
            kills itself with SIGKILL; None: never, and the calls are counted.
        crl: a revocation list; given: the platform is the verifier, with it as its source.
        anchor: the file of a CA certificate that the verifier trusts besides the simulator's.
        now: the terminal's fixed clock, ISO 8601.
        item: what is lent, by its barcode; several for "checkout", with blanks between.
        printer: address of the printer; empty: slips are kept in memory.
        counter: where the terminal stands.
        mortal: `Rival.kill` kills it with SIGKILL, whatever it does at the moment.
    """

    folder: str
    act: str
    number: str
    _: KW_ONLY
    persona: str = "adult"
    waits: bool = False
    killed_at: int | None = None
    crl: str = ""
    anchor: str = ""
    now: str = NOON.isoformat()
    item: str = ""
    printer: str = ""
    counter: str = "1階"
    mortal: bool = False

    def platform(self, settings: Settings, clock: Clock) -> IdentityPlatform:
        """The platform that both the rival and the test ask."""
        if not self.crl:
            return wiring.simulated_platform_of(settings, clock)
        anchors = (Path(self.anchor),) if self.anchor else ()
        verified = replace(
            settings, platform="verifier", crl_sources=(self.crl,), trust_anchors=anchors
        )
        return wiring.verifier_of(verified, clock)


class Rival:
    """The other side of the pipe: one process that does jobs one after another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.shown: list[str] = []
        """What the last job has shown as done before it ended."""

    def begin(self, job: Job) -> None:
        """Start a job; it is at its last step when this returns."""
        self.shown = []
        self._say(json.dumps(asdict(job)))
        if job.waits:
            assert self._hear() == "ready\n"

    def go(self) -> None:
        """Let it take its last step."""
        self._say("go")

    def kill(self) -> None:
        """Kill the job that is under way; returns when it is dead."""
        self._say("die")
        assert self.outcome() is None

    def outcome(self) -> dict[str, Any] | None:
        """What came of it; None: it was killed before it could tell."""
        told: dict[str, Any] | None = None
        while not (line := self._hear()).startswith("ended"):
            if line.startswith("shown "):
                self.shown.append(line.split()[1])
            elif line != "ready\n":
                told = json.loads(line)
        assert told is not None or line == f"ended {-signal.SIGKILL}\n", line
        return told

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the rival has ended"
        return line


@contextmanager
def rival() -> Iterator[Rival]:
    """A process for rivals' jobs, ended at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.rival"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        # A job that hangs ends the process; a test that waits for it sees the end of its lines.
        timer = threading.Timer(600, process.kill)
        timer.start()
        try:
            yield Rival(process)
        finally:
            timer.cancel()
            process.kill()


# --------------------------------------------------------------------- in the other process


class _Fuse:
    """Counts calls of functions in all threads, Python's and C's; kills the process at one."""

    def __init__(self, killed_at: int | None) -> None:
        self._killed_at = killed_at
        self._burning = False
        self.calls = 0

    def light(self) -> None:
        self._burning = True

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if self._burning:
            self.calls += 1
            if self.calls == self._killed_at:
                os.kill(os.getpid(), signal.SIGKILL)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Nowhere:
    """A wire that is not used."""

    sent = 0
    deadline = 0.0

    def send(self, data: bytes) -> None:
        """Nothing is sent."""

    def finish(self, wait_s: float) -> None:
        """Nothing is open."""


async def _prepare(rig: Rig, job: Job) -> None:
    """All but the last step."""
    if job.act == "lend":
        with carried("File", _Nowhere()):
            """The library is imported now: its import is no place to be killed at."""
    if job.act in ("unlink", "renew", "lend", "checkout", "reconcile"):
        return
    enrollment = rig.desk.enrollment
    rig.lay(job.persona)
    await enrollment.begin(job.number, relink=job.act == "relink")
    enrollment.consent()
    await enrollment.inspect_card()
    secrets = PERSONAS[job.persona].secrets
    await enrollment.verify(
        pin(secrets.auth_pin), pin(secrets.surface_info_pin), last_try_agreed=()
    )


async def _last_step(rig: Rig, job: Job) -> None:
    if job.act == "renew":
        runs = rig.desk.renewal_runs
        await runs.carry_out(lambda _: None)
        return
    if job.act == "reconcile":
        await rig.desk.reconciliation.reconcile()
        return
    if job.act == "checkout":
        for barcode in job.item.split():
            await rig.desk.lending.checkout(int(job.number), barcode)
            _tell(f"shown {barcode}")
        return
    if job.act == "lend":
        borrower = await rig.desk.identification.scan(job.number)
        assert isinstance(borrower, PatronView)
        lent = await rig.desk.lending.checkout(borrower.id, job.item)
        number = await rig.desk.lending.finish(borrower.id, [lent.loan.id])
        under_way = "SELECT 1 FROM print_job WHERE id = ? AND state IN ('queued', 'sending')"
        await rig.told.until(lambda: not rig.rows(under_way, number))
        return
    if job.act != "unlink":
        await rig.desk.enrollment.confirm(())
        return
    patron_id = rig.rows("SELECT id FROM patron WHERE library_card_number = ?", job.number)[0][0]
    patron = (await rig.desk.unlinking.open(int(str(patron_id)))).patron
    await rig.desk.unlinking.unlink(
        patron.id, UnlinkReason.LOST, card_suspended=True, typed_name=patron.name
    )


def _die_when_told(commands: IO[str]) -> None:
    if commands.readline() == "die\n":
        os.kill(os.getpid(), signal.SIGKILL)


async def _do(job: Job, commands: IO[str]) -> None:
    fuse = _Fuse(job.killed_at)
    threading.setprofile(fuse)  # the lanes' threads are made later
    sys.setprofile(fuse)
    now = datetime.fromisoformat(job.now)
    printer = open_printer(job.printer, Paper(42), "generic") if job.printer else None
    async with rigged(
        Path(job.folder), now, ask=job.platform, onto=printer, counter=job.counter
    ) as rig:
        await _prepare(rig, job)
        if job.waits:
            _tell("ready")
            assert commands.readline() == "go\n"
        if job.mortal:
            threading.Thread(target=_die_when_told, args=(commands,), daemon=True).start()
        fuse.light()
        try:
            await _last_step(rig, job)
        except CounterError as error:
            outcome = type(error).__name__
        else:
            outcome = "done"
        _tell(json.dumps({"outcome": outcome, "calls": fuse.calls}))
        fuse.calls = 0  # what is left is to close; a fuse that was not reached burns on


def main() -> None:
    """Do the jobs that come in, until there are no more."""
    while line := sys.stdin.readline():
        job = Job(**json.loads(line))
        child = os.fork()
        if child == 0:
            asyncio.run(_do(job, sys.stdin))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _tell(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
