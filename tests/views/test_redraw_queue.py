"""Who redraws does so in turn, one at a time."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ppo_desktop.views.redraw_queue import RedrawQueue


def test_the_first_has_its_turn_at_once_and_the_others_wait_for_theirs(qtbot: QtBot) -> None:
    queue, taken = RedrawQueue(1), []
    redraws = [lambda name=name: taken.append(name) for name in "abc"]
    for redraw in (*redraws, *redraws):
        queue.request(redraw)
    assert taken == ["a"]
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert taken == ["a", "b", "c", "a"]


def test_who_waits_when_turns_are_stopped_has_none(qtbot: QtBot) -> None:
    queue, taken = RedrawQueue(1), []
    queue.request(lambda: taken.append("a"))
    queue.request(lambda: taken.append("b"))
    queue.clear()
    assert not queue.is_busy
    queue.request(lambda: taken.append("c"))
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert taken == ["a", "c"]
