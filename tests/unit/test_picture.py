"""Reading a captured screen, before it is drawn."""

from __future__ import annotations

from tools.picture import SIXTEEN, Style, cells, styled


def test_wide_characters_and_their_marks_take_their_cells() -> None:
    """A kanji takes two cells, and a variation selector none of its own."""
    placed = [(column, text, width) for _, column, text, width, _ in cells("a髙葛\U000e0100b")]
    assert placed == [(0, "a", 1), (1, "髙", 2), (3, "葛\U000e0100", 2), (5, "b", 1)]


def test_a_style_lasts_until_it_is_changed() -> None:
    """What tmux prints keeps its style over the end of a line."""
    found = [(text, style.bold) for _, _, text, _, style in cells("\x1b[1ma\nb\x1b[0mc")]
    assert found == [("a", True), ("b", True), ("c", False)]


def test_all_ways_to_say_a_colour() -> None:
    """True colour, the 256 and the 16 are understood, in one sequence too."""
    style = styled(Style(), "1;38;2;1;2;3;48;5;208")
    assert style == Style(ink=(1, 2, 3), ground=(255, 135, 0), bold=True)
    assert styled(Style(), "91;44") == Style(ink=SIXTEEN[9], ground=SIXTEEN[4])
    assert styled(style, "39;49;22") == Style()


def test_reverse_exchanges_the_colours() -> None:
    """Reverse is applied last, to whatever colours stand."""
    assert Style(ink=(1, 1, 1), ground=(2, 2, 2), reverse=True).colours() == ((2, 2, 2), (1, 1, 1))
