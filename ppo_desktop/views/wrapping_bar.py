"""A bar of two groups of controls, side by side where they fit, else in two rows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

GAP = 6


class WrappingBar(QWidget):
    """As wide as the wider group at least.

    Attributes:
        first: The group at the left, or above.
        second: The group at the right, or below.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = QHBoxLayout(), QHBoxLayout()
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        for group, stretch in ((self.first, 1), (self.second, 0)):
            group.setSpacing(GAP)
            self._layout.addLayout(group, stretch)

    def minimumSizeHint(self) -> QSize:
        wider = max(self.first.minimumSize().width(), self.width_of_second())
        return QSize(wider, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # something in it has become wider or narrower
            self.arrange()
        return super().event(event)

    def arrange(self) -> None:
        """Use one row or two, as the width allows."""
        fits = self.width_of_one_row() <= self.width()
        direction = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() is not direction:
            self._layout.setDirection(direction)
            self.updateGeometry()

    def width_of_second(self) -> int:
        """Return the least width of the second group."""
        return self.second.minimumSize().width()

    def width_of_one_row(self) -> int:
        """Return the least width of both groups side by side."""
        return self.first.minimumSize().width() + GAP + self.width_of_second()
