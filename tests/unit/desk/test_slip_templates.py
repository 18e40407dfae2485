"""Slips from templates that a library has changed, and what happens when one is broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from counter_tui.desk.devices import TemplateFailed
from counter_tui.desk.slip_templates import BUILT_IN, SlipStyle, SlipTemplates
from counter_tui.desk.slips import (
    CheckoutFacts,
    FollowUpFacts,
    LentItem,
    broken_templates,
    slip_of,
)
from counter_tui.errors import SlipTemplateBroken
from counter_tui.hardware.receipt_encoding import PAPER_COLUMNS, encode
from counter_tui.hardware.slip import Code, Size, Slip
from counter_tui.language import speak
from tests.support.escpos_decoder import slips, tokens
from tests.support.rig import rigged
from tests.unit.desk.test_receipts import lend, state
from tests.unit.desk.test_slips import CHECKOUT, HEAD
from tools.catalogues import compile_all

SMALL = "<slip>\n<line>{{ library }}</line>\n%s\n</slip>"


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    """Slips are in the language of the program."""
    compile_all()
    speak("ja")
    yield
    speak("en")


def written(folder: Path, **templates: str) -> SlipTemplates:
    """The library's templates."""
    folder.mkdir(exist_ok=True)
    for name, text in templates.items():
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    return SlipTemplates(folder)


def texts(slip: Slip) -> list[str]:
    """Its lines as text."""
    return [f"{line.text}|{line.right}" if line.right else line.text for line in slip.lines]


def test_library_changes_a_slip_without_code(tmp_path: Path) -> None:
    """Its own words, order and weight; what it does not change stays."""
    mine = written(
        tmp_path,
        checkout="<slip>\n"
        '<line size="large" bold="yes" align="centre" max-lines="1">{{ branch }}</line>\n'
        "{% for item in items %}<line>・{{ item.title }}\n"
        "   <right>{{ item.due_on|day }}まで</right></line><blank/>{% endfor %}<rule/>\n"
        '{% include "foot.xml" %}</slip>',
    )
    slip = slip_of(replace(CHECKOUT, items=(LentItem("本", date(2026, 12, 8)),)), mine)
    assert texts(slip) == ["中央図書館", "・本|12月 8日(火)まで", "", "", "", "番号 1041"]
    first = slip.lines[0]
    assert (first.size, first.emphasis, first.max_lines) == (Size.LARGE, True, 1)
    assert slip.lines[3].rule


def test_part_of_all_slips_is_changed_in_one_file(tmp_path: Path) -> None:
    """The foot of the library stands on the program's own checkout slip."""
    mine = written(tmp_path, foot="<blank/><line>ありがとうございました</line>")
    assert texts(slip_of(CHECKOUT, mine))[-1] == "ありがとうございました"
    assert texts(slip_of(CHECKOUT, mine))[:-2] == texts(slip_of(CHECKOUT))[:-2]


def test_template_with_the_steps_in_one_text_goes_on_working(tmp_path: Path) -> None:
    """All of them, parted by blanks; none is empty."""
    mine = written(
        tmp_path,
        foot="{% if next_step %}<blank/><line>{{ next_step }}</line>{% endif %}<line>終</line>",
    )
    steps = ("本が 1冊 おくれています。", "自動で のびました。")
    slip = slip_of(replace(CHECKOUT, head=replace(HEAD, next_steps=steps)), mine)
    assert texts(slip)[-3:] == ["", "本が 1冊 おくれています。 自動で のびました。", "終"]
    assert texts(slip_of(CHECKOUT, mine))[-2:] == ["|あと 342日", "終"]


def test_follow_up_of_a_library_keeps_the_reason_and_what_to_bring(tmp_path: Path) -> None:
    """Made when there was one text: the program's own foot has all that stood in it."""
    mine = written(
        tmp_path,
        follow_up="<slip>{% if not next_step %}<line>住所</line>{% endif %}\n"
        '{% include "foot.xml" %}</slip>',
    )
    steps = ("本が おくれています。", "証明が いります。", "見せてください。")
    head = replace(HEAD, next_steps=steps)
    facts = FollowUpFacts(head, "証明が いります。", needs_proof=True, other_steps=steps[:1])
    assert texts(slip_of(facts, mine)) == ["", *steps, "", "番号 1041"]


