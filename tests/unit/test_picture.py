"""Reading a captured screen, before it is drawn."""

from __future__ import annotations

from tools.picture import SIXTEEN, Style, cells, draw, in_few_colours, styled


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


def test_few_colours_keep_every_colour_that_means_something() -> None:
    """Inks and grounds stay exactly, also one that a single cell of a busy screen has."""
    # Blocks, for which no font is needed; so many colours that a palette by frequency loses some.
    inks = [(8 * step, 255 - 8 * step, 40) for step in range(31)]
    rare = (255, 141, 132)
    busy = "".join("\x1b[38;2;{};{};{}m\u2588\u2588".format(*ink) for ink in inks)
    screen = "\x1b[48;2;17;21;28m" + busy + " " + "\x1b[38;2;{};{};{}m\u2588".format(*rare)
    picture = draw(screen)
    few = in_few_colours(picture, screen)
    assert few.mode == "P"
    shown = {colour for _, colour in few.convert("RGB").getcolors() or []}
    assert {*inks, rare, (17, 21, 28)} <= shown
