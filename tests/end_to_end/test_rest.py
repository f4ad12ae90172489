"""When nothing learns, nothing goes on: no timer of the program runs on any page, and nothing is painted."""

from __future__ import annotations

import gc

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ppo_desktop.bridge.garbage import GarbageCollector
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.session import RunState
from ppo_desktop.views.compare.stage_card import StageCard
from tests.end_to_end.conftest import User
from tests.tuning import make_study

SLOW_MS = 1_000
"""What is done once a second, or less often, takes no time worth mentioning."""


_MOST_WHILES = 10


def going_on() -> list[str]:
    """Return whose timers run, in whatever thread, but for slow ones and the one that collects garbage."""
    timers = [found for found in gc.get_objects() if type(found) is QTimer and shiboken6.isValid(found)]
    owners = [timer.parent() for timer in timers if timer.isActive() and timer.interval() < SLOW_MS]
    return [type(owner).__name__ for owner in owners if not isinstance(owner, GarbageCollector)]


class Paints(QObject):
    """Counts what is painted anew anywhere in the program."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        del watched
        self.number += event.type() is QEvent.Type.Paint
        return False


def assert_nothing_is_painted(user: User) -> None:
    """Let the window's loop go round for a while in which nothing new is to be seen.

    On a busy machine what was asked for before is painted late: a few such whiles are waited for.
    """
    user.wait_until(lambda: not going_on())
    paints = Paints()
    for _ in range(_MOST_WHILES):
        paints.number = 0
        user.qtbot.wait(1000)
        if paints.number == 0:
            break
    assert paints.number == 0


def test_train_rests_before_a_run_and_when_it_is_paused(user: User) -> None:
    user.wait_until(lambda: not going_on())
    user.session.toggle_training()
    user.wait_for_steps(100)
    assert going_on()
    user.session.toggle_training()
    user.wait_until_at_rest()
    assert_nothing_is_painted(user)


def test_compare_rests_some_time_after_the_end_and_plays_what_is_pointed_at(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.bridge.policy_preview.SHOWN_SECONDS", 0.1)
    comparisons = user.window.comparisons
    user.window.show_page(user.window.pages[1])
    comparisons.planning.set_values("0.1 0.4")
    comparisons.planning.set_seeds(1)
    comparisons.planning.set_total_steps(2_000)
    comparisons.toggle()
    user.wait_until(lambda: comparisons.state is JobState.COMPLETE)
    user.wait_until(lambda: comparisons.preview.resting == {0, 1} and not going_on())
    shown = {card.rests.isVisible() for card in user.window.findChildren(StageCard) if card.isVisible()}
    assert shown == {True}
    before = dict(comparisons.preview.frames)
    comparisons.highlight(1)
    user.wait_until(lambda: comparisons.preview.frames[1].steps > before[1].steps)
    assert comparisons.preview.frames[0] is before[0]
    user.wait_until(lambda: comparisons.preview.resting == {0, 1})
    assert_nothing_is_painted(user)


def test_players_rest_when_another_program_comes_to_the_front(user: User) -> None:
    comparisons = user.window.comparisons
    user.window.show_page(user.window.pages[1])
    comparisons.planning.set_values("0.1 0.4")
    comparisons.planning.set_seeds(1)
    comparisons.planning.set_total_steps(2_000)
    comparisons.toggle()
    user.wait_until(lambda: comparisons.state is JobState.COMPLETE)
    user.wait_until(lambda: set(comparisons.preview.frames) == {0, 1})
    assert not comparisons.preview.resting
    QGuiApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)  # type: ignore[union-attr]
    user.wait_until(lambda: comparisons.preview.resting == {0, 1} and not going_on())
    comparisons.highlight(0)
    user.wait_until(lambda: comparisons.preview.resting == {1})


def test_compare_rests_while_the_window_is_minimized(user: User) -> None:
    comparisons = user.window.comparisons
    user.window.show_page(user.window.pages[1])
    comparisons.planning.set_values("0.1 0.4")
    comparisons.planning.set_seeds(1)
    comparisons.planning.set_total_steps(2_000)
    comparisons.toggle()
    user.wait_until(lambda: comparisons.state is JobState.COMPLETE)
    user.window.showMinimized()
    user.wait_until(lambda: not going_on())


def test_tune_rests_with_a_study_and_so_does_every_page_that_is_shown_then(user: User) -> None:
    place = make_study(user.window.tune.folder)
    user.window.show_page(user.window.pages[2])
    user.window.tune.open(place)
    user.wait_until(lambda: user.window.tune.state is JobState.RESTING)
    for page in user.window.pages:
        user.window.show_page(page)
        assert_nothing_is_painted(user)
    assert user.session.state is not RunState.RUNNING
