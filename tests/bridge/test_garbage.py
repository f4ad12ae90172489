"""Garbage is collected where windows live, and nowhere else."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.garbage import GarbageCollector


class Link:
    """Refers to itself, so that only a collector finds that nobody else does; says where it ended."""

    ended_in: list[threading.Thread]

    def __init__(self, ended_in: list[threading.Thread]) -> None:
        self.ended_in = ended_in
        self.itself = self

    def __del__(self) -> None:
        self.ended_in.append(threading.current_thread())


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QObject]:
    """What stands for a window: as long as it is there, garbage is collected for it."""
    del qtbot
    window = QObject()
    GarbageCollector(window)
    yield window
    end(window)


def end(window: QObject) -> None:
    if not shiboken6.isValid(window):
        return
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


def leave_garbage(ended_in: list[threading.Thread], n: int = 5000) -> None:
    for _ in range(n):
        Link(ended_in)


def test_what_another_thread_leaves_behind_ends_in_the_windows(window: QObject, qtbot: QtBot) -> None:
    ended_in: list[threading.Thread] = []
    other = threading.Thread(target=leave_garbage, args=(ended_in,))
    other.start()
    other.join()
    assert ended_in == []
    qtbot.waitUntil(lambda: len(ended_in) == 5000)
    assert set(ended_in) == {threading.main_thread()}


def test_python_collects_by_itself_again_when_the_last_window_is_gone(window: QObject) -> None:
    second = QObject()
    GarbageCollector(second)
    assert not gc.isenabled()
    end(second)
    assert not gc.isenabled()
    end(window)
    assert gc.isenabled()


def test_everything_is_looked_through_once_a_minute_at_most(
    window: QObject, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[None] = []
    looked: list[int] = []

    def count() -> tuple[int, int, int]:
        counted.append(None)
        return (0, 0, 1000)

    monkeypatch.setattr(gc, "get_count", count)
    monkeypatch.setattr(gc, "collect", looked.append)
    qtbot.waitUntil(lambda: len(counted) >= 3)
    assert looked == []
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + 61.0)
    qtbot.waitUntil(lambda: bool(looked))
    counted.clear()
    qtbot.waitUntil(lambda: len(counted) >= 3)
    assert looked == [2]
