"""Imports peewee without PostgreSQL's drivers.

peewee loads psycopg as soon as it is installed, which costs 150 ms and 16 MB at every start of a
terminal whose store is SQLite. To be imported before anything that imports peewee.
"""

from __future__ import annotations

import sys
from typing import Any, cast

_DRIVERS = ("psycopg2cffi", "psycopg2", "psycopg")

_modules = cast(dict[str, Any], sys.modules)
_kept_out = [name for name in _DRIVERS if name not in _modules]
# None in sys.modules makes an import of that name fail, by the import system's own rule.
_modules.update(dict.fromkeys(_kept_out))
try:
    import peewee  # noqa: F401  so that it is imported now, and not later with its drivers
finally:
    for _name in _kept_out:
        del _modules[_name]