def test_foot_of_a_library_does_not_say_the_reason_twice(tmp_path: Path) -> None:
    """Made when there was one text, below the program's own slip."""
    mine = written(tmp_path, foot="<line>{{ next_step }}</line>")
    steps = ("本が おくれています。", "証明が いります。", "見せてください。")
    head = replace(HEAD, next_steps=steps)
    facts = FollowUpFacts(head, "証明が いります。", needs_proof=True, other_steps=steps[:1])
    lines = texts(slip_of(facts, mine))
    assert lines[-1] == "本が おくれています。"
    assert lines.count("証明が いります。") == 1


@pytest.mark.parametrize(
    "title",
    [
        "<line>偽</line></line><rule/><line>",
        "</line><line size='large'>大",
        "{{ library }}{% for x in y %}",
        "&lt;&amp;]]><!-- --><?at x 1?>",
        "\x1b@\x10\x14\x01\x00\ud800\ufffe",
        "一\n二\t三\u2028四",
    ],
)
@pytest.mark.parametrize("text", ["{{ item.title }}", "{{ ('<b>' ~ item.title)|e }}"])
def test_no_name_becomes_markup(tmp_path: Path, title: str, text: str) -> None:
    """Whatever a title holds: one line, all of it text."""
    loop = f"{{% for item in items %}}<line>{text}</line>{{% endfor %}}"
    mine = written(tmp_path, checkout=SMALL % loop)
    facts = replace(CHECKOUT, items=(LentItem(title, date(2026, 12, 8)),))
    assert mine.check("checkout", facts.values()) is None
    library, line = slip_of(facts, mine).lines
    assert library.text == "戸田市立図書館"
    assert line.size is Size.NORMAL
    if "\x1b" not in title and "\n" not in title:
        assert title in line.text
    assert not set(line.text) & set("\x1b\x10\x00\n\t\u2028")


