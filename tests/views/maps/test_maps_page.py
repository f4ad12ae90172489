"""The Maps page in the real window: set up, measured, played, and what every page has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ppo_desktop.app import create_window
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.study.place import Place
from ppo_desktop.views import maps as package
from ppo_desktop.views.main_window import MainWindow
from ppo_desktop.views.maps.film_strip import FilmSlider, FilmStrip
from ppo_desktop.views.maps.map_card import MapCard
from ppo_desktop.views.maps.map_chart import MapChart

MOST_LINES = 300
"""Of each of its files: what pages share comes from the kit."""
Part = TypeVar("Part", bound=QWidget)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """The window with the Maps page shown."""
    window = create_window()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.show_page(next(page for page in window.pages if page.id == "maps"))
    yield window
    window.close()


@pytest.fixture
def maps(window: MainWindow) -> MapSession:
    return window.maps


def find(window: MainWindow, kind: type[Part], name: str) -> Part:
    widget = window.findChild(kind, name)
    assert widget is not None, name
    return widget


def write(window: MainWindow, name: str, text: str) -> None:
    """Type a line and leave it."""
    line = find(window, QLineEdit, name)
    line.setText(text)
    line.setModified(True)
    line.editingFinished.emit()


def measure(qtbot: QtBot, window: MainWindow) -> None:
    """Set up six cells by hand, and measure them."""
    window.maps.drafting.set_seeds(1)
    write(window, "across_values", "0.1, 0.2, off")
    write(window, "up_values", "1e-3:1e-2:2")
    find(window, QSpinBox, "map_steps").lineEdit().setText("1k")
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.maps.state is JobState.RESTING)
    qtbot.waitUntil(lambda: window.maps.digest is not None and window.maps.digest[0].n_measured == 6)


def test_a_map_in_a_database_is_opened_by_its_address(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Place] = []
    monkeypatch.setattr(window.maps, "open", opened.append)
    menu = find(window, QMenu, "map_menu")
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if "Open database" in action.text()).trigger()
    address = find(window, QLineEdit, "map_database_line")
    address.insert("postgresql://me:secret@host/db")
    assert "secret" not in address.text()
    find(window, QLineEdit, "map_database_study").insert("Plane")
    qtbot.keyClick(address, Qt.Key.Key_Return)
    assert opened == [Place("postgresql://me:secret@host/db", "Plane")]
    assert find(window, QWidget, "map_next_work_label").isVisible()
    assert not address.isVisible()


def test_its_files_are_no_longer_than_their_own_idea() -> None:
    for file in Path(package.__file__).parent.glob("*.py"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, file.name


def test_a_map_is_set_up_measured_pointed_at_and_chosen(
    qtbot: QtBot, window: MainWindow, maps: MapSession
) -> None:
    measure(qtbot, window)
    assert maps.plan is not None
    assert maps.plan.total_steps == 1_000, "what is typed counts"
    chart = find(window, MapChart, "map_figure_1")
    qtbot.waitUntil(lambda: chart.picture is not None)
    assert chart.picture is not None
    assert list(chart.picture.keys) == list(range(6))
    progress = find(window, QProgressBar, "maps_progress")
    assert progress.value() == progress.maximum()
    chart.pointed.emit(4)
    assert maps.highlighted == 4
    chart.chosen.emit(4)
    assert maps.chosen == 4
    assert find(window, QPushButton, "row_in_compare_button").isEnabled()
    find(window, QPushButton, "row_in_compare_button").click()
    assert window.page.id == "compare"
    assert window.comparisons.planning.planned is not None
    assert len(window.comparisons.planning.planned.variants) == 3


def test_the_film_plays_to_its_end_and_goes_by_keys(
    qtbot: QtBot, window: MainWindow, maps: MapSession
) -> None:
    measure(qtbot, window)
    film, slider = window.findChild(FilmStrip), window.findChild(FilmSlider)
    assert film is not None
    assert slider is not None
    maps.inquiry.show_moment(N_BINS - 3)
    film.toggle()
    assert film.is_playing
    qtbot.waitUntil(lambda: not film.is_playing)
    assert maps.inquiry.n_bins == N_BINS
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert maps.inquiry.n_bins == N_BINS - 1
    qtbot.waitUntil(lambda: maps.digest is not None and maps.digest[0].question.n_bins == N_BINS - 1)


def test_the_film_stands_still_while_all_is_frozen(
    qtbot: QtBot, window: MainWindow, maps: MapSession
) -> None:
    measure(qtbot, window)
    film = window.findChild(FilmStrip)
    assert film is not None
    maps.inquiry.show_moment(10)
    film.toggle()
    window.freeze.toggle()
    assert not film.is_playing
    window.freeze.toggle()
    assert film.is_playing
    window.freeze.toggle()
    film.step(0)
    window.freeze.toggle()
    assert not film.is_playing, "it was stopped meanwhile"


def test_a_second_map_comes_and_goes(qtbot: QtBot, window: MainWindow, maps: MapSession) -> None:
    measure(qtbot, window)
    first, second = sorted(window.findChildren(MapCard), key=lambda card: card.place)
    assert second.isHidden()
    find(window, QPushButton, "second_map_button").click()
    assert second.isVisible()
    qtbot.waitUntil(lambda: second.digest is not None)
    assert first.digest is not None
    assert second.digest is not None
    assert first.digest.question.result != second.digest.question.result
    find(window, QComboBox, "map_measure_2").activated.emit(0)
    assert maps.question[1].result == "final_return"
    find(window, QPushButton, "close_map_button").click()
    assert second.isHidden()


def test_it_rests_goes_on_and_stops(qtbot: QtBot, window: MainWindow, maps: MapSession) -> None:
    maps.drafting.set_total_steps(10_000_000)
    start = find(window, QPushButton, "draw_map_button")
    start.click()
    qtbot.waitUntil(lambda: maps.state is JobState.RUNNING)
    assert start.accessibleName() == "Pause"
    start.click()
    assert (maps.state, start.accessibleName()) == (JobState.PAUSED, "Resume")
    start.click()
    maps.stop()
    qtbot.waitUntil(lambda: maps.state is JobState.RESTING)
    assert find(window, QLabel, "maps_phase").text().startswith("0 of ")


def test_it_can_be_paused_while_its_last_cells_are_measured(
    qtbot: QtBot, window: MainWindow, maps: MapSession
) -> None:
    write(window, "across_values", "0.1, 0.2")
    write(window, "up_values", "0.001, 0.01")
    maps.drafting.set_total_steps(10_000_000)
    maps.drafting.set_trials_at_once(4)
    start = find(window, QPushButton, "draw_map_button")
    start.click()
    qtbot.waitUntil(lambda: maps.n_trials_to_come == 0)
    assert start.isEnabled()
    start.click()
    assert maps.state is JobState.PAUSED
    assert start.isEnabled()
    maps.stop()
    qtbot.waitUntil(lambda: maps.state is JobState.RESTING)


@pytest.mark.parametrize("is_measured", [False, True])
def test_it_has_a_tab_fits_small_screens_and_shows_one_card(
    qtbot: QtBot, window: MainWindow, is_measured: bool
) -> None:
    assert find(window, QPushButton, "maps_tab").isVisible()
    if is_measured:
        measure(qtbot, window)
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: window.width() == 1024)
    assert window.minimumSizeHint().width() <= 1024
    assert window.minimumSizeHint().height() <= 640
    if not is_measured:
        return
    chart = find(window, MapChart, "map_figure_1")
    before = chart.width()
    window.page.card_focus.toggle(window.page.card_focus.card_around(chart))
    qtbot.waitUntil(lambda: chart.width() > before)
    cell = find(window, QLabel, "cell_values")
    assert not cell.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(cell.isVisible)
