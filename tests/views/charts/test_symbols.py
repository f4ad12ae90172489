"""Stamped dots look as drawn ones, and in a file they are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.views.charts.symbols import Diamond, Dot, paint_symbols

GRID = np.array([[10.0 + 12 * column, 10.0 + 12 * row] for column in range(8) for row in range(8)])


def painted(pieces: list[Numbers], scale: int) -> np.ndarray:
    image = QImage(110 * scale, 110 * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for points in pieces:
        paint_symbols(painter, points, Dot(3.0, QColor("navy"), QColor("orange")))
    painter.end()
    return np.array(image.constBits(), dtype=float).reshape(image.height(), image.width(), 4)[..., :3]


@pytest.mark.parametrize("scale", [1, 2])
def test_many_stamped_dots_look_as_few_that_are_drawn_one_by_one(qapp: QApplication, scale: int) -> None:
    del qapp
    stamped = painted([GRID], scale)
    one_by_one = painted([point[None, :] for point in GRID], scale)
    assert np.abs(stamped - one_by_one).mean() < 2.0
    assert (stamped < 250).any()


def test_in_a_file_every_dot_is_a_shape(qapp: QApplication) -> None:
    del qapp
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    painter = QPainter(generator)
    paint_symbols(painter, GRID, Dot(3.0, QColor("navy")))
    painter.end()
    svg = buffer.data().data().decode()
    assert svg.count("<circle") + svg.count("<ellipse") == len(GRID)
    assert "<image" not in svg


def test_a_rim_sets_a_diamond_off_from_what_is_below(qapp: QApplication) -> None:
    del qapp
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("#000080"))
    painter = QPainter(image)
    paint_symbols(painter, np.array([[20.0, 20.0]]), Diamond(8.0, QColor("grey"), QColor("white")))
    painter.end()
    colours = {image.pixelColor(20, y).name() for y in range(20)}
    assert {"#000080", "#ffffff", QColor("grey").name()} <= colours
