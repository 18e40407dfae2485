"""`counter-tui import`: files of other programs, taken over row by row or not at all."""

from __future__ import annotations

import csv
import os
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from counter_tui.cli import main
from counter_tui.desk.csv_text import harmless
from counter_tui.desk.hold_imports import HOLD_HEADINGS
from counter_tui.desk.import_rows import ITEM_HEADINGS, NO_WORDS, PATRON_HEADINGS, RESIDENCY_WORDS

HEADINGS = "貸出券番号,氏名,フリガナ,生年月日,住所,電話番号,利用者区分,有効期限"
HANAKO = (
    "30000001,戸田 花子,トダ ハナコ,1985-04-12,戸田市上戸田1丁目18番1号,"
    "048-442-2800,在住,2027-03-31"
)
TARO = "30000002,本町 太郎,ホンチョウ タロウ,S54.1.30,蕨市中央5丁目,,在勤,"

DOCS = Path(__file__).parents[3] / "docs" / "import.md"


class Installation:
    """A library of its own, asked from the command line and looked at from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "settings.toml"
        self.settings.write_text(
            'library = "見本図書館"\nbranch = "中央図書館"\ncounter = "1階"\noperator = "佐藤"\n',
            encoding="utf-8",
        )

    def file(self, *lines: str, encoding: str = "utf-8", name: str = "in.csv") -> Path:
        """A file of these lines."""
        path = self.folder / name
        path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
        return path

    def run(self, kind: str, path: Path, *options: str) -> int:
        """Import, in English."""
        words = ["--config", str(self.settings), "--lang", "en", "import", kind, str(path)]
        try:
            return main([*words, *options])
        except SystemExit as end:
            return int(end.code or 0)

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """What stands in the store."""
        with closing(sqlite3.connect(self.folder / "library.sqlite3")) as store:
            return store.execute(question).fetchall()

    def change(self, statement: str) -> None:
        """Change the store from outside."""
        with closing(sqlite3.connect(self.folder / "library.sqlite3")) as store, store:
            store.execute(statement)

    def patrons(self) -> list[tuple[object, ...]]:
        """Number, name and birth date of all patrons."""
        return self.rows("SELECT library_card_number, name, birth_date FROM patron ORDER BY 1")


@pytest.fixture
def library(tmp_path: Path) -> Installation:
    """A library with settings and nothing else."""
    return Installation(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_both_encodings_and_all_fields(library: Installation, encoding: str) -> None:
    """UTF-8 with or without a mark, cp932; widths, eras and defaults as at the counter."""
    taro = "３０００００02,本町　太郎,ﾎﾝﾁｮｳ ﾀﾛｳ,昭和５４年１月３０日,蕨市,,市内在勤,"
    assert library.run("patrons", library.file(HEADINGS, HANAKO, taro, encoding=encoding)) == 0
    columns = (
        "library_card_number, name, kana, birth_date, telephone, residency, number_was_issued,"
        " registered_at_counter_id"
    )
    assert library.rows(f"SELECT {columns} FROM patron ORDER BY 1") == [  # noqa: S608
        (
            "30000001",
            "戸田 花子",
            "トダ ハナコ",
            "1985-04-12",
            "048-442-2800",
            "resident",
            0,
            None,
        ),
        ("30000002", "本町 太郎", "ホンチョウ タロウ", "1979-01-30", "", "worker", 0, None),
    ]
    assert library.rows("SELECT expires_on FROM patron ORDER BY 1 LIMIT 1") == [("2027-03-31",)]
    assert library.rows("SELECT kana, telephone FROM patron_search_keys ORDER BY patron_id") == [
        ("トダハナコ", "0484422800"),
        ("ホンチヨウタロウ", ""),
    ]


def test_english_headings_in_any_order(library: Installation) -> None:
    """And columns that mean nothing here are told."""
    path = library.file(
        "Residency,Notes,Address,Date of Birth,KANA,Name,Card Number",
        "non-resident,x,Toda,1970/07/07,スミス,SMITH Mary,A1234",
    )
    assert library.run("patrons", path) == 0
    assert library.patrons() == [("A1234", "SMITH Mary", "1970-07-07")]


def test_items_go_to_their_branches(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """A branch that is not there is made only when that is asked for."""
    path = library.file(
        "資料番号,書名,所蔵館,禁帯出", "1001,坊っちゃん,,", "1002,こころ,上戸田分館,禁帯出"
    )
    assert library.run("items", path) == 1
    assert "line 3: no branch has this name" in capsys.readouterr().err
    assert library.run("items", path, "--new-branches") == 0
    assert library.rows(
        "SELECT barcode, title, branch.name, not_for_loan FROM item JOIN branch"
        " ON branch.id = branch_id ORDER BY 1"
    ) == [("1001", "坊っちゃん", "中央図書館", 0), ("1002", "こころ", "上戸田分館", 1)]


def test_items_bring_their_kind_and_whether_they_are_withdrawn(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a later file does not say stays; an unknown word is told with its column."""
    path = library.file(
        "資料番号,書名,資料種別,除籍", "1001,坊っちゃん,図書,", "1002,見本落語集,CD・DVD,除籍"
    )
    asked = "SELECT barcode, kind, withdrawn FROM item ORDER BY 1"
    assert library.run("items", path) == 0
    assert library.rows(asked) == [("1001", "図書", 0), ("1002", "CD・DVD", 1)]
    path = library.file("資料番号,書名,除籍", "1001,坊っちゃん,除籍", "1003,こころ,おそらく")
    assert library.run("items", path, "--update") == 1
    assert "line 3: withdrawn" in capsys.readouterr().err
    assert library.rows(asked) == [("1001", "図書", 1), ("1002", "CD・DVD", 1)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",戸田,トダ,1985-04-12,戸田市,,在住,", "library card number is empty"),
        ("2.1E+09,戸田,トダ,1985-04-12,戸田市,,在住,", "library card number cannot be taken"),
        ("30000009,,トダ,1985-04-12,戸田市,,在住,", "name is empty"),
        ("30000009,戸田,,1985-04-12,戸田市,,在住,", "kana is empty"),
        (f"30000009,{'長' * 301},トダ,1985-04-12,戸田市,,在住,", "name cannot be taken"),
        ("30000009,戸田,トダ,昭和100年1月1日,戸田市,,在住,", "birth date cannot be taken"),
        ("30000009,戸田,トダ,0000,戸田市,,在住,", "birth date cannot be taken"),
        ("30000009,戸田,トダ,2999-01-01,戸田市,,在住,", "birth date cannot be taken"),
        ("30000009,戸田,トダ,1985-04-12,戸田市,,宇宙,", "residency cannot be taken"),
        ("30000009,戸田,トダ,1985-04-12,戸田市,,在住,9999-12-31", "expiry date cannot be taken"),
        ("30000009,\x1b[31m戸田,トダ,1985-04-12,戸田市,,在住,", "name has control characters"),
        ("30000009,戸田,トダ,1985-04-12,戸田市,,在住,,余り", "more cells than headings"),
        ("30000009,戸田", "kana is empty"),
        ("３０００００01,別人,ベツジン,1985-04-12,戸田市,,在住,", "the same number as in line 2"),
    ],
)
def test_a_bad_row_is_named_and_the_others_go_in(
    library: Installation, capsys: pytest.CaptureFixture[str], row: str, reason: str
) -> None:
    """With its line and reason, and none of what stands in it."""
    assert library.run("patrons", library.file(HEADINGS, HANAKO, row, "", TARO)) == 1
    said = capsys.readouterr()
    assert f"line 3: {reason}" in said.err
    assert "2 new, 0 changed, 0 as they were, 1 refused" in said.out
    assert "トダ" not in said.err + said.out
    assert [number for number, *_ in library.patrons()] == ["30000001", "30000002"]