BROKEN = [
    ("{% for %}", 3, "Expected"),
    ("{{ nobody }}", 3, "'nobody' is undefined"),
    ("{{ items[0].titel }}", 3, "titel"),
    ("\n\n{{ library.__class__ }}", 5, "unsafe"),
    ("<line>{{ library|safe }}</line>", 3, "safe"),
    ("{% autoescape false %}{{ library }}{% endautoescape %}", 3, "escaping"),
    ("{{ 1 / 0 }}", 3, "ZeroDivisionError"),
    ("{{ '%d'|format('x') }}", 3, "TypeError"),
    ("<line>offen", 4, "mismatched tag"),
    ("<line>\n<rule/></line>", 4, "<rule> inside of <line>"),
    ("<image/>", 3, "unknown element <image>"),
    ('<line size="huge">x</line>', 3, '<line size="huge">'),
    ('<rule colour="red"/>', 3, "takes no attributes"),
    ("\nlose text", 2, "text outside of <line>"),
    ("<line>a & b</line>", 3, "not well-formed"),
    ("{% for n in range(500) %}<blank/>{% endfor %}", 3, "more than 400 lines"),
    ('{% include "nowhere.xml" %}', 3, "nowhere.xml"),
    ('{% include "../../etc/passwd" %}', 3, "passwd"),
    ('{% include "checkout.xml" %}', 3, "RecursionError"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BROKEN, ids=[each[0] for each in BROKEN])
def test_broken_template_names_its_line_and_ours_prints(
    tmp_path: Path, text: str, line: int, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """File, line and reason are told once and stand in the log; the slip comes all the same."""
    told: list[SlipTemplateBroken] = []
    written(tmp_path, checkout=SMALL % text)
    mine = SlipTemplates(tmp_path, report=told.append)
    own = slip_of(CHECKOUT)
    assert slip_of(CHECKOUT, mine) == own
    assert slip_of(CHECKOUT, mine) == own
    (broken,) = told
    assert (broken.path, broken.line) == (tmp_path / "checkout.xml", line)
    assert reason in broken.reason
    assert f"checkout.xml, line {line}: " in caplog.text
    assert "銀河鉄道" not in caplog.text


def test_broken_part_is_named_by_its_own_file(tmp_path: Path) -> None:
    """Also when the slip around it is ours; and the whole slip is ours then."""
    told: list[SlipTemplateBroken] = []
    written(tmp_path, head="<line>{{ library }}</line>\n<line>\n{{ librarian }}</line>")
    mine = SlipTemplates(tmp_path, report=told.append)
    assert slip_of(CHECKOUT, mine) == slip_of(CHECKOUT)
    assert [(each.path.name, each.line) for each in told] == [("head.xml", 3)]
    written(tmp_path, head="<line>{{ library }}</line>\n\n<lin/>")
    assert slip_of(CHECKOUT, mine) == slip_of(CHECKOUT)
    assert [(each.path.name, each.line) for each in told[1:]] == [("head.xml", 3)]


@pytest.mark.parametrize(
    ("content", "line"), [(b"<slip>\n\xff</slip>", 2), (b"x" * 70_000, 1), (b"<!DOCTYPE a>", 1)]
)
def test_file_that_is_no_template_is_told(tmp_path: Path, content: bytes, line: int) -> None:
    """Not UTF-8, far too long, or with a document type."""
    (tmp_path / "checkout.xml").write_bytes(content)
    broken = SlipTemplates(tmp_path).check("checkout", CHECKOUT.values())
    assert broken is not None
    assert (broken.path.name, broken.line) == ("checkout.xml", line)


def test_folder_that_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    """It is named, and the slip comes."""
    told: list[SlipTemplateBroken] = []
    folder = tmp_path / ("x" * 300)  # no file system has such a name, for root neither
    assert slip_of(CHECKOUT, SlipTemplates(folder, report=told.append)) == slip_of(CHECKOUT)
    assert [(each.path, each.reason) for each in told] == [(folder / "checkout.xml", "OSError")]
    absent = SlipTemplates(tmp_path / "nowhere", report=told.append)
    assert slip_of(CHECKOUT, absent) == slip_of(CHECKOUT)
    assert len(told) == 1


def test_copy_says_so_whatever_the_template_says(tmp_path: Path) -> None:
    """A library's own head without the mark: a copy gets it all the same, a first slip none."""
    written(tmp_path, head="<line>{{ title }}</line>")
    templates = SlipTemplates(tmp_path)
    copy = replace(CHECKOUT, head=replace(HEAD, reprint_no=2))
    first, *rest = slip_of(copy, templates).lines
    assert (first.text, first.reversed) == ("再発行 2回目", True)
    assert first.right == "2026年11月24日(火) 14:32"
    assert not any("再発行" in line.text for line in rest)
    assert not any("再発行" in line.text for line in slip_of(CHECKOUT, templates).lines)
    assert [line.text for line in slip_of(copy).lines].count("再発行 2回目") == 1


def test_changed_template_counts_at_once(tmp_path: Path) -> None:
    """Whoever writes one need not leave the program."""
    mine = written(tmp_path, checkout=SMALL % "<line>eins</line>")
    assert texts(slip_of(CHECKOUT, mine))[-1] == "eins"
    written(tmp_path, checkout=SMALL % "<line>zwei</line>")
    assert texts(slip_of(CHECKOUT, mine))[-1] == "zwei"


def test_every_template_of_ours_is_sound(tmp_path: Path) -> None:
    """All slips, with odd days left; copied as a library would, they say the same."""
    assert list(broken_templates(SlipTemplates())) == []
    for path in BUILT_IN.glob("*.xml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert list(broken_templates(SlipTemplates(tmp_path))) == []
    assert slip_of(CHECKOUT, SlipTemplates(tmp_path)) == slip_of(CHECKOUT)


def test_check_finds_what_only_some_slips_meet(tmp_path: Path) -> None:
    """A mistake in what is printed of an expired card alone."""
    mine = written(tmp_path, validity_lines="{% if days_left < 0 %}\n<lime/>{% endif %}")
    assert [(each.path.name, each.line) for each in broken_templates(mine)] == [
        ("validity_lines.xml", 2)
    ]


# --------------------------------------------------------------------------------- style


@pytest.mark.parametrize(
    ("day", "written_day"),
    [
        (date(2027, 11, 1), "令和9年11月1日(月)"),
        (date(2019, 5, 1), "令和元年5月1日(水)"),
        (date(2019, 4, 30), "平成31年4月30日(火)"),
    ],
)
def test_era_years_by_setting(day: date, written_day: str) -> None:
    """On every date with a year."""
    style = SlipStyle(western_years=False)
    slip = slip_of(
        CheckoutFacts(replace(HEAD, expires_on=day), CHECKOUT.items, 6), SlipTemplates(style=style)
    )
    assert any(line.right == written_day for line in slip.lines)
    assert any(line.text == "令和8年11月24日(火) 14:32" for line in slip.lines)
    assert not any("2026年11" in line.text for line in slip.lines)


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
def test_large_type_by_setting(columns: int) -> None:
    """Every line is at least twice as high, and whole."""
    slip = slip_of(CHECKOUT, SlipTemplates(style=SlipStyle(large=True)))
    (lines,) = slips(encode(slip, columns).data)
    assert all(line.height == 2 for line in lines if line.text and "- -" not in line.text)
    assert any("2027年11月1日(月)" in line.text for line in lines)


def test_opening_days_by_setting() -> None:
    """Above the number of the slip, a line each."""
    style = SlipStyle(opening_days=("月曜日は お休みです。", "年末は 12月28日まで"))
    assert texts(slip_of(CHECKOUT, SlipTemplates(style=style)))[-5:] == [
        "",
        "月曜日は お休みです。",
        "年末は 12月28日まで",
        "",
        "番号 1041",
    ]


def test_code_of_the_library_card_by_setting() -> None:
    """NW-7 between A and A, or QR; the number itself is in no text, and no template sees it."""
    facts = replace(CHECKOUT, head=replace(HEAD, library_card_number="0123456789"))
    assert not any(line.code for line in slip_of(facts).lines)
    slip = slip_of(facts, SlipTemplates(style=SlipStyle(code="nw7")))
    assert [line.code for line in slip.lines if line.code] == [Code("nw7", "0123456789")]
    assert not any("0123" in line.text + line.right for line in slip.lines)
    assert "0123456789" not in repr(facts.values())
    assert "0123456789" not in repr(slip)
    job = encode(slip, 32).data
    assert [each.data for each in tokens(job) if each.name == "code"] == [b"A0123456789A"]
    slip = slip_of(facts, SlipTemplates(style=SlipStyle(code="qr")))
    stored = [each.data for each in tokens(encode(slip, 32).data) if each.name == "extended_1d_k"]
    assert b"1P00123456789" in stored
    assert stored[-1] == b"1Q0"


@pytest.mark.parametrize("number", ["AB-12", "図書1", "1" * 16])
def test_number_that_is_no_nw7_prints_no_code(number: str) -> None:
    """And nothing else in its place."""
    facts = replace(CHECKOUT, head=replace(HEAD, library_card_number=number))
    job = encode(slip_of(facts, SlipTemplates(style=SlipStyle(code="nw7"))), 32).data
    assert not [each for each in tokens(job) if each.name in ("code", "code_height")]


async def test_broken_template_prints_ours_and_is_reported_once(tmp_path: Path) -> None:
    """At a whole desk: the loan's slip comes, and the screen is told once."""
    folder = tmp_path / "slips"
    written(folder, checkout="<slip>\n<lime/></slip>")
    async with rigged(tmp_path, slip_templates=folder) as rig:
        number = await lend(rig, "銀河鉄道の夜")
        await rig.told.until(lambda: state(rig, number) == "printed")
        copy = await rig.desk.receipts.reprint_last()
        await rig.told.until(lambda: state(rig, copy.number) == "printed")
        told = [event for event in rig.told.events if isinstance(event, TemplateFailed)]
    assert [(each.error.path, each.error.line) for each in told] == [(folder / "checkout.xml", 2)]
