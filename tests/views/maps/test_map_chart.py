"""The figure of a map under mouse and keyboard, and what it says of a cell."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ppo_desktop.views.maps.map_chart import MapChart
from ppo_desktop.views.maps.map_colours import Colouring
from ppo_desktop.views.theme import Theme
from tests.measured_maps import map_of, measured

TRIALS = {0: measured(0, 90.0, 110.0), 5: measured(5, 480.0, 500.0, solved_at=700)}


@pytest.fixture
def chart(qtbot: QtBot, theme: Theme) -> MapChart:
    """A map with two measured cells."""
    chart = MapChart(theme, 0, TRIALS.get)
    qtbot.addWidget(chart)
    chart.resize(600, 420)
    with qtbot.waitExposed(chart):
        chart.show()
    chart.show_map(map_of({}, *TRIALS.values()), 5, Colouring.FIXED)
    return chart


def focus(qtbot: QtBot, chart: MapChart) -> None:
    """Come to the chart by Tab."""
    chart.clearFocus()
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(chart.hasFocus)


@pytest.mark.parametrize(
    ("key", "reached"),
    [(Qt.Key.Key_Right, 6), (Qt.Key.Key_Left, 4), (Qt.Key.Key_Up, 9), (Qt.Key.Key_Down, 1)],
)
def test_arrow_keys_go_to_the_neighbouring_cell(
    qtbot: QtBot, chart: MapChart, key: Qt.Key, reached: int
) -> None:
    pointed: list[object] = []
    chart.pointed.connect(pointed.append)
    focus(qtbot, chart)
    assert pointed[-1] == 5, "the best comes first"
    qtbot.keyClick(chart, key)
    assert pointed[-1] == reached


def test_keys_stop_at_the_edge_and_return_chooses(qtbot: QtBot, chart: MapChart) -> None:
    chosen: list[object] = []
    chart.chosen.connect(chosen.append)
    focus(qtbot, chart)
    for _ in range(9):
        qtbot.keyClick(chart, Qt.Key.Key_Left)
        qtbot.keyClick(chart, Qt.Key.Key_Down)
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert chosen == [0]


def test_a_click_chooses_the_cell_under_it(qtbot: QtBot, chart: MapChart) -> None:
    chosen: list[object] = []
    chart.chosen.connect(chosen.append)
    assert chart.picture is not None
    place = chart.picture.place_of(10)
    assert place is not None
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert chosen == [10]


def test_the_tip_has_every_seed(chart: MapChart) -> None:
    tip = chart.tip(5)
    assert "490" in tip
    assert "480" in tip
    assert "500" in tip
    assert "700" in tip, "at which step it was solved"
    assert chart.tip(3).count("<br>") == 2, "of a cell that is not measured its values only"


def test_the_same_map_again_is_not_drawn_again(chart: MapChart) -> None:
    before = chart.picture
    chart.show_map(map_of({}, *TRIALS.values()), 5, Colouring.FIXED)
    assert chart.picture is before
    chart.show_map(map_of({1: 10.0}, *TRIALS.values()), 5, Colouring.FIXED)
    assert chart.picture is not before
