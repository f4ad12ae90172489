"""A row of the search space: whether a hyperparameter is searched, and in which range."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.ppo.declaration import Declaration, Value
from ppo_desktop.study.dimension import MOST_POINTS, usual_dimension
from ppo_desktop.study.samplers import EXHAUSTIVE
from ppo_desktop.views.controls import explained, laid_out, named, with_role
from ppo_desktop.views.hyperparameter_row import HyperparameterNumber, hyperparameter_title
from ppo_desktop.views.kit.fields import NumberBox, Switch
from ppo_desktop.views.kit.sliders import RangeSlider
from ppo_desktop.views.theme import Theme


class _Title(QLabel):
    """A click on it is one on the box beside it."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()


class DimensionRow(QWidget):
    """Sets up whether a hyperparameter is searched; of a number its range, else the choices are shown."""

    def __init__(self, declaration: Declaration, drafting: TuneDrafting, theme: Theme) -> None:
        super().__init__()
        self.declaration = declaration
        self._drafting = drafting
        self._theme = theme
        self._build()
        theme.changed.connect(self._show_title)

    def _build(self) -> None:
        field = self.declaration.name
        self._box = Switch(f"{field}_tick", f"Search {self.declaration.label}", field)
        self._box.chosen.connect(partial(self._drafting.tick, field))
        self._title = _Title()
        self._title.clicked.connect(self._box.click)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._box, 0, 0)
        grid.addWidget(self._title, 0, 1)
        if self.declaration.numeric:
            self._build_range(grid)
        else:
            choices = " · ".join(map(self.declaration.format, usual_dimension(field).choices))
            self._choices = with_role(QLabel(choices), "muted")
            grid.addWidget(self._choices, 0, 2)

    def _build_range(self, grid: QGridLayout) -> None:
        declared, drafting, field = self.declaration, self._drafting, self.declaration.name
        end = range_end(declared)
        self._slider = RangeSlider(end, self._theme)
        self._slider.chosen.connect(partial(drafting.set_range, field))
        self._slider.usual_asked.connect(lambda: drafting.set_range(field, *usual_dimension(field).ends))
        self._numbers = low, high = [
            HyperparameterNumber(end, f"{field}_{name}", f"{declared.label}, {name} end as text", "1.5e-4")
            for name in ("low", "high")
        ]
        low.chosen.connect(lambda value: drafting.set_range(field, float(value), self._ends[1]))
        high.chosen.connect(lambda value: drafting.set_range(field, self._ends[0], float(value)))
        for number in (low, high):
            number.setToolTip("")  # the row has it
            number.complained.connect(lambda why: drafting.refuse(f"End of a range: {why}"))
        self._points = NumberBox(2, MOST_POINTS, " values")
        named(self._points, f"{field}_points", f"{declared.label}, values of the grid", "grid_points")
        self._points.chosen.connect(partial(drafting.set_points, field))
        grid.addLayout(laid_out(QHBoxLayout(), low, QLabel("–"), high, spacing=3), 0, 2)
        grid.addLayout(laid_out(QHBoxLayout(), (self._slider, 1), self._points), 1, 0, 1, 3)

    # ---- what it shows -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is set up; what was typed or dragged, and refused, gives way to it."""
        draft, is_locked = self._drafting.draft, self._drafting.is_locked
        field = self.declaration.name
        reason, is_ticked = draft.inactive_reason(field), field in draft.ticked
        self._box.show_value(is_ticked)
        self._box.setEnabled(not reason and not is_locked)
        self._show_title()
        explained(self, field, reason or self._note(is_ticked))
        if not self.declaration.numeric:
            self._choices.setEnabled(is_ticked)
            return
        self._slider.show_range(*self._ends)
        self._slider.show_tick(self._tick)
        self._slider.setEnabled(is_ticked)
        self._slider.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, is_locked)
        for number, end in zip(self._numbers, self._ends, strict=True):
            number.show_value(end)
        dimension, is_grid = draft.dimension(field), self._drafting.strategy.sampler in EXHAUSTIVE
        self._points.show_value(dimension.points)
        self._points.setVisible(is_grid and is_ticked and dimension.is_range)
        for part in (*self._numbers, *self._slider.handles, self._points):
            part.setEnabled(is_ticked and not is_locked)

    def _show_title(self) -> None:
        is_grey = self.declaration.name not in self._drafting.draft.ticked
        title = hyperparameter_title(self.declaration, self._theme, is_main=False, is_grey=is_grey)
        if is_grey:
            title = f'<span style="color:{self._theme.colour("muted").name()}">{title}</span>'
        if title != self._title.text():
            self._title.setText(title)

    @property
    def _ends(self) -> tuple[float, float]:
        return self._drafting.draft.dimension(self.declaration.name).ends

    @property
    def _tick(self) -> float | None:
        """The number that is marked on the line, which it has in Train; None where it has no place there."""
        scale, value = self.declaration.scale, self._in_train
        if scale is None or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if scale.low <= value <= scale.high else None

    @property
    def _in_train(self) -> Value:
        value: Value = getattr(self._drafting.draft.base, self.declaration.name)
        return value

    def _note(self, is_ticked: bool) -> str:
        """Return what is particular about it, for its tooltip."""
        tick = "" if self._tick is None else " (the tick below the line)"
        value = f"{self.declaration.format(self._in_train)}{tick}."
        return (
            f"Searched. Without the search it is {value}"
            if is_ticked
            else f"Not searched: every trial has {value}"
        )


def range_end(declaration: Declaration) -> Declaration:
    """Return the declaration of an end of a range: a number that can be neither off nor zero."""
    return replace(declaration, off_allowed=False, zero_allowed=False)
