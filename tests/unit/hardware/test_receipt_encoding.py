"""Characters, widths, line ends and bytes of slips."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_tui.hardware.glyphs import FontGlyphs, NoGlyphs
from counter_tui.hardware.receipt_encoding import (
    CUT,
    GETA,
    PAPER_COLUMNS,
    PREAMBLE,
    LaidOutLine,
    Means,
    encode,
    lay_out,
)
from counter_tui.hardware.slip import BLANK, RULE, Align, Size, Slip, SlipLine
from tests.support.escpos_decoder import DRAWN, NotEscPos, PrintedLine, longest, slips, tokens

NAMES_AND_TITLES = (
    "髙橋 﨑山 𠮷田 濵田 德永",
    "葛\U000e0100飾区",
    "か\u3099っこう は\u309aん",
    "한글 제목",
    "汉语 标题",
    "絵文字 🙂👨\u200d👩\u200d👧 の本",
    "[bold]太字[/bold] [link=x]",
    "\x1b[31m赤\x1b@\x1dV\x00切る\x10\x14\x01",
    "①Ⅲ№㈱㍻㋿",
    "〜～—―−－¥\\•‾",
    "ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟ",
    "表示 ソース 能力",  # their second bytes are 5C and 5C and 5C
    "一行目\n二行目\tタブ\r\nCRLF\u2028区切り",
    "あ" * 300,
    "x" * 300,
    "。" * 300,
    "",
)


def one_line(text: str, columns: int = 48) -> PrintedLine:
    """The only line of a slip that holds `text`."""
    (lines,) = slips(encode(Slip((SlipLine(text),)), columns).data)
    (line,) = lines
    return line


def cells_of(row: LaidOutLine) -> tuple[tuple[str, int], ...]:
    """What the decoder should have read: each character with its columns."""
    return tuple(
        (DRAWN if piece.means is Means.GLYPH else piece.text, piece.columns) for piece in row.pieces
    )


def laid(text: str, columns: int, **more: object) -> list[str]:
    """The lines that `text` becomes."""
    line = SlipLine(text, **more)  # type: ignore[arg-type] # keyword arguments by name
    return [str(row) for row in lay_out(Slip((line,)), columns)]


# -------------------------------------------------------------------------- characters


def test_job_begins_with_the_japanese_preamble_and_ends_with_the_cut() -> None:
    """Reset, no spacing, katakana page, Shift_JIS, country Japan; feed to the cutter at the end."""
    job = encode(Slip((SlipLine("図書館ｱ"),)), 42).data
    assert job == (
        bytes.fromhex("1b40 1b2000 1c530000 1b7401 1c4301 1b5208")
        + bytes.fromhex("907d 8f91 8ad9 b1 0a")
        + bytes.fromhex("1d564200")
    )
    assert job.startswith(PREAMBLE)
    assert job.endswith(CUT)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("〜～", "〜〜"),
        ("−－", "−−"),
        ("—―", "――"),
        ("∥￠￡￢", "‖¢£¬"),
        ("¥1,500", "¥1,500"),
        ("C:\\", "C:＼"),
        ("•", "・"),
        ("‾~", "￣~"),
        ("か\u3099は\u309aウ\u3099", "がぱヴ"),
        ("あ\u3099", "あ゛"),
        ("no\u00a0break\u2003space", "no break space"),
        ("幅\u3000広い", "幅\u3000広い"),
        ("soft\u00adhy\u200bphen\u202eover", "softhyphenover"),
    ],
)
def test_look_alikes_and_parts_become_the_sign_that_the_font_has(text: str, printed: str) -> None:
    """Other code points of one sign, decomposed kana, odd blanks and invisible characters."""
    line = one_line(text)
    assert line.text == printed
    assert not line.pictures


def test_hangul_in_parts_is_put_together() -> None:
    """Records from some systems hold each syllable as two or three letters."""
    in_parts = unicodedata.normalize("NFD", "한글로")
    assert len(in_parts) == 8
    assert one_line(in_parts) == one_line("한글로")


def test_names_are_not_normalised() -> None:
    """神 in its compatibility form is drawn as it is, not turned into another form."""
    replaced_by_nfc = "\ufa19"
    (row,) = lay_out(Slip((SlipLine(replaced_by_nfc),)), 42)
    assert row.pieces[0].means is Means.GLYPH
    assert row.pieces[0].text == replaced_by_nfc


@pytest.mark.parametrize(
    "character", ["髙", "﨑", "𠮷", "濵", "①", "㈱", "㋿", "한", "汉", "é", "€"]
)
def test_character_outside_the_font_is_drawn_in_two_columns(character: str) -> None:
    """A 24-dot picture stands inside the text line, two columns wide, with ink in it."""
    line = one_line(f"あ{character}い")
    assert line.text == f"あ{DRAWN}い"
    assert line.columns == 6
    (picture,) = line.pictures
    assert len(picture) == 72
    assert any(picture)


def test_variation_selector_is_drawn_only_where_the_form_differs() -> None:
    """葛 with the selector of its other form is a picture; with one that changes nothing, text."""
    font = FontGlyphs()
    differs, same = "葛\U000e0100", "葛\U000e0101"
    assert font.glyph(differs) != font.glyph("葛")
    assert font.glyph(same) == font.glyph("葛")
    assert one_line(differs).text == DRAWN
    assert one_line(same).text == "葛"
    assert one_line("あ\ufe0fい\U000e0100").text == "あい"


def test_character_that_nobody_can_draw_becomes_the_geta_mark_and_is_reported() -> None:
    """Nothing is left out silently: a mark of two columns, and the character in `replaced`."""
    encoded = encode(Slip((SlipLine("a🙂b\ue000c\ud800d"),)), 42)
    ((line,),) = slips(encoded.data)
    assert line.text == f"a{GETA}b{GETA}c{GETA}d"
    assert encoded.replaced == ("🙂", "\ue000", "\ud800")


def test_without_a_font_rare_characters_become_the_geta_mark() -> None:
    """A source that draws nothing still gives a whole slip."""
    encoded = encode(Slip((SlipLine("髙橋"),)), 42, glyphs=NoGlyphs())
    ((line,),) = slips(encoded.data)
    assert line.text == f"{GETA}橋"
    assert encoded.replaced == ("髙",)


@pytest.mark.parametrize(
    ("rows", "code"), [({89, 90, 91, 92}, "eee0"), ({115, 116, 117, 118, 119}, "fbfc")]
)
def test_extension_rows_of_the_model_are_used_when_told(rows: set[int], code: str) -> None:
    """髙 stands in two places of CP932; which one a printer has is told by its rows."""
    slip = Slip((SlipLine("髙"),))
    (row,) = lay_out(slip, 42, extension_rows=frozenset(rows))
    assert row.pieces[0].data == bytes.fromhex(code)
    assert row.pieces[0].means is Means.FONT


def test_nec_row_is_used_when_told() -> None:
    """① is 8740 for a model with row 13."""
    (row,) = lay_out(Slip((SlipLine("①"),)), 42, extension_rows=frozenset({13}))
    assert row.pieces[0].data == b"\x87\x40"


# ------------------------------------------------------------------------------ safety


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
@pytest.mark.parametrize("text", NAMES_AND_TITLES)
def test_any_name_or_title_prints_whole_and_within_the_paper(text: str, columns: int) -> None:
    """Markup, escapes, rare letters, 300 characters: only our own commands reach the printer."""
    slip = Slip((SlipLine(text, right="返却 12月 8日(火)"), SlipLine(text, size=Size.TALL)))
    encoded = encode(slip, columns)
    (lines,) = slips(encoded.data)
    assert longest(lines) < columns
    assert any(line.text.endswith("返却 12月 8日(火)") for line in lines)
    ours = {"initialise", "right_spacing", "kanji_spacing", "code_page", "code_system", "country"}
    ours |= {"text", "bit_image", "line_feed", "size", "cut"}
    assert {token.name for token in tokens(encoded.data)} <= ours
    assert encoded.data.count(CUT) == 1


@given(
    text=st.text(max_size=120),
    right=st.text(max_size=30),
    columns=st.sampled_from(PAPER_COLUMNS),
    size=st.sampled_from(Size),
    max_lines=st.none() | st.integers(1, 3),
)
def test_no_text_at_all_can_break_a_slip(
    text: str, right: str, columns: int, size: Size, max_lines: int | None
) -> None:
    """Whatever stands in a record: the bytes decode, and every line fits with one column free."""
    slip = Slip((SlipLine(text, right=right, size=size, max_lines=max_lines),))
    encoded = encode(slip, columns, glyphs=NoGlyphs())
    (lines,) = slips(encoded.data)
    assert longest(lines) < columns
    # The parameter of GS ! may be 10; nothing that makes it a real-time command may follow.
    assert not any(bytes((0x10, second)) in encoded.data for second in (0x04, 0x05, 0x14))


@given(st.text(max_size=200), st.sampled_from(PAPER_COLUMNS), st.sampled_from(Size))
def test_preview_and_paper_agree(text: str, columns: int, size: Size) -> None:
    """The laid-out lines are the decoded ones, character for character and column for column."""
    slip = Slip((SlipLine(text, align=Align.CENTRE), RULE, BLANK, SlipLine(text, size=size)))
    rows = lay_out(slip, columns, glyphs=NoGlyphs())
    (lines,) = slips(encode(slip, columns, glyphs=NoGlyphs()).data)
    assert [str(row) for row in rows] == [line.text for line in lines]
    assert [cells_of(row) for row in rows] == [line.cells for line in lines]


@pytest.mark.parametrize("columns", PAPER_COLUMNS)
@pytest.mark.parametrize("text", NAMES_AND_TITLES)
def test_preview_and_paper_agree_on_pictures_too(text: str, columns: int) -> None:
    """A drawn character takes the columns that its picture takes, whatever the size around it."""
    slip = Slip(tuple(SlipLine(text, right="返却", size=size) for size in Size))
    rows = lay_out(slip, columns)
    (lines,) = slips(encode(slip, columns).data)
    assert [cells_of(row) for row in rows] == [line.cells for line in lines]


@given(st.text(alphabet="あいう、。「」abc 1ー", max_size=100), st.sampled_from(PAPER_COLUMNS))
def test_breaking_lines_loses_nothing_but_blanks(text: str, columns: int) -> None:
    """The lines put together are the text."""
    joined = "".join(laid(text, columns))
    assert joined.replace(" ", "") == text.replace(" ", "")


# ------------------------------------------------------------------------- line breaking


def test_pair_of_columns_is_never_split() -> None:
    """An odd column at the end of a line stays empty."""
    assert laid("a" + "漢" * 20, 32) == ["a" + "漢" * 15, "漢" * 5]
    assert laid("漢" * 20, 32) == ["漢" * 15, "漢" * 5]


def test_closing_marks_and_small_kana_do_not_begin_a_line() -> None:
    """、。」 ー ゃ and their like take the character before them along."""
    assert laid("あ" * 15 + "。いう", 32) == ["あ" * 14, "あ。いう"]
    assert laid("あ" * 15 + "ャー」い", 32) == ["あ" * 14, "あャー」い"]


def test_opening_marks_do_not_end_a_line() -> None:
    """「 goes to the next line with what it opens."""
    assert laid("あ" * 14 + "「かぎ」", 32) == ["あ" * 14, "「かぎ」"]


def test_words_and_numbers_stay_whole() -> None:
    """A Latin word or a telephone number is not parted when it fits on one line."""
    assert laid("The quick brown fox jumps over lazy dogs", 32) == [
        "The quick brown fox jumps over",
        "lazy dogs",
    ]
    assert laid("図書館の電話番号はこれですよ 048-442-2800", 32) == [
        "図書館の電話番号はこれですよ",
        "048-442-2800",
    ]


def test_sentence_in_phrases_is_parted_between_phrases() -> None:
    """Easy Japanese has blanks between phrases; a line ends there when little is lost."""
    assert laid("返すときは、カウンターか ポストへ どうぞ。", 32) == [
        "返すときは、カウンターか",
        "ポストへ どうぞ。",
    ]


def test_row_of_closing_marks_is_parted_all_the_same() -> None:
    """Where no good place is, the line ends where it is full."""
    assert laid("。" * 20, 32) == ["。" * 15, "。" * 5]


# ------------------------------------------------------------------------------- layout


def test_right_part_stands_at_the_edge_with_one_column_free() -> None:
    """On the last line of the text when it fits there, else below it."""
    slip = Slip((SlipLine("銀河鉄道の夜", right="返却 12月 8日(火)"),))
    assert [str(row) for row in lay_out(slip, 32)] == ["銀河鉄道の夜  返却 12月 8日(火)"]
    slip = Slip((SlipLine("銀河鉄道の夜と星", right="返却 12月 8日(火)"),))
    assert [str(row) for row in lay_out(slip, 32)] == [
        "銀河鉄道の夜と星",
        "              返却 12月 8日(火)",
    ]


def test_width_is_what_the_printer_uses_not_what_a_terminal_shows() -> None:
    """→ and α are one cell for a terminal's tables and two columns on the paper."""
    (row,) = lay_out(Slip((SlipLine("→α", right="x"),)), 32)
    assert [piece.columns for piece in row.pieces[:2]] == [2, 2]
    assert row.columns == 31


