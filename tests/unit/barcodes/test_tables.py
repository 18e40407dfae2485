"""Barcode profiles in the settings file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from counter_tui.barcodes.profiles import Kind, Letters, Profile
from counter_tui.errors import SettingsError
from counter_tui.settings import from_table

BASE = 'library = "L"\nbranch = "B"\ncounter = "C"\noperator = "O"\n'


def profiles(text: str) -> tuple[Profile, ...]:
    """The profiles of a settings file that ends so."""
    return from_table(tomllib.loads(BASE + text), Path("/settings.toml")).barcodes


def test_without_the_section_there_are_no_profiles() -> None:
    """Any number is looked up as it was read."""
    assert profiles("") == ()


def test_a_profile_takes_all_that_is_said_of_it() -> None:
    """Every key, and what stands for those that are left out."""
    found = profiles(
        """
        [[barcodes]]
        kind = "patron"

        [[barcodes]]
        name = "上戸田の本"
        kind = "item"
        branch = "上戸田分館"
        letters = "sent"
        letters_on_label = "ab"
        check = "modulus-16"
        keep_check = false
        length = [8, 10]
        prefix = ["1", "3"]
        keep_prefix = false
        """
    )
    assert found == (
        Profile("1 patron", Kind.PATRON),
        Profile(
            "上戸田の本",
            Kind.ITEM,
            "上戸田分館",
            Letters.SENT,
            "AB",
            "modulus-16",
            False,
            8,
            10,
            ("1", "3"),
            False,
        ),
    )


def test_one_length_and_one_prefix_need_no_list() -> None:
    """The common case is short."""
    (found,) = profiles('[[barcodes]]\nkind = "mobile"\nlength = 10\nprefix = "9"\n')
    assert (found.shortest, found.longest, found.prefixes) == (10, 10, ("9",))


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("", "kind"),
        ('kind = "book"', "kind"),
        ('kind = "item"\ncheck = "luhn"', "check"),
        ('kind = "item"\nlenght = 8', "lenght"),
        ('kind = "item"\nlength = 0', "length"),
        ('kind = "item"\nlength = [9, 8]', "length"),
        ('kind = "item"\nlength = true', "length"),
        ('kind = "item"\nprefix = [""]', "prefix"),
        ('kind = "item"\nprefix = "１"', "prefix"),
        ('kind = "item"\nletters = "maybe"', "letters"),
        ('kind = "item"\nletters_on_label = "A"', "letters_on_label"),
        ('kind = "item"\ncheck = "modulus-16"', "check"),
        ('kind = "item"\nkeep_check = false', "keep_check"),
        ('kind = "item"\nkeep_prefix = false', "keep_prefix"),
        ('kind = "item"\nkeep_prefix = "no"', "keep_prefix"),
        ('kind = "item"\nname = ""', "name"),
        ('kind = "item"\nbranch = 3', "branch"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(table: str, key: str) -> None:
    """Which profile, which key, and what would be right."""
    with pytest.raises(SettingsError) as refused:
        profiles(f"[[barcodes]]\n{table}\n")
    assert refused.value.key == f"barcodes 1 {key}"
    assert refused.value.allowed


@pytest.mark.parametrize("text", ['barcodes = "NW-7"', "barcodes = [3]", "[barcodes]\nkind = 3"])
def test_the_section_is_a_list_of_tables(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(SettingsError) as refused:
        profiles(text)
    assert refused.value.key == "barcodes"


def test_two_profiles_have_two_names() -> None:
    """Lists and errors call them by their names."""
    one = '[[barcodes]]\nkind = "item"\nname = "book"\n'
    with pytest.raises(SettingsError) as refused:
        profiles(one + one)
    assert refused.value.key == "barcodes 2 name"
