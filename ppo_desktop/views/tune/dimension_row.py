"""A row of the search space: whether a hyperparameter is searched, and in which range."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from ppo_desktop.ppo.declaration import Declaration, Value
from ppo_desktop.study.dimension import MOST_POINTS, Dimension, usual_dimension
from ppo_desktop.views.controls import explained, laid_out, named, with_role
from ppo_desktop.views.hyperparameter_row import hyperparameter_title
from ppo_desktop.views.number_boxes import NumberBox
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.range_slider import RangeEnd, RangeSlider


@dataclass(frozen=True)
class RowState:
    """What a row shows.

    Attributes:
        dimension: Its range, or the one it would have.
        is_ticked: Whether it is searched.
        inactive_reason: Why it would change nothing here; empty if it would.
        is_locked: Whether nothing of it can be changed.
        is_grid: Whether the number of its values counts.
        in_train: The value it has where it is not searched.
    """

    dimension: Dimension
    is_ticked: bool
    inactive_reason: str
    is_locked: bool
    is_grid: bool
    in_train: Value


class _Title(QLabel):
    """A click on it is one on the box beside it."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()


class DimensionRow(QWidget):
    """Announces what the user asks for; a range, where it is a number, else the choices."""

    ticked = Signal(str, bool)
    range_wanted = Signal(str, float, float)
    points_wanted = Signal(str, int)
    complained = Signal(str)

    def __init__(self, declaration: Declaration, theme: Theme) -> None:
        super().__init__()
        self.declaration = declaration
        self._theme = theme
        self._state: RowState | None = None
        self._build()
        explained(self, declaration.name)
        theme.changed.connect(self._show_title)

    def _build(self) -> None:
        declaration = self.declaration
        label = f"Search {declaration.label}"
        self._box = named(QCheckBox(), f"{declaration.name}_tick", label, declaration.name)
        self._box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._box.toggled.connect(lambda on: self.ticked.emit(declaration.name, on))
        self._title = _Title()
        self._title.clicked.connect(self._box.click)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._box, 0, 0)
        self._grid.addWidget(self._title, 0, 1)
        if declaration.numeric:
            self._build_range()
        else:
            choices = " · ".join(map(declaration.format, usual_dimension(declaration.name).choices))
            self._choices = with_role(QLabel(choices), "muted")
            self._grid.addWidget(self._choices, 0, 2)

    def _build_range(self) -> None:
        declaration = self.declaration
        self._slider = RangeSlider(declaration, self._theme)
        self._slider.range_chosen.connect(self._want)
        self._slider.usual_asked.connect(self._want_usual)
        self._low, self._high = (RangeEnd(declaration, end) for end in ("low", "high"))
        self._low.chosen.connect(lambda low: self._want(low, self._high_end))
        self._high.chosen.connect(lambda high: self._want(self._low_end, high))
        for end in (self._low, self._high):
            end.complained.connect(self.complained)
        self._points = NumberBox(2, MOST_POINTS, " values")
        accessible_name = f"{declaration.label}, values of the grid"
        named(self._points, f"{declaration.name}_points", accessible_name, "grid_points")
        self._points.valueChanged.connect(lambda n: self.points_wanted.emit(declaration.name, n))
        ends = QHBoxLayout()
        ends.setSpacing(3)
        for widget in (self._low, QLabel("–"), self._high):
            ends.addWidget(widget)
        self._grid.addLayout(ends, 0, 2)
        line = laid_out(QHBoxLayout(), (self._slider, 1), self._points)
        self._grid.addLayout(line, 1, 0, 1, 3)

    # ---- what it shows -------------------------------------------------------------------------------

    def show_state(self, state: RowState) -> None:
        """Show what is set up."""
        if state == self._state:
            self._put_back()
            return
        self._state = state
        self._box.blockSignals(True)
        self._box.setChecked(state.is_ticked)
        self._box.blockSignals(False)
        self._box.setEnabled(not state.inactive_reason and not state.is_locked)
        self._show_title()
        explained(self, self.declaration.name, _note(state))
        if self.declaration.numeric:
            self._show_range(state)
        else:
            self._choices.setEnabled(state.is_ticked)

    def _put_back(self) -> None:
        """Let what was typed or dragged, and refused, give way to what holds."""
        if self.declaration.numeric:
            self._slider.show_range(self._low_end, self._high_end)
            self._low.show_value(self._low_end)
            self._high.show_value(self._high_end)

    def _show_range(self, state: RowState) -> None:
        if not self.declaration.numeric:
            return
        low, high = self._low_end, self._high_end
        self._slider.show_range(low, high)
        self._low.show_value(low)
        self._high.show_value(high)
        self._slider.show_tick(_tick_value(state))
        is_free = state.is_ticked and not state.is_locked
        for end in (self._low, self._high):
            end.setEnabled(is_free)
        self._slider.setEnabled(state.is_ticked)
        self._slider.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, state.is_locked)
        for handle in self._slider.handles:
            handle.setEnabled(is_free)
        self._points.setVisible(state.is_grid and state.is_ticked and state.dimension.is_range)
        self._points.setEnabled(is_free)
        self._points.show_value(state.dimension.points)

    def _show_title(self) -> None:
        is_grey = self._state is not None and not self._state.is_ticked
        title = hyperparameter_title(self.declaration, self._theme, is_main=False, is_grey=is_grey)
        if is_grey:
            title = f'<span style="color:{self._theme.colour("muted").name()}">{title}</span>'
        self._title.setText(title)

    # ---- what the user asks for ----------------------------------------------------------------------

    @property
    def _low_end(self) -> float:
        assert self._state is not None
        assert self._state.dimension.low is not None
        return self._state.dimension.low

    @property
    def _high_end(self) -> float:
        assert self._state is not None
        assert self._state.dimension.high is not None
        return self._state.dimension.high

    def _want(self, low: float, high: float) -> None:
        self.range_wanted.emit(self.declaration.name, low, high)

    def _want_usual(self) -> None:
        usual = usual_dimension(self.declaration.name)
        assert usual.low is not None
        assert usual.high is not None
        self._want(usual.low, usual.high)


def _note(state: RowState) -> str:
    """Return what is particular about a row, for its tooltip."""
    if state.inactive_reason:
        return state.inactive_reason
    value = state.dimension.declaration.format(state.in_train)
    tick = "" if _tick_value(state) is None else " (the tick below the line)"
    if state.is_ticked:
        return f"Searched. Without the search it is {value}{tick}."
    return f"Not searched: every trial has {value}{tick}."


def _tick_value(state: RowState) -> float | None:
    """Return the number that is marked on the line; None where it has no place there."""
    scale, value = state.dimension.declaration.scale, state.in_train
    if scale is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if scale.low <= value <= scale.high else None
