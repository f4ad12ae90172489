"""The real window on a real learner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.app import create_window
from ppo_desktop.bridge.garbage import GarbageCollector
from ppo_desktop.bridge.session import RunState
from ppo_desktop.views.charts.redraw import Redraw, turns
from ppo_desktop.views.main_window import MainWindow
from tests.other_threads import wait_until_at_rest
from tests.widgets import find, lay_out

Widget = TypeVar("Widget", bound=QWidget)


class User:
    """Does with the window what a person would, and waits for what a person would wait for."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.window = window
        self.session = window.session

    def find(self, kind: type[Widget], name: str) -> Widget:
        return find(self.window, kind, name)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition)

    def point_at(self, widget: QWidget, place: QPoint, until: Callable[[], bool]) -> None:
        """Move the mouse to a place on a widget, which may only just be shown and laid out."""

        def points_there() -> bool:
            for position in (place + QPoint(1, 0), place):
                self.qtbot.mouseMove(widget, position)
            return until()

        self.wait_until(widget.isVisible)
        self.wait_until(points_there)

    def wait_until_ready(self) -> None:
        """Wait until the run asked for is shown, ready to be trained."""
        self.wait_until(lambda: self.session.frame is not None and self.session.state is not RunState.LOADING)
        self.wait_until_at_rest()

    def wait_for_steps(self, steps: int) -> None:
        self.wait_until(lambda: self.session.steps >= steps)

    def wait_until_at_rest(self) -> None:
        """Wait until the learner has done all it was told, and all of it is shown."""
        wait_until_at_rest(self.qtbot, self.session)
        self.wait_until_drawn()

    def wait_until_drawn(self) -> None:
        """Wait until Train shows what is known by now, and nothing of the window moves under the mouse."""
        page = self.window.train_page
        redraws = page.findChildren(Redraw)
        self.wait_until(
            lambda: (
                not page._queue.is_busy and not any(each._is_late for each in redraws) and not turns().is_busy
            )
        )
        lay_out()

    def message(self) -> str:
        """Return the notice shown, empty while there is a hint instead."""
        owners = (self.window.page.notices, self.session.announcements)
        return max((owner.current for owner in owners), key=lambda notice: notice.number).text


@pytest.fixture(autouse=True)
def everything_can_be_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is frozen in one test would be kept in all those after it."""
    monkeypatch.setattr(GarbageCollector, "spare_what_is_loaded", lambda _collector: None)


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Callable[[], User]]:
    """Return a function that opens a window; all are closed at the end."""
    opened: list[MainWindow] = []

    def open_one() -> User:
        window = create_window()
        opened.append(window)
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        return User(qtbot, window)

    yield open_one
    for window in opened:
        window.close()


@pytest.fixture
def user(open_window: Callable[[], User]) -> User:
    """A user before a window that is ready to train."""
    user = open_window()
    user.wait_until_ready()
    return user
