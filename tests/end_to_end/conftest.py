"""The real window on a real learner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.app import create_window
from ppo_desktop.bridge.garbage import GarbageCollector
from ppo_desktop.bridge.session import RunState
from ppo_desktop.views.main_window import MainWindow

PATIENCE_MS = 20_000
Widget = TypeVar("Widget", bound=QWidget)


class User:
    """Does with the window what a person would, and waits for what a person would wait for."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.window = window
        self.session = window.session

    def find(self, kind: type[Widget], name: str) -> Widget:
        widget = self.window.findChild(kind, name)
        assert widget is not None, f"no {kind.__name__} called {name}"
        return widget

    def wait_until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def wait_until_ready(self) -> None:
        self.wait_until(lambda: self.session.frame is not None and self.session.state is not RunState.LOADING)

    def wait_for_steps(self, steps: int) -> None:
        self.wait_until(lambda: self.session.steps >= steps)

    def wait_until_paused(self) -> None:
        self.wait_until(lambda: self.session.state is not RunState.RUNNING)
        self.settle()

    def settle(self) -> None:
        """Wait until the learner has sent its last report: frame and history are of one moment."""
        self.qtbot.wait(80)

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
