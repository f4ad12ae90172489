"""A page of its own idea is a few hundred lines on the kit, and has all that every page has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QProgressBar, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from ppo_desktop.app import create_window
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.views.kit.page import Page
from ppo_desktop.views.kit.table import Table
from ppo_desktop.views.main_window import MainWindow
from tests.views.kit import maps_page
from tests.views.kit.maps_page import MapChart, MapsPage, MapsSession

MOST_LINES = 300
"""Of the whole page: its job, its session, its bar, its figure, its table and its status bar."""


@pytest.fixture
def maps() -> MapsSession:
    return MapsSession()


@pytest.fixture
def window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, maps: MapsSession) -> Iterator[MainWindow]:
    """The window with one more page, which is shown."""
    make_usual = MainWindow._make_pages

    def make_pages(window: MainWindow) -> tuple[Page, ...]:
        return (*make_usual(window), MapsPage(maps, window._theme))

    monkeypatch.setattr(MainWindow, "_make_pages", make_pages)
    window = create_window()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.show_page(window.pages[-1])
    yield window
    window.close()


def find(window: MainWindow, kind: type[QWidget], name: str) -> QWidget:
    widget = window.findChild(kind, name)
    assert widget is not None, name
    return widget


def test_it_is_no_longer_than_its_own_idea() -> None:
    assert len(Path(maps_page.__file__).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_a_map_is_set_up_drawn_pointed_at_and_copied(
    qtbot: QtBot, window: MainWindow, maps: MapsSession
) -> None:
    across, steps = window.findChild(QComboBox, "across_combo"), window.findChild(QSpinBox, "maps_steps")
    chart, table = window.findChild(MapChart), window.findChild(Table, "maps_table")
    assert across is not None
    assert steps is not None
    assert chart is not None
    assert table is not None
    across.activated.emit(across.findText("Entropy coefficient"))
    steps.lineEdit().setText("2k")
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert maps.shown.across == "entropy_coef"
    assert maps.shown.total_steps == 2_000, "what is typed counts"
    qtbot.waitUntil(lambda: maps.state is JobState.COMPLETE)
    assert table.model().rowCount() == 9
    assert chart.picture is not None
    assert list(chart.picture.keys) == list(range(9))
    progress = window.findChild(QProgressBar, "maps_progress")
    assert progress is not None
    assert progress.value() == progress.maximum()
    table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    table.copy_as_csv()
    header, *rows = QGuiApplication.clipboard().text().splitlines()
    assert header == "entropy_coef,learning_rate,final_return"
    returns = [float(row.split(",")[-1]) for row in rows]
    assert returns == sorted(maps.results.values(), reverse=True)
    chart.pointed.emit(4)
    assert maps.highlighted == 4


def test_it_rests_goes_on_and_stops(qtbot: QtBot, window: MainWindow, maps: MapsSession) -> None:
    maps.set_up(total_steps=10_000_000)
    start, stop = (window.findChild(QPushButton, f"maps_{name}button") for name in ("", "stop_"))
    phase = window.findChild(QLabel, "maps_phase")
    assert start is not None
    assert stop is not None
    assert phase is not None
    assert not stop.isEnabled()
    start.click()
    assert start.accessibleName() == "Pause"
    start.click()
    assert (maps.state, start.accessibleName()) == (JobState.PAUSED, "Resume")
    start.click()
    stop.click()
    qtbot.waitUntil(lambda: maps.state is JobState.RESTING)
    assert phase.text() == "0 of 9 runs"
    assert start.accessibleName() == "Draw the map"


def test_it_has_a_tab_fits_small_screens_and_shows_one_card(qtbot: QtBot, window: MainWindow) -> None:
    assert find(window, QPushButton, "maps_tab").isVisible()
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: window.width() == 1024)
    assert window.minimumSizeHint().width() <= 1024
    assert window.minimumSizeHint().height() <= 640
    chart = window.findChild(MapChart)
    assert chart is not None
    before = chart.width()
    window.page.card_focus.toggle(window.page.card_focus.card_around(chart))
    qtbot.waitUntil(lambda: chart.width() > before)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: chart.width() == before)
