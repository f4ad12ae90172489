"""What is exported is written in a thread of its own, and a notice says what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge import exporting
from ppo_desktop.bridge.exporting import Exporting, Order
from ppo_desktop.bridge.notices import Notices
from ppo_desktop.exports.format import CannotExport, Progress, save_whole


class Writing:
    """Work that waits until it is let go, asking meanwhile whether it is still wanted."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self.order = Order(place.name, self.work, lambda _: f"{place} is there.")

    def work(self, progress: Progress) -> None:
        def write(fresh: Path) -> None:
            fresh.write_bytes(b"half")
            self.has_begun.set()
            while not self.may_end.wait(0.01):
                progress(0.4)
            fresh.write_bytes(b"whole")

        save_whole(self.place, write)


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def exports(qtbot: QtBot, notices: Notices) -> Iterator[Exporting]:
    parent = QObject()
    yield Exporting(notices, parent)
    parent.deleteLater()


@pytest.fixture
def writing(tmp_path: Path) -> Writing:
    folder = tmp_path / "Ausgeführt"
    folder.mkdir()
    return Writing(folder / "Übung.csv")


def test_what_takes_a_while_says_how_far_it_is_until_it_is_done(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, exports: Exporting, notices: Notices, writing: Writing
) -> None:
    monkeypatch.setattr(exporting, "QUIET_SECONDS", 0.0)
    exports.begin(writing.order)
    qtbot.waitUntil(lambda: "40 %" in notices.current.text)
    assert notices.current.action is not None
    writing.may_end.set()
    qtbot.waitUntil(lambda: not exports.is_busy)
    assert notices.current.text == f"{writing.place} is there."
    assert writing.place.read_bytes() == b"whole"


def test_what_is_cancelled_leaves_nothing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, exports: Exporting, notices: Notices, writing: Writing
) -> None:
    monkeypatch.setattr(exporting, "QUIET_SECONDS", 0.0)
    exports.begin(writing.order)
    qtbot.waitUntil(lambda: notices.current.action is not None)
    assert writing.has_begun.wait(60)
    notices.act()
    qtbot.waitUntil(lambda: not exports.is_busy)
    assert not list(writing.place.parent.iterdir())
    assert writing.place.name in notices.current.text
    assert not notices.current.is_warning


def test_with_its_window_an_export_ends_and_leaves_nothing(
    qtbot: QtBot, notices: Notices, writing: Writing
) -> None:
    parent = QObject()
    before = set(threading.enumerate())
    exports = Exporting(notices, parent)
    exports.begin(writing.order)
    (thread,) = set(threading.enumerate()) - before
    assert writing.has_begun.wait(60)
    parent.deleteLater()
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert not list(writing.place.parent.iterdir())


def test_a_dismissed_notice_stays_away_until_there_is_a_result(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, exports: Exporting, notices: Notices, writing: Writing
) -> None:
    monkeypatch.setattr(exporting, "QUIET_SECONDS", 0.0)
    exports.begin(writing.order)
    qtbot.waitUntil(lambda: bool(notices.current.text))
    notices.withdraw()
    changed = []
    notices.changed.connect(lambda: changed.append(notices.current.text))
    qtbot.wait(150)
    assert not changed
    writing.may_end.set()
    qtbot.waitUntil(lambda: bool(changed))
    assert str(writing.place) in changed[-1]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device."),
        (CannotExport("It has learnt nothing."), "It has learnt nothing."),
        (ZeroDivisionError("division by zero"), "division by zero"),
    ],
)
def test_what_goes_wrong_is_one_line(
    qtbot: QtBot, exports: Exporting, notices: Notices, error: Exception, said: str
) -> None:
    def fail(_progress: Progress) -> None:
        raise error

    exports.begin(Order("run.csv", fail, str))
    qtbot.waitUntil(lambda: not exports.is_busy)
    assert notices.current.is_warning
    assert "run.csv" in notices.current.text
    assert said in notices.current.text
    assert "\n" not in notices.current.text