def test_long_title_is_cut_with_a_mark() -> None:
    """Two lines, the second ended by two full stops; the right part still stands."""
    rows = laid("長" * 300, 32, max_lines=2, right="返却")
    assert rows == ["長" * 15, "長" * 14 + "..", " " * 27 + "返却"]


def test_wide_characters_take_twice_the_columns_and_pictures_do_not() -> None:
    """GS ! enlarges text, not bit images; both are counted as they print."""
    (row,) = lay_out(Slip((SlipLine("a漢髙", size=Size.WIDE),)), 42)
    assert [piece.columns for piece in row.pieces] == [2, 4, 2]
    assert row.columns == 8


def test_reversed_line_is_a_band_over_the_whole_width() -> None:
    """The black ground reaches the edge, and is switched off after the line."""
    slip = Slip((SlipLine("再発行 1回目", reversed=True), SlipLine("つぎ")))
    first, second = slips(encode(slip, 32).data)[0]
    assert (first.text, first.columns, first.reversed) == ("再発行 1回目", 31, True)
    assert (second.text, second.reversed) == ("つぎ", False)


def test_line_switches_off_what_it_switched_on() -> None:
    """Size and weight of one line do not reach the next one."""
    slip = Slip((SlipLine("大", size=Size.LARGE, emphasis=True), SlipLine("小")))
    first, second = slips(encode(slip, 32).data)[0]
    assert (first.width, first.height, first.emphasis) == (2, 2, True)
    assert (second.width, second.height, second.emphasis) == (1, 1, False)


def test_paper_too_narrow_for_a_slip_is_a_mistake_of_the_caller() -> None:
    """Fewer than 16 columns are refused, not laid out badly."""
    with pytest.raises(ValueError, match="8 columns"):
        lay_out(Slip(()), 8)


def test_decoder_refuses_what_the_encoder_must_not_send() -> None:
    """The test's own reader is strict: escape codes of terminals and loose bytes are errors."""
    for wrong in (b"\x1b[31m", b"\x09", b"\x80", b"\x81\x20", b"\x1b@\x81\x40\x0a\x1dV\x00"):
        with pytest.raises(NotEscPos):
            slips(wrong)


def test_laid_out_line_reads_as_its_text() -> None:
    """Without the blanks at its end."""
    (row,) = lay_out(Slip((SlipLine("中央", reversed=True),)), 32)
    assert isinstance(row, LaidOutLine)
    assert str(row) == "中央"
