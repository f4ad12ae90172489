"""A plot over steps: what lies on its border is drawn whole."""

from __future__ import annotations

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from ppo_desktop.views.charts.curve_axes import StepsPlot
from ppo_desktop.views.charts.scales import FixedScale, Range
from ppo_desktop.views.theme import Theme

SIZE = 7
RED = QColor("#ff0000")


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
    plot.set_values((0.0, 1.0), FixedScale())
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


@pytest.mark.parametrize("width", [160, 300, 640])
@pytest.mark.parametrize(
    ("shown", "ends"),
    [
        ((0.0, 50_000.0), ("0", "50k")),
        ((123_456.0, 2_345_678.0), ("123k", "2.346M")),
        ((1_000_010.0, 1_000_210.0), ("1.00001M", "1.00021M")),
        ((0.0, 153_600.0), ("0", "153.6k")),
    ],
)
def test_an_axis_shows_the_numbers_at_its_ends_and_no_two_overlap(
    qtbot: QtBot, theme: Theme, shown: Range, ends: tuple[str, str], width: int
) -> None:
    plot = StepsPlot(theme, small=False)
    qtbot.addWidget(plot)
    plot.resize(width, 200)
    plot.apply_theme()
    with qtbot.waitExposed(plot):
        plot.show()
    plot.set_last_step(10_000_000.0)
    plot.set_steps_range(*shown)
    axis = plot.plotItem.getAxis("bottom")
    image = QImage(width, 200, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    *_, texts = axis.generateDrawSpecs(painter)
    painter.end()
    assert (texts[0][2], texts[-1][2]) == ends
    rects = [rect for rect, *_ in texts]
    assert not any(one.intersects(other) for one in rects for other in rects if one is not other)
    assert axis.mapRectToScene(rects[-1]).right() <= width
