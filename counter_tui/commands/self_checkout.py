"""`counter-tui self-checkout`: the screen at which patrons borrow by themselves (自動貸出機)."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Final

from counter_tui.commands.staff import opener, prepared
from counter_tui.settings import Settings

_DEMO_COUNTER: Final = "自動貸出機"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own: what this terminal is stands in its settings."""


def run(arguments: argparse.Namespace, settings: Settings | None) -> int:
    """Serve one patron after another, until staff give their code or a signal comes."""
    assert settings is not None  # noqa: S101  the command line has seen to it
    if arguments.demo:
        # A counter of its own beside the staff terminal's, in the same made-up library.
        settings = replace(settings, counter=_DEMO_COUNTER, operator=_DEMO_COUNTER)
    if not prepared(settings):
        return 2
    from counter_tui.self_checkout_app import SelfCheckoutApp

    app = SelfCheckoutApp(settings, opener(settings, demo=arguments.demo))
    app.run(mouse=False)
    return app.return_code or 0
