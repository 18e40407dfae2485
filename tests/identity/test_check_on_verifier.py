"""`counter-tui check` tells how old what the verifier knows is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from counter_tui import cli, settings
from counter_tui.identity.site_key import SiteKeyFile
from tests.support.openssl_ca import ca_of_simulated_cards


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(), (True, "verifier")),
        (timedelta(hours=9, minutes=5), (True, "verifier  9 h ago")),
    ],
)
def test_the_age_of_the_lists_is_told_from_an_hour_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], age: timedelta, said: tuple[bool, str]
) -> None:
    """They come once a day; a list that has ended is no line at all."""
    ca = ca_of_simulated_cards(tmp_path / "ca")
    (tmp_path / "auth.crl").write_bytes(ca.crl(age=age))
    file = tmp_path / "settings.toml"
    file.write_text(
        """
        installation = "test"
        library = "戸田市立図書館"
        branch = "中央図書館"
        counter = "1階"
        operator = "佐藤"
        reader = "none:"
        printer = "none:"
        platform = "verifier"
        crl_sources = ["auth.crl"]
        """,
        encoding="utf-8",
    )
    SiteKeyFile(settings.load(file).site_key_path).make()
    cli.main(["--lang", "en", "--config", str(file), "check", "--json"])
    told = json.loads(capsys.readouterr().out)["platform"]
    assert (told["ok"], told["message"]) == said
    (tmp_path / "auth.crl").write_bytes(ca.crl(age=timedelta(days=2)))
    assert cli.main(["--lang", "en", "--config", str(file), "check", "--json"]) == 1
    assert not json.loads(capsys.readouterr().out)["platform"]["ok"]
