"""What is known of receipt printers by their model (docs/printing.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class PrinterModel:
    """What one family of printers can do.

    Attributes:
        name: as settings write it.
        confirms: answers GS ( H once a job is on paper; None: not known, so it is asked, and
            believed from its first confirmation on.
        reported_as: beginnings of what it says of itself, without maker and blanks.
    """

    name: str
    confirms: bool | None = None
    reported_as: tuple[str, ...] = ()


GENERIC: Final = PrinterModel("generic")

MODELS: Final = (
    GENERIC,
    PrinterModel("tm-t88iii", confirms=False, reported_as=("TM-T88II",)),
    PrinterModel("tm-t88", confirms=True, reported_as=("TM-T88IV", "TM-T88V")),
    PrinterModel("tm-t20", confirms=True, reported_as=("TM-T20",)),
    PrinterModel("tm-m10", confirms=True, reported_as=("TM-M10",)),
    PrinterModel("tm-m30", confirms=True, reported_as=("TM-M30",)),
)


def model_named(name: str) -> PrinterModel | None:
    """The model with this name in settings; None for "auto", and for one we do not know."""
    return next((model for model in MODELS if model.name == name), None)


def model_reported(said: str) -> PrinterModel:
    """The family of a printer that answers GS I 67 with `said`; `GENERIC` when we know none."""
    word = said.strip().upper().removeprefix("EPSON").strip()
    for model in MODELS:
        if any(word.startswith(beginning) for beginning in model.reported_as):
            return model
    return GENERIC
