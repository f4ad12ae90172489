"""The small picture of a run's returns."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen, QPixmap

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.runs.summary import Summary
from ppo_desktop.views.charts.shapes import polygon
from ppo_desktop.views.theme import smooth_painter

WIDTH, HEIGHT = 76, 17
_MARGIN = 2.0


def thumbnail(summary: Summary, colour: QColor, ratio: float) -> QPixmap:
    """Return a run's curve over all of its steps; of environments that are known on one scale for all runs.

    Args:
        summary: What is said of the run.
        colour: Of the line.
        ratio: Device pixels for each pixel.
    """
    pixmap = QPixmap(round(WIDTH * ratio), round(HEIGHT * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    if summary.curve:
        points = np.array(summary.curve)
        known = KNOWN_ENVIRONMENTS.get(summary.environment_id)
        low, high = known.return_range if known is not None else (points[:, 1].min(), points[:, 1].max())
        x = _within(points[:, 0], float(points[0, 0]), float(points[-1, 0])) * (WIDTH - 2 * _MARGIN) + _MARGIN
        y = (1.0 - _within(points[:, 1], low, high)) * (HEIGHT - 2 * _MARGIN) + _MARGIN
        painter = smooth_painter(pixmap)
        painter.setPen(QPen(colour, 1.4))
        painter.drawPolyline(polygon(np.stack([x, y], axis=1)))
        painter.end()
    return pixmap


def _within(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return where values are between two ends, 0…1."""
    return np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
