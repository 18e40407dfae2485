"""Changes keys of a settings file, and leaves everything else in it as a person wrote it."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counter_tui.errors import SettingsError
from counter_tui.settings import from_table

Value = int | str | list[int]


def change(path: Path, values: Mapping[str, Value]) -> None:
    """Set these keys; comments, order, line ends, mode and owner stay.

    The new file takes the place of the old one at once, or not at all.

    Args:
        path: of an existing settings file; a link to one is followed.
        values: for keys that stand outside of any table.

    Raises:
        SettingsError: it cannot be read or written, or is written in a way that we do not
            change; nothing was changed.
    """
    real = path.resolve()
    try:
        before = real.read_bytes().decode("utf-8")
        meant = tomllib.loads(before)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(path, None, None, str(error)) from error
    after = before
    for key, value in values.items():
        after = _with(after, key, _toml(value))
        meant[key] = value
    if _parsed(after) != meant:
        raise SettingsError(path, None, None, lines(values))
    from_table(meant, path)
    try:
        _replace(real, after.encode("utf-8"))
    except OSError as error:
        raise SettingsError(path, None, None, error.strerror or str(error)) from error


def lines(values: Mapping[str, Value]) -> str:
    """The same as lines of a settings file."""
    return "\n".join(f"{key} = {_toml(value)}" for key, value in values.items())


def _toml(value: Value) -> str:
    # None of ours holds a quote, a backslash or a control character.
    return f'"{value}"' if isinstance(value, str) else str(value)


def _with(text: str, key: str, value: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    rows = text.splitlines(keepends=True)
    at = _row_of(rows, key)
    if at is not None:
        last = _end_of_value(rows, at)
        comment = _comment("".join(rows[at:last]))
        rows[at:last] = [f"{key} = {value}{comment}{end}"]
        return "".join(rows)
    beside = _row_of(rows, "printer")
    if beside is None:
        return f"{key} = {value}{end}{text}"
    at = _end_of_value(rows, beside)
    if not rows[at - 1].endswith("\n"):
        rows[at - 1] += end
    rows.insert(at, f"{key} = {value}{end}")
    return "".join(rows)


def _row_of(rows: list[str], key: str) -> int | None:
    for number, row in enumerate(rows):
        if re.match(rf"[ \t]*{re.escape(key)}[ \t]*=", row):
            return number
    return None


def _end_of_value(rows: list[str], at: int) -> int:
    """The row behind the value that begins in row `at`; lists may take several."""
    for last in range(at + 1, len(rows) + 1):
        if _parsed("".join(rows[at:last])) is not None:
            return last
    return at + 1


def _comment(snippet: str) -> str:
    """The comment behind a value, with the blanks before it."""
    stripped = snippet.rstrip("\r\n")
    start = stripped.rfind("\n") + 1
    for found in re.finditer(r"[ \t]*#", stripped[start:]):
        at = start + found.start()
        if _parsed(stripped[:at]) is not None:
            return stripped[at:]
    return ""


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _replace(path: Path, content: bytes) -> None:
    found = path.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
            os.fchmod(descriptor, found.st_mode & 0o7777)
            if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, found.st_uid, found.st_gid)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
