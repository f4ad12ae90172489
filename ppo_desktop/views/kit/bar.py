"""A bar of two groups of controls, side by side where they fit, else in rows; and the button that starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.views.controls import laid_out, named, with_role

GAP = 6
_ACTIONS = {
    JobState.RUNNING: ("❚❚", "Pause"),
    JobState.PAUSED: ("▶", "Resume"),
    JobState.OPENING: ("", "Opening…"),
    JobState.FINISHING: ("", "Finishing…"),
}
"""{state: the sign of what a press does, none where that is nothing, and the words}."""


class WrappingBar(QFrame):
    """Breaks its rows as a text breaks its lines, between the groups rather than inside one.

    No row ends with a caption, which is a label whose buddy comes next. The bar likes to be as wide as its
    wider group, and can be as narrow as its widest control. What is left over
    of a row is for the widget in it whose size policy has a stretch; else the second group stands at the
    right end, with the first or in a row of its own. What comes and goes in it changes no row's height,
    and keeps its place where its size policy says so. Where a row is full, what may be narrower is, before
    another row begins: the widgets with a maximum size policy.

    Args:
        gap: Between two controls, in pixels.
    """

    def __init__(self, gap: int = GAP) -> None:
        super().__init__()
        self._gap = gap
        self._groups: tuple[Sequence[QWidget], Sequence[QWidget]] = ((), ())
        self._gives_way: QWidget | None = None
        self._rows: list[list[QWidget]] = []
        self._lines: list[QHBoxLayout] = []
        self._layout = laid_out(QVBoxLayout(self), margins=(0, 0, 0, 0), spacing=gap)

    def set_groups(
        self, first: Sequence[QWidget], second: Sequence[QWidget], *, gives_way: QWidget | None = None
    ) -> None:
        """Show these controls.

        Args:
            first: From left to right.
            second: Likewise.
            gives_way: The one of them that is hidden rather than use another row for it.
        """
        self._groups, self._gives_way = (first, second), gives_way
        for widget in (*first, *second):
            widget.setParent(self)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        widths = [_width_of(widget) for group in self._shown(is_whole=False) for widget in group]
        return QSize(max(widths, default=0) + self._margins(), self._height())

    def sizeHint(self) -> QSize:
        """Wide enough for each group in a row of its own."""
        widths = map(self._width_of_row, self._shown(is_whole=False))
        return QSize(max(widths) + self._margins(), self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # something in it has become wider or narrower
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        """Use as few rows as the width allows; what gives way is there where nothing is cut for it."""
        rows = self._broken(is_whole=False)
        if self._gives_way is not None:
            whole = self._broken(is_whole=True)
            is_whole = len(whole) == len(rows)
            if self._gives_way.isHidden() is is_whole:
                self._gives_way.setVisible(is_whole)
            rows = whole if is_whole else rows
        if rows != self._rows:
            self._rows = rows
            self._fill_lines()
            self.updateGeometry()

    def _shown(self, *, is_whole: bool) -> list[list[QWidget]]:
        """Return what is shown of each group, with what gives way or without it."""
        return [
            [widget for widget in group if (is_whole if widget is self._gives_way else _has_place(widget))]
            for group in self._groups
        ]

    def _broken(self, *, is_whole: bool) -> list[list[QWidget]]:
        """Return what stands in each row."""
        width = self.width() - self._margins()
        first, second = self._shown(is_whole=is_whole)
        both = [*first, *second]
        if self._width_of_row(both) + (self._cut_of(both) if is_whole else 0) <= width:
            return [[*first, *second]]
        rows = [*self._rows_of(first, width), *self._rows_of(second, width)]
        if len(rows) > 2 and self._width_of_row([*rows[-2], *rows[-1]]) <= width and rows[-1] == second:
            rows[-2:] = [[*rows[-2], *rows[-1]]]  # what is left of the first group's last row is enough
        return rows

    def _rows_of(self, group: Sequence[QWidget], width: int) -> list[list[QWidget]]:
        """Return what of a group stands in each row of this width."""
        rows: list[list[QWidget]] = [[]]
        for widget in group:
            if rows[-1] and self._width_of_row([*rows[-1], widget]) > width:
                caption = rows[-1].pop() if _is_caption(rows[-1][-1], widget) else None
                rows.append([] if caption is None else [caption])
            rows[-1].append(widget)
        return rows

    def _fill_lines(self) -> None:
        for line in self._lines:
            while line.takeAt(0) is not None:
                pass
        while len(self._lines) < len(self._rows):
            self._lines.append(QHBoxLayout())
            self._lines[-1].setSpacing(self._gap)
            self._layout.addLayout(self._lines[-1])
        for line, row in zip(self._lines, self._rows, strict=False):
            for widget in row:
                line.addWidget(widget)
            if not any(widget.sizePolicy().horizontalStretch() for widget in row):
                line.insertStretch(sum(widget in self._groups[0] for widget in row), 1)

    def _width_of_row(self, widgets: Sequence[QWidget]) -> int:
        return sum(map(_width_of, widgets)) + self._gap * max(0, len(widgets) - 1)

    def _cut_of(self, widgets: Sequence[QWidget]) -> int:
        """Return by how much those that may be narrower are so, in the width of a row."""
        narrower = [widget for widget in widgets if _may_be_narrower(widget)]
        return sum(max(0, widget.sizeHint().width() - _width_of(widget)) for widget in narrower)

    def _height(self) -> int:
        """Return what its rows need, the last of them also where what belongs into it is hidden."""
        present = max((_size_of(widget).height() for row in self._rows[-1:] for widget in row), default=0)
        tallest = max((_size_of(widget).height() for widget in self._groups[1]), default=0)
        return super().sizeHint().height() + max(0, tallest - present)

    def _margins(self) -> int:
        margins = self.contentsMargins()
        return margins.left() + margins.right()


def _is_caption(label: QWidget, widget: QWidget) -> bool:
    return isinstance(label, QLabel) and label.buddy() is widget


def _has_place(widget: QWidget) -> bool:
    return not widget.isHidden() or widget.sizePolicy().retainSizeWhenHidden()


def _may_be_narrower(widget: QWidget) -> bool:
    return widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Maximum


def _width_of(widget: QWidget) -> int:
    return _size_of(widget).width()


def _size_of(widget: QWidget) -> QSize:
    """Return the size at which nothing in a control is cut, or the least of one that may be narrower."""
    hint = widget.minimumSizeHint()
    if not widget.sizePolicy().horizontalStretch() and not _may_be_narrower(widget):
        hint = hint.expandedTo(widget.sizeHint())
    return hint.expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())


class StartButton(QPushButton):
    """Starts, pauses and goes on; what is still being typed counts, for a click leaves no field.

    Args:
        object_name: Its name for tests.
        explanation: Key of its explanation.
        toggle: Called when it is pressed.
    """

    def __init__(self, object_name: str, explanation: str, toggle: Callable[[], object]) -> None:
        super().__init__()
        with_role(named(self, object_name, "", explanation), "start")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._toggle = toggle
        self.clicked.connect(self.press)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._keep_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_room()

    def _keep_room(self) -> None:
        """Be no narrower than the words need: the least width of the style sheet would allow it."""
        self.setMinimumWidth(self.sizeHint().width())

    def press(self) -> None:
        """Do what it is for, also where a key has asked for it."""
        take_what_is_typed(self.window())
        self._toggle()

    def show_state(self, state: JobState, start: str) -> None:
        """Say what it does in a state of the job; where nothing is under way, in the words of `start`."""
        sign, words = _ACTIONS.get(state, ("▶", start))
        self.setText(f"{sign} {words}".strip())
        self.setAccessibleName(words)
        self.setEnabled(bool(sign))
        self._keep_room()


class JobBar(WrappingBar):
    """The bar of a page of a job.

    Attributes:
        start: Its button that starts the job.
    """

    start: StartButton


def take_what_is_typed(part: QWidget) -> None:
    """Let what is being typed in a part of the window, hidden pages apart, count as if its field was left."""
    for line in part.findChildren(QLineEdit):
        if line.isModified() and line.isVisibleTo(part):
            line.editingFinished.emit()
    for box in part.findChildren(QAbstractSpinBox):
        if box.isVisibleTo(part):
            box.interpretText()