def test_lines_are_those_of_the_file(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cell with line ends in it moves the following lines, and is kept as one line."""
    first = HANAKO.replace("戸田市上戸田1丁目18番1号", '"戸田市\r\n上戸田\r\n1丁目"')
    assert (
        library.run("patrons", library.file(HEADINGS, first, TARO.replace("本町", "") + ",x")) == 1
    )
    assert "line 5: more cells" in capsys.readouterr().err
    assert library.rows("SELECT address FROM patron") == [("戸田市 上戸田 1丁目",)]


def test_the_same_file_again_changes_nothing(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does a newer one, until it is told to; then only what it tells."""
    path = library.file(HEADINGS, HANAKO, TARO)
    assert library.run("patrons", path) == 0
    before = library.rows("SELECT * FROM patron")
    assert library.run("patrons", path) == 0
    assert "0 new, 0 changed, 2 as they were" in capsys.readouterr().out
    newer = library.file(
        "貸出券番号,氏名,カナ,生年月日,住所,区分",
        "30000001,新田 花子,ニッタ ハナコ,1985-04-12,戸田市本町,在住",
    )
    assert library.run("patrons", newer) == 0
    assert "1 row says something else" in capsys.readouterr().out
    assert library.rows("SELECT * FROM patron") == before
    assert library.run("patrons", newer, "--update") == 0
    assert library.rows("SELECT name, telephone, expires_on FROM patron LIMIT 1") == [
        ("新田 花子", "048-442-2800", "2027-03-31")
    ]
    assert library.rows("SELECT kana FROM patron_search_keys LIMIT 1") == [("ニツタハナコ",)]


def test_an_import_leaves_its_steps_in_the_history_of_the_validity(
    library: Installation,
) -> None:
    """The first day of each, and a change of it; a row that says the same is no step."""
    assert library.run("patrons", library.file(HEADINGS, HANAKO, TARO)) == 0
    later = HANAKO.replace("2027-03-31", "2028-03-31")
    assert library.run("patrons", library.file(HEADINGS, later, TARO), "--update") == 0
    steps = library.rows(
        "SELECT library_card_number, expired_on, validity_change.expires_on, kind, operator.name"
        " FROM validity_change JOIN patron ON patron.id = patron_id"
        " JOIN operator ON operator.id = operator_id ORDER BY validity_change.id"
    )
    assert [step for step in steps if step[0] == "30000001"] == [
        ("30000001", None, "2027-03-31", "import", "佐藤"),
        ("30000001", "2027-03-31", "2028-03-31", "import", "佐藤"),
    ]
    assert len([step for step in steps if step[0] == "30000002"]) == 1


def test_imports_are_audited(library: Installation) -> None:
    """What kind, and how many rows were written; one that wrote nothing leaves no event."""
    path = library.file(HEADINGS, HANAKO, TARO)
    items = library.file("資料番号,書名", "1001,本", name="items.csv")
    for _ in range(2):
        assert library.run("patrons", path, "--dry-run") == 0
        assert library.run("patrons", path) == 0
        assert library.run("items", items) == 0
    question = "SELECT action, reason, amount FROM audit_event ORDER BY number"
    assert library.rows(question) == [("import", "patrons", 2), ("import", "items", 1)]


def test_a_number_of_another_person_is_refused(
    library: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when known rows may be changed: another birth date is another person."""
    assert library.run("patrons", library.file(HEADINGS, HANAKO)) == 0
    other = library.file(HEADINGS, HANAKO.replace("1985", "1986"))
    assert library.run("patrons", other, "--update") == 1
    assert "somebody with another birth date" in capsys.readouterr().err
    assert library.patrons() == [("30000001", "戸田 花子", "1985-04-12")]


def test_a_number_is_a_patrons_or_an_items(library: Installation) -> None:
    """One code must not mean two things on the scan line."""
    assert library.run("patrons", library.file(HEADINGS, HANAKO)) == 0
    assert library.run("items", library.file("資料番号,書名", "30000001,本")) == 1
    assert library.run("items", library.file("資料番号,書名", "30000002,本")) == 0
    assert library.run("patrons", library.file(HEADINGS, TARO)) == 1
    assert [number for number, *_ in library.patrons()] == ["30000001"]


@pytest.mark.parametrize("option", ["--all-or-nothing", "--dry-run"])
def test_nothing_is_kept_when_that_is_asked_for(
    library: Installation, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """Figures and reasons are told all the same."""
    path = library.file("資料番号,書名,所蔵館", "1001,本,新しい分館", "x y ＊,本,")
    assert library.run("items", path, "--new-branches", option) == 1
    said = capsys.readouterr()
    assert "1 new" in said.out
    assert "Nothing was written" in said.out
    assert "line 3" in said.err
    assert library.rows("SELECT * FROM item") == []
    assert library.rows("SELECT name FROM branch") == [("中央図書館",)]


def test_refused_rows_can_be_mended_and_imported(library: Installation) -> None:
    """The file is for this account alone, opens in a spreadsheet without harm, and comes back."""
    rejects = library.folder / "rejects.csv"
    phone = HANAKO.replace("048-442-2800", "+81 48 442 2800").replace("在住", "宇宙")
    formula = TARO.replace("本町 太郎", "=1+1").replace("S54.1.30", "")
    assert (
        library.run("patrons", library.file(HEADINGS, phone, formula), "--rejects", str(rejects))
        == 1
    )
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["Line", "Reason", "貸出券番号"]
    assert [row[:2] for row in rows[1:]] == [
        ["2", "residency cannot be taken, or is too long"],
        ["3", "birth date is empty"],
    ]
    assert rows[1][7] == "'+81 48 442 2800"
    assert rows[2][3] == "'=1+1"
    mended = rejects.read_text("utf-8-sig").replace("宇宙", "在住")
    rejects.write_text(mended, encoding="utf-8-sig")
    assert library.run("patrons", rejects) == 1
    assert library.rows("SELECT telephone FROM patron") == [("+81484422800",)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_of_ours_is_a_formula(start: str) -> None:
    """Whatever a spreadsheet would take for one is put behind an apostrophe."""
    assert harmless(f"{start}1") == f"'{start}1"
    assert harmless(f"1{start}") == f"1{start}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("貸出券番号,氏名".encode("utf-16"), "UTF-16"),
        (f"{HEADINGS}\n{HANAKO}".encode("euc_jp"), "EUC-JP"),
        (f"{HEADINGS}\n{HANAKO}".encode("iso2022_jp"), "ISO-2022-JP"),
        (b"\xef\xbb\xbf\xff\xff", "neither UTF-8 nor cp932"),
        (bytes(range(128, 256)), "neither UTF-8 nor cp932"),
        (b"", "no headings"),
        (b"\n\n1,2", "no headings"),
        (HEADINGS.replace(",", "\t").encode(), "tabs"),
        ("氏名,住所\n".encode(), "Columns are missing: 貸出券番号"),
        (f"{HEADINGS},名前\n".encode(), "two columns for 氏名"),
        (f'{HEADINGS}\n"30000001,戸田\n'.encode(), "line 2 on the file is no CSV"),
        (f'{HEADINGS}\n"3"0,戸田\n'.encode(), "line 2 on the file is no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    library: Installation, capsys: pytest.CaptureFixture[str], raw: bytes, reason: str
) -> None:
    """With what it seems to be; nothing of it is taken."""
    path = library.folder / "in.csv"
    path.write_bytes(raw)
    assert library.run("patrons", path) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert "Nothing was imported." in said


@pytest.mark.parametrize("rejects", ["in.csv", ".", "nowhere/rejects.csv"])
def test_a_place_for_refused_rows_is_seen_to_before(library: Installation, rejects: str) -> None:
    """Not the file itself, not a folder, not nowhere; nothing is imported then."""
    path = library.file(HEADINGS, HANAKO)
    assert library.run("patrons", path, "--rejects", str(library.folder / rejects)) == 2
    assert not (library.folder / "library.sqlite3").exists()


def test_a_missing_file_is_wrong_use(library: Installation) -> None:
    """As is a kind that there is not."""
    assert library.run("patrons", library.folder / "none.csv") == 2
    assert library.run("ghosts", library.folder / "none.csv") == 2


def test_a_killed_import_leaves_nothing_of_the_file(library: Installation) -> None:
    """Whenever it is killed after writing began; the same command then takes all."""
    rows = [HANAKO.replace("30000001", str(30_000_000 + number)) for number in range(6_000)]
    path = library.file(HEADINGS, *rows)
    library.run("patrons", library.file(HEADINGS, HANAKO, name="first.csv"))
    words = [
        sys.executable,
        "-c",
        "import sys; from counter_tui.cli import main; sys.exit(main())",
        *("--config", str(library.settings), "--lang", "en", "import", "patrons", str(path)),
    ]
    for line in (1, 4, 8):
        with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as importer:
            assert importer.stderr is not None
            seen = 0
            for told in importer.stderr:
                seen += told.startswith(b"Writing")
                if seen == line:
                    break
            importer.send_signal(signal.SIGKILL)
        assert library.rows("SELECT count(*) FROM patron") in ([(1,)], [(6_000,)])
    assert library.run("patrons", path) == 0
    assert library.rows("SELECT count(*) FROM patron") == [(6_000,)]
    assert library.rows("SELECT count(*) FROM patron_search_keys") == [(6_000,)]


def test_a_terminal_gets_a_bar(library: Installation) -> None:
    """Of characters whose width all terminals agree on."""
    path = library.file(HEADINGS, HANAKO)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from counter_tui.cli import main; sys.exit(main())",
            *("--config", str(library.settings), "import", "patrons", str(path)),
        ],
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    ) as importer:
        os.close(theirs)
        drawn = bytearray()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux: the other side is closed
                break
            drawn += piece
        os.close(ours)
    assert importer.returncode == 0
    text = drawn.decode()
    assert "[" + "#" * 24 + "]" in text
    assert "100%" in text
    assert not set(text) & set("━╸╺─")


def test_every_heading_and_word_stands_in_the_manual() -> None:
    """docs/import.md lists what is taken, no more and no less."""
    manual = DOCS.read_text(encoding="utf-8")
    cells = {
        word.strip().strip("`")
        for line in manual.splitlines()
        if line.startswith("|")
        for cell in line.split("|")
        for word in cell.split(",")
    }
    for words in (
        *PATRON_HEADINGS.values(),
        *ITEM_HEADINGS.values(),
        *HOLD_HEADINGS.values(),
        *RESIDENCY_WORDS.values(),
    ):
        assert set(words) <= cells
    assert set(NO_WORDS) - {""} <= cells
