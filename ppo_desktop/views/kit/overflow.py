"""What becomes of panels for which a window is too small: they stand one below the other, and scroll."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QSplitter, QWidget

HANDLE = 8
"""Pixels between two panels of a splitter."""
_LEAST_LINES = 8
"""Height below which an area that scrolls shows too little, in lines of text."""


class OverflowArea(QScrollArea):
    """Gives its content all the room there is; where that is less than the least it needs, it scrolls.

    The area itself asks for a few lines only, so that nothing in it makes a window larger than its screen.
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = content
        self.setWidget(content)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._show_focused)

    def minimumSizeHint(self) -> QSize:
        least = _LEAST_LINES * self.fontMetrics().lineSpacing()
        return QSize(least, least)

    def sizeHint(self) -> QSize:
        """As its least size: what stands beside it may take what it needs."""
        return self.minimumSizeHint()

    def _show_focused(self, _before: QWidget | None, focused: QWidget | None) -> None:
        """Scroll to what was reached with the keyboard; what is clicked on can be seen already."""
        if focused is None or QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        if self.isAncestorOf(focused):
            self.scroll_to(focused)

    def scroll_to(self, widget: QWidget) -> None:
        """Show a widget inside, all of it if there is room; of plots Qt itself would show a corner."""
        middle = widget.mapTo(self._content, widget.rect().center())
        self.ensureVisible(middle.x(), middle.y(), widget.width() // 2 + 1, widget.height() // 2 + 1)


class VerticalScrollArea(OverflowArea):
    """Scrolls up and down only: it is never narrower than what it holds, whatever the font."""

    def __init__(self, content: QWidget) -> None:
        super().__init__(content)
        self._size_told = QSize()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def minimumSizeHint(self) -> QSize:
        most = self.sizeHint()
        return QSize(most.width(), min(most.height(), super().minimumSizeHint().height()))

    def sizeHint(self) -> QSize:
        """High enough to show all of its content: what stands in a stack does not scroll by itself."""
        least = _least_size(self._content)
        self._size_told = QSize(least.width() + self.verticalScrollBar().sizeHint().width(), least.height())
        return self._size_told

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # a number may have changed, which needs no other room
            told = self._size_told
            if self.sizeHint() != told:
                self.updateGeometry()
        return super().viewportEvent(event)


class StackedSplitter(QSplitter):
    """Panels one below the other, none of which can be closed.

    Args:
        sizes: {panel: how high it is beside the others at first}, from top to bottom.
    """

    def __init__(self, sizes: dict[QWidget, int]) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.setHandleWidth(HANDLE)
        self.setChildrenCollapsible(False)
        for panel in sizes:
            self.addWidget(panel)
        self.setSizes([*sizes.values()])


class WrappingSplitter(QSplitter):
    """Panels side by side; where they do not fit, one below the other, each as high as it likes to be.

    One that is shown alone has all the room.

    Args:
        factors: {panel: its share of room that is left over}, from left to right.
    """

    def __init__(self, factors: dict[QWidget, int]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._all_panels = list(factors)
        self._widths = QByteArray()
        self._is_compact = False
        self.setHandleWidth(HANDLE)
        self.setChildrenCollapsible(False)
        for place, (panel, stretch) in enumerate(factors.items()):
            self.addWidget(panel)
            self.setStretchFactor(place, stretch)

    @property
    def _panels(self) -> list[QWidget]:
        """The panels that are shown: all of them, unless one of them fills the page."""
        return [panel for panel in self._all_panels if not _is_put_away(panel)]

    @property
    def is_stacked(self) -> bool:
        """Whether the panels stand one below the other."""
        return self.orientation() is Qt.Orientation.Vertical

    def set_compact(self, is_compact: bool) -> None:
        """Let stacked panels be as low as they can be, so that all are seen, or as they like to be."""
        if is_compact is not self._is_compact:
            self._is_compact = is_compact
            if self.is_stacked:
                self.setSizes(self._stacked_heights())
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """As wide as the widest panel, whether or not there is room for more."""
        least = [_least_size(panel) for panel in self._panels]
        width = max((size.width() for size in least), default=0)
        if not self.is_stacked or len(least) == 1:
            return QSize(width, max((size.height() for size in least), default=0))
        return QSize(width, sum(self._stacked_heights()) + self._width_of_handles)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        is_handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:  # a panel needs more room than before, or less
            self._arrange()
        return is_handled

    def saveState(self) -> QByteArray:
        """Return the widths of the panels, those they last had if they are stacked now."""
        return self._widths if self.is_stacked else super().saveState()

    def _arrange(self) -> None:
        if self._panels != self._all_panels:
            return  # one of them has all the room
        needed = sum(_least_size(panel).width() for panel in self._panels) + self._width_of_handles
        if (needed > self.width()) is not self.is_stacked:
            self._turn()
            self.updateGeometry()
        if self.is_stacked and not self._is_compact and self.sizes() != self._stacked_heights():
            self.setSizes(self._stacked_heights())

    def _turn(self) -> None:
        if self.is_stacked:
            self.restoreState(self._widths)
        else:
            self._widths = super().saveState()
            self.setOrientation(Qt.Orientation.Vertical)

    @property
    def _width_of_handles(self) -> int:
        return self.handleWidth() * (self.count() - 1)

    def _stacked_heights(self) -> list[int]:
        least = [_least_size(panel) for panel in self._panels]
        if self._is_compact:
            return [size.height() for size in least]
        return [
            size.expandedTo(panel.sizeHint()).height()
            for size, panel in zip(least, self._panels, strict=True)
        ]


def _is_put_away(widget: QWidget) -> bool:
    """Whether a widget was hidden, which one that has merely not been shown yet was not.

    What `Hiding` keeps hidden is not so explicitly, but was shown before.
    """
    was_asked_for, was_shown = (
        widget.testAttribute(attribute)
        for attribute in (
            Qt.WidgetAttribute.WA_WState_ExplicitShowHide,
            Qt.WidgetAttribute.WA_WState_Created,
        )
    )
    return widget.isHidden() and (was_asked_for or was_shown)


def _least_size(widget: QWidget) -> QSize:
    return widget.minimumSizeHint().expandedTo(widget.minimumSize())
