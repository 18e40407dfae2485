"""`counter-tui renew-validity`: the monthly run, for a timer or by hand."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from counter_tui.commands.progress import Show, progress
from counter_tui.errors import CounterError, FenceHolds
from counter_tui.language import _, ngettext
from counter_tui.settings import Settings

if TYPE_CHECKING:
    from counter_tui.desk.renewal_run import Phase, Progress, Prospect, RenewalRuns, Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--dry-run", action="store_true", help=_("ask and decide; nothing is written")
    )
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help=_("write for whom the counter has something to do; {month} stands for the month"),
    )
    parser.add_argument(
        "--fence",
        type=_percent,
        metavar="PERCENT",
        help=_("the largest share that may be refused, for this once"),
    )

    parser.add_argument(
        "--forget",
        type=_month,
        metavar="MONTH",
        help=_("only forget a month's run that a wrong clock has made, as 2029-02"),
    )


def _month(text: str) -> str:
    date.fromisoformat(f"{text}-01")  # argparse makes a usage of a ValueError
    return text


def _percent(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100:
        raise ValueError
    return number


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Carry it out; 0 done, 1 something needs a person: the fence, or a platform that is away."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    os.umask(0o077)  # the list holds personal data
    if arguments.dry_run and arguments.csv is not None:
        print(_("--csv needs a run that writes."), file=sys.stderr)
        return 2
    try:
        return asyncio.run(_carry_out(settings, arguments))
    except CounterError as error:
        _print_error(error)
        return 1
    except KeyboardInterrupt:
        print(_("Stopped. What was written stands; the next run goes on."), file=sys.stderr)
        return 1


async def _carry_out(settings: Settings, arguments: argparse.Namespace) -> int:
    from counter_tui import wiring  # 0.2 s: peewee, and with a verifier cryptography
    from counter_tui.clock import SystemClock

    runs, close = wiring.renewal_runs_alone(settings, SystemClock())
    try:
        if arguments.forget is not None:
            await runs.forget(arguments.forget)
            print(_("The run of {month} is forgotten.").format(month=arguments.forget))
            return 0
        with progress() as show:
            report = _teller(show)
            if arguments.dry_run:
                done = await runs.rehearse(report)
            else:
                done = await _run(runs, report, arguments.fence)
        follow_ups = [] if arguments.csv is None else await runs.take_follow_ups(done.month)
    finally:
        await close()
    _print_done(done)
    if arguments.dry_run:
        print(_("Nothing was written: this was a look only."))
        if runs.fence_holds(done, arguments.fence):
            fence = runs.fence_percent if arguments.fence is None else arguments.fence
            _print_error(FenceHolds(*done.fence_share, fence))
            return 1
    elif done.open:
        said = ngettext(
            "{n} patron is asked about again by the next run.",
            "{n} patrons are asked about again by the next run.",
            done.open,
        )
        print(said.format(n=f"{done.open:,}"), file=sys.stderr)
    if arguments.csv is not None:
        from counter_tui.desk.renewal_list import follow_up_list

        path = arguments.csv.with_name(arguments.csv.name.replace("{month}", done.month))
        try:
            follow_up_list(path, follow_ups)
        except OSError as error:
            print(
                _("The file {path} cannot be written: {reason}").format(
                    path=path, reason=error.strerror
                ),
                file=sys.stderr,
            )
            return 1
        print(_("For the counter: {path}").format(path=path))
    return 1 if done.open else 0


async def _run(runs: RenewalRuns, report: Report, fence_percent: int | None) -> Prospect:
    """Both phases; when the fence holds, what was foreseen is printed: the cause is to be found.

    Raises:
        CounterError
    """
    month = runs.month
    try:
        return await runs.carry_out(report, fence_percent)
    except FenceHolds:
        standing = await runs.standing(month)
        if standing is not None:
            _print_done(standing.prospect)
        raise


def _print_error(error: CounterError) -> None:
    from counter_tui.text import plain
    from counter_tui.wording import sentence

    said = sentence(error)
    lines = [said.head, said.kept, *said.to_do]
    print("\n".join(plain(line) for line in lines if line), file=sys.stderr)


def _teller(show: Show) -> Report:
    def tell(made: Progress) -> None:
        show(_phase(made.phase), made.done, made.total)

    return tell


def _phase(phase: Phase) -> str:
    from counter_tui.desk.renewal_run import Phase

    return {
        Phase.LISTING: _("Listing who has a linked card"),
        Phase.LOOKING: _("Checking the certificates"),
        Phase.ASKING_AGAIN: _("Asking once more"),
        Phase.WRITING: _("Writing the new validity"),
    }[phase]


def _print_done(done: Prospect) -> None:
    from counter_tui.desk.auto_renewal import NotRenewed
    from counter_tui.explanations import not_renewed_word

    patrons = ngettext(
        "{n} patron with a linked card", "{n} patrons with a linked card", done.patrons
    )
    print(f"{done.month}  {patrons.format(n=f'{done.patrons:,}')}")
    rows = [(_("renewed"), done.renewed)]
    rows += [
        (not_renewed_word(reason), done.reasons[reason])
        for reason in NotRenewed
        if reason in done.reasons
    ]
    for word, count in rows:
        print(f"{count:>9,}  {word}")
