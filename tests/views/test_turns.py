"""Who redraws does so in turn, one at a time."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ppo_desktop.views.turns import Turns


def test_the_first_has_its_turn_at_once_and_the_others_wait_for_theirs(qtbot: QtBot) -> None:
    turns, taken = Turns(1), []
    redraws = [lambda name=name: taken.append(name) for name in "abc"]
    for redraw in (*redraws, *redraws):
        turns.ask(redraw)
    assert taken == ["a"]
    qtbot.waitUntil(lambda: not turns.are_going_on)
    assert taken == ["a", "b", "c", "a"]


def test_who_waits_when_turns_are_stopped_has_none(qtbot: QtBot) -> None:
    turns, taken = Turns(1), []
    turns.ask(lambda: taken.append("a"))
    turns.ask(lambda: taken.append("b"))
    turns.stop()
    assert not turns.are_going_on
    turns.ask(lambda: taken.append("c"))
    qtbot.waitUntil(lambda: not turns.are_going_on)
    assert taken == ["a", "c"]
