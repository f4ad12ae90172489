"""A minimal figure: a declaration, and everything the kit does for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.picture import Picture, plotted
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.charts.shapes import Key, Level, Scatter
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.figure import Drawing, Figure
from ppo_desktop.views.theme import Theme
from tests.exported_figures import assert_exported_three_ways
from tests.shown_studies import mouse, point_at

NAMES = ("a", "b", "c")
COLUMNS, ROWS = np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, np.nan])


class ResultsChart(Chart):
    """Three results, one of which is not known."""

    def picture_in(self, room: QRectF) -> Picture:
        dots = Scatter(COLUMNS, ROWS, Dot(3.0, self._theme.colour("accent")), NAMES, legend="result")
        axes = Axis(LinearScale(), (0.0, 4.0), "seed"), Axis(LinearScale(), (0.0, 40.0), has_grid=True)
        return plotted(self._theme, room, *axes, [Level(20.0, "solved"), dots])

    def note(self) -> str:
        return "Nothing yet."

    def tip(self, key: Key) -> str:
        return f"<qt>result of {key}</qt>"


@pytest.fixture
def chart(qtbot: QtBot, theme: Theme) -> ResultsChart:
    chart = ResultsChart(theme, "scatter", "Results", "trial_curves")
    qtbot.addWidget(chart)
    chart.resize(300, 200)
    with qtbot.waitExposed(chart):
        chart.show()
    return chart


def place(chart: ResultsChart, key: str) -> QPointF:
    assert chart.picture is not None
    point = chart.picture.place_of(key)
    assert point is not None
    return point


def test_what_is_near_the_mouse_is_pointed_at_and_opened(qtbot: QtBot, chart: ResultsChart) -> None:
    with qtbot.waitSignal(chart.pointed) as pointed:
        point_at(chart, place(chart, "b") + QPointF(4, 3))
    assert pointed.args == ["b"]
    assert chart.tip_at(place(chart, "a")) == "<qt>result of a</qt>"
    assert chart.tip_at(QPointF(0, 0)) == ""
    with qtbot.waitSignal(chart.opened) as opened:
        mouse(chart, QEvent.Type.MouseButtonDblClick, place(chart, "a"))
    assert opened.args == ["a"]


def test_arrow_keys_go_through_what_has_a_place_and_no_further(qtbot: QtBot, chart: ResultsChart) -> None:
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(chart.hasFocus)
    assert chart.accessibleDescription() == "result of b"
    for key, reached in ((Qt.Key.Key_Left, "a"), (Qt.Key.Key_Left, "a"), (Qt.Key.Key_Right, "b")):
        with qtbot.waitSignal(chart.pointed) as pointed:
            qtbot.keyClick(chart, key)
        assert pointed.args == [reached]


def test_pointing_something_out_changes_the_image_around_it_only(chart: ResultsChart) -> None:
    plain = chart.grab().toImage()
    chart.set_highlighted("a")
    pointed = chart.grab().toImage()
    ring = place(chart, "a").toPoint()
    assert pointed != plain
    far = place(chart, "b").toPoint()
    assert pointed.pixelColor(far) == plain.pixelColor(far)
    assert any(pointed.pixelColor(ring.x() + dx, ring.y()) != plain.pixelColor(ring.x() + dx, ring.y())
               for dx in range(4, 10))  # fmt: skip


def test_the_same_description_is_painted_into_an_image_as_lines_and_text_and_on_paper(
    chart: ResultsChart, theme: Theme, tmp_path: Path
) -> None:
    figure = Figure(theme, Drawing(chart.paint_in, share=0.5), "Results", "What is known of them")
    svg = assert_exported_three_ways(figure, tmp_path)
    assert "<image" not in svg
    for text in ("result", "seed", "solved"):
        assert f">{text}<" in svg


def test_a_legend_that_does_not_fit_in_a_line_goes_on_in_a_second(chart: ResultsChart, theme: Theme) -> None:
    names = ("one result", "another result", "a third result")
    dots = [Scatter(COLUMNS, ROWS, Dot(3.0, theme.colour("accent")), legend=name) for name in names]
    axes = Axis(LinearScale(), (0.0, 4.0)), Axis(LinearScale(), (0.0, 40.0))
    legends = [plotted(theme, QRectF(0, 0, width, 200), *axes, dots).legend for width in (600, 300)]
    assert all(legend is not None and legend.texts == list(reversed(names)) for legend in legends)
    heights = [legend.height for legend in legends if legend is not None]
    assert heights[1] == 2 * heights[0]
