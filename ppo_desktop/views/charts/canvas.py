"""A drawing as an image of the screen's pixels, painted part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from ppo_desktop.views.theme import smooth_painter

PaintStep = Callable[[QPainter], object]
"""Draws a part of a drawing, over those before."""


class Canvas:
    """Keeps what has been painted.

    Args:
        size: Of the widget.
        ratio: Pixels of the screen for each of the widget's.
        parts: What is painted, in order.

    Attributes:
        pixmap: What has been painted so far.
        is_complete: Whether that is all.
    """

    def __init__(self, size: QSize, ratio: float, parts: Iterable[PaintStep]) -> None:
        self._parts = list(parts)
        self.pixmap = QPixmap(size * ratio)
        self.pixmap.setDevicePixelRatio(ratio)
        self.pixmap.fill(Qt.GlobalColor.transparent)

    @property
    def is_complete(self) -> bool:
        """Whether everything has been painted."""
        return not self._parts

    def paint_part(self) -> None:
        """Paint the next part."""
        self._paint(1)

    def paint_all(self) -> None:
        """Paint what is left."""
        self._paint(len(self._parts))

    def _paint(self, n_parts: int) -> None:
        painter = smooth_painter(self.pixmap)
        for part in self._parts[:n_parts]:
            part(painter)
        painter.end()
        del self._parts[:n_parts]
