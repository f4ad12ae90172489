"""Below the figures: all trials as a table, as lines, and what fresh seeds say; one of them at a time."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ppo_desktop.views.controls import SegmentButton, named, segments


class ResultsTabs(QFrame):
    """A card with a row of tabs; each may bring a control that stands beside them while it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._group = QButtonGroup(self)
        self._stack = QStackedWidget()
        self._corners = QStackedWidget()
        self._frame = segments()
        header = QHBoxLayout()
        header.addWidget(self._frame)
        header.addStretch(1)
        header.addWidget(self._corners)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(4)
        column.addLayout(header)
        column.addWidget(self._stack, 1)
        self._group.idClicked.connect(self._show)

    def add(
        self, title: str, object_name: str, explanation: str, widget: QWidget, corner: QWidget | None = None
    ) -> None:
        """Add a tab; the first one is shown.

        Args:
            title: The word on it.
            object_name: Its name for tests.
            explanation: Key of its explanation.
            widget: What is shown.
            corner: Stands beside the tabs while it is shown.
        """
        button = named(SegmentButton(title), object_name, title, explanation)
        layout = self._frame.layout()
        assert layout is not None
        layout.addWidget(button)  # before the others: Tab goes through them in this order
        self._corners.addWidget(corner or QWidget())
        self._group.addButton(button, self._stack.addWidget(widget))
        if self._stack.count() == 1:
            button.setChecked(True)

    def show_tab(self, widget: QWidget) -> None:
        """Show the tab of a widget."""
        number = self._stack.indexOf(widget)
        self._group.button(number).setChecked(True)
        self._show(number)

    def _show(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        self._corners.setCurrentIndex(number)
