"""Who redraws does so in turn, one at a time."""

from __future__ import annotations

import sys
from functools import partial

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.views.charts.redraw import Redraw, RedrawQueue


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


def test_what_is_hidden_is_not_redrawn_until_it_is_shown(qtbot: QtBot) -> None:
    widget, drawn = QWidget(), []
    qtbot.addWidget(widget)
    redraw = Redraw(widget, lambda: drawn.append("now"))
    redraw.now()
    redraw.request()
    assert drawn == []
    widget.show()
    assert drawn == ["now"]


def test_what_fails_when_it_is_shown_is_reported_and_the_window_goes_on(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget, reported = QWidget(), []
    qtbot.addWidget(widget)
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: reported.append(kind))
    Redraw(widget, lambda: {}["a name without a band"])
    widget.show()
    assert reported == [KeyError]
    assert widget.isVisible()


def test_what_is_asked_for_within_a_pause_is_redrawn_once_after_it(qtbot: QtBot) -> None:
    widget, drawn = QWidget(), []
    qtbot.addWidget(widget)
    redraw = Redraw(widget, lambda: drawn.append("now"), lambda: 30)
    widget.show()
    for _ in range(5):
        redraw.request()
    assert drawn == ["now"]
    qtbot.waitUntil(lambda: len(drawn) > 1)
    assert drawn == ["now"] * 2


def test_what_is_asked_for_at_once_is_redrawn_in_turn(qtbot: QtBot) -> None:
    widgets, drawn = [QWidget(), QWidget(), QWidget()], []
    redraws = [Redraw(widget, partial(drawn.append, n)) for n, widget in enumerate(widgets)]
    for widget in widgets:
        qtbot.addWidget(widget)
        widget.show()
    drawn.clear()
    for redraw in redraws:
        redraw.request()
    assert len(drawn) < 2
    qtbot.waitUntil(lambda: drawn == [0, 1, 2])


def test_the_turn_of_what_is_gone_is_left_out(qtbot: QtBot) -> None:
    widgets, drawn = [QWidget(), QWidget(), QWidget()], []
    redraws = [Redraw(widget, partial(drawn.append, n)) for n, widget in enumerate(widgets)]
    for widget in widgets:
        widget.show()
    drawn.clear()
    for redraw in redraws:
        redraw.request()
    widgets[1].deleteLater()
    QApplication.sendPostedEvents(widgets[1], QEvent.Type.DeferredDelete)
    qtbot.addWidget(widgets[0])
    qtbot.addWidget(widgets[2])
    qtbot.waitUntil(lambda: 2 in drawn)
    assert drawn == [0, 2]
