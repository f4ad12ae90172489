"""Files are called what they hold, on every file system."""

from __future__ import annotations

import pytest

from ppo_desktop.exports.naming import different, file_name, moment_title


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Übung ε 1", "Übung ε 1"),
        ("a/b\\c:d*e?f", "a b c d e f"),
        ("module:Maze-v0?size=3", "module Maze-v0 size=3"),
        ("..", "run"),
        ("\n", "run"),
        ("x" * 300, "x" * 100),
        ("Aux", "_Aux"),
        ("nul.clip 0.1", "_nul.clip 0.1"),
        ("COM1", "_COM1"),
        ("console", "console"),
        ("con 2", "con 2"),
    ],
)
def test_a_title_becomes_a_name_that_every_file_system_takes(title: str, name: str) -> None:
    assert file_name(title, "run") == name


def test_names_differ_where_capitals_do_not_count() -> None:
    names = ["run", "Run", "run", "run (2)"]
    assert different(names, [()] * 4) == ["run", "Run (2)", "run (3)", "run (2) (2)"]


def test_what_has_one_name_says_by_what_it_differs() -> None:
    names, marks = ["a", "A", "b", "b", "c"], [("1", "x"), ("2", "y"), ("3", "x"), ("3", "y"), ("3", "z")]
    assert different(names, marks) == ["a 1", "A 2", "b x", "b y", "c"]


def test_a_long_name_leaves_room_for_the_update() -> None:
    assert file_name(moment_title("x" * 300, 12_345), "run").endswith(" update 12345")
