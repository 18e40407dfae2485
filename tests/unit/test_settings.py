"""Settings: what is wrong is named with file, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_tui.errors import SettingsError, SettingsMissing
from counter_tui.settings import default_path, for_demo, load

WHOLE = """
library = "戸田市立図書館"
branch = "中央図書館"
counter = "1階"
operator = "佐藤"
"""


def write(folder: Path, text: str) -> Path:
    """A settings file."""
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_four_keys_are_enough(tmp_path: Path) -> None:
    """All else has a default; the store lies beside the file."""
    found = load(write(tmp_path, WHOLE))
    assert found.database_file == tmp_path / "library.sqlite3"
    assert (found.language, found.installation, found.printer) == ("ja", "production", "none:")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('language = "fr"', "language"),
        ("printer_columns = 40", "printer_columns"),
        ("printer_columns = true", "printer_columns"),
        ('printer = "tcp://192.0.2.10"', "printer"),
        ('printer = "tcp://192.0.2.10:99999"', "printer"),
        ('printer = "lpt1"', "printer"),
        ("printer = 9100", "printer"),
        ('printer = "usb:04b8"', "printer"),
        ('printer = "serial:ttyS0"', "printer"),
        ('printer = "serial:/dev/ttyS0?baudrate=1"', "printer"),
        ('printer = "cups:a b"', "printer"),
        ('printer_model = "lpt"', "printer_model"),
        ('slip_years = "roman"', "slip_years"),
        ("slip_templates = 1", "slip_templates"),
        ('slip_type = "huge"', "slip_type"),
        ('slip_code = "ean"', "slip_code"),
        ('opening_days = "Monday"', "opening_days"),
        ("printer_extension_rows = [12]", "printer_extension_rows"),
        ("printer_extension_rows = [true]", "printer_extension_rows"),
        ('reader = "usb"', "reader"),
        ('reader = "simulated:"', "reader"),
        ('database = "mysql://x"', "database"),
        ('database = "sqlite:///"', "database"),
        ('platform = "simulated"', "platform"),
        ('installation = "demo"', "installation"),
        ('without_card_proof = "never"', "without_card_proof"),
        ("loan_days = 0", "loan_days"),
        ('log_level = "all"', "log_level"),
        ("loan_limit = 1.5", "loan_limit"),
        ('look = "pink"', "look"),
        ('supervisors = "佐藤"', "supervisors"),
        ('supervisors = [" "]', "supervisors"),
        ('loss_telephone = ""', "loss_telephone"),
        ("certificate_warning_days = 0", "certificate_warning_days"),
        ("delete_lapsed_after_days = -1", "delete_lapsed_after_days"),
        ('telephon = "048"', "telephon"),
        ("operator2 = 1", "operator2"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, line: str, key: str) -> None:
    """With its key, as found, and what would be right."""
    path = write(tmp_path, f"{WHOLE}\n{line}\n")
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert (caught.value.path, caught.value.key) == (path, key)
    assert caught.value.value
    assert caught.value.allowed


def test_the_loss_desk_has_the_numbers_of_the_librarys_notice(tmp_path: Path) -> None:
    """Unless the settings have others; supervisors are those who are named."""
    found = load(write(tmp_path, WHOLE))
    assert found.loss_telephone == "0120-95-0178"
    assert "9:30-20:00" in found.loss_hours
    assert found.suspension_hours == "24時間365日"
    assert (found.supervisors, found.delete_lapsed_after_days) == ((), 0)
    found = load(write(tmp_path, f'{WHOLE}\nsupervisors = ["佐藤"]\nloss_hours = "always"\n'))
    assert (found.supervisors, found.loss_hours) == (("佐藤",), "always")


@pytest.mark.parametrize("key", ["library", "branch", "counter", "operator"])
def test_a_required_key_that_is_missing_is_named(tmp_path: Path, key: str) -> None:
    """Or that is there and empty."""
    lines = [line for line in WHOLE.splitlines() if not line.startswith(key)]
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, "\n".join(lines)))
    assert caught.value.key == key
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, "\n".join([*lines, f'{key} = " "'])))
    assert caught.value.key == key


def test_a_file_that_is_not_there_is_its_own_error(tmp_path: Path) -> None:
    """So that the first start can say what to do."""
    with pytest.raises(SettingsMissing):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"library = ", b"\xff\xfe\x00", b"[library"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    """The parser's own words are passed on."""
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert caught.value.path == path


def test_the_simulated_platform_needs_a_test_installation(tmp_path: Path) -> None:
    """No production terminal can be switched to made-up answers by one key."""
    both = f'{WHOLE}\nplatform = "simulated"\ninstallation = "test"\n'
    assert load(write(tmp_path, both)).platform == "simulated"


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the platform's own folder."""
    monkeypatch.setenv("COUNTER_TUI_CONFIG", str(tmp_path / "mine.toml"))
    assert default_path() == tmp_path / "mine.toml"
    monkeypatch.delenv("COUNTER_TUI_CONFIG")
    assert default_path().name == "settings.toml"


def test_the_demo_has_its_own_store(tmp_path: Path) -> None:
    """Never the one of a settings file."""
    assert for_demo(tmp_path).database_file == tmp_path / "demo.sqlite3"


@pytest.mark.parametrize("wrong", ["986", "986543210", "98a5", "９８６５", " 9865"])
def test_a_staff_code_that_is_none_is_not_repeated(tmp_path: Path, wrong: str) -> None:
    """Neither in the error nor, when it is right, in what settings look like in a log."""
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, f'{WHOLE}staff_code = "{wrong}"'))
    assert caught.value.key == "staff_code"
    assert wrong not in str(caught.value)
    found = load(write(tmp_path, f'{WHOLE}staff_code = "98654"'))
    assert found.staff_code == "98654"
    assert "98654" not in repr(found)
