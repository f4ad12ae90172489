"""A plot over steps: what lies on its border is drawn whole."""

from __future__ import annotations

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from ppo_desktop.views.charts.scales import Range, Tick
from ppo_desktop.views.steps_plot import StepsPlot
from ppo_desktop.views.theme import Theme

SIZE = 7
RED = QColor("#ff0000")


def no_ticks(shown: Range, most: int) -> list[Tick]:
    return []


@pytest.mark.parametrize("steps", [0.0, 100.0])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_point_on_the_border_is_whole(qtbot: QtBot, theme: Theme, steps: float, value: float) -> None:
    plot = StepsPlot(theme, small=False)
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.apply_theme()
    with qtbot.waitExposed(plot):
        plot.show()
    plot.set_last_step(100.0)
    plot.set_steps_range(0.0, 100.0)
    plot.set_values((0.0, 1.0), no_ticks)
    plot.addItem(pg.ScatterPlotItem(x=[steps], y=[value], size=SIZE, pen=None, brush=RED, symbol="s"))
    image = plot.grab().toImage()
    red = {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if QColor(image.pixel(x, y)).red() > 200 and QColor(image.pixel(x, y)).green() < 100
    }
    columns, rows = ([place[axis] for place in red] for axis in (0, 1))
    assert max(columns) - min(columns) >= SIZE - 2
    assert max(rows) - min(rows) >= SIZE - 2
