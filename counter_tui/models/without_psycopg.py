"""Imports peewee without PostgreSQL's drivers.

peewee, and playhouse as well, load psycopg as soon as it is installed, which costs 150 ms and
16 MB at every start of a terminal whose store is SQLite. To be imported before anything that
imports peewee.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

_DRIVERS: Final = ("psycopg2cffi", "psycopg2", "psycopg")


@contextmanager
def drivers_kept_out() -> Iterator[None]:
    """While this lasts, an import of PostgreSQL's drivers fails as if they were not installed."""
    modules = cast(dict[str, Any], sys.modules)
    kept_out = [name for name in _DRIVERS if name not in modules]
    # None in sys.modules makes an import of that name fail, by the import system's own rule.
    modules.update(dict.fromkeys(kept_out))
    try:
        yield
    finally:
        for name in kept_out:
            del modules[name]


with drivers_kept_out():
    import peewee  # noqa: F401  so that it is imported now, and not later with its drivers
