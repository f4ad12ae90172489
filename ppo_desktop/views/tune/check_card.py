"""What fresh seeds say of the best trial, beside the runner-up and the preset: numbers, bars, sentences."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.check import (
    FRESH_SEEDS,
    CandidateKind,
    CheckedCandidate,
    CheckResult,
    candidate_name,
    candidate_title,
)
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.views.charts.frame import bare_frame
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.charts.shapes import Intervals, Marks
from ppo_desktop.views.charts.symbols import Dot, Upright
from ppo_desktop.views.controls import explained, laid_out, with_role
from ppo_desktop.views.overflow import VerticalScrollArea
from ppo_desktop.views.theme import Theme, smooth_painter
from ppo_desktop.views.tune.wording import objective_text

_MOST_CANDIDATES = 3
_MARGIN = 14
"""Pixels at the left and right; an exported figure begins its title and its caption as far in."""
_WIDE = 75
"""Width in base font sizes from which the sentences may stand beside the numbers."""
_EMPTY = (
    f"Of many trials the best is partly the luckiest. “Check on {FRESH_SEEDS} fresh seeds” above trains it, "
    "the runner-up and the environment's preset with seeds that no trial has seen, and says whether the best "
    "one really is better."
)
_HEADERS = ("", "In the study", "On fresh seeds", "95 % interval", "")
_STRIP_MARGIN = 8.0
_MEAN = 9.0
"""Height of the stroke at a mean, pixels, without its square ends."""


class _Table(QWidget):
    """Emits where it is double-clicked."""

    opened = Signal(int)
    """Pixels below its upper edge."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.opened.emit(round(event.position().y()))


class CheckCard(QWidget):
    """A row for each candidate, which a double click opens in Train, and the sentences below."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__()
        self._tune = tune
        self._theme = theme
        explained(self, "fresh_seeds").setToolTip("")
        self._empty = with_role(QLabel(_EMPTY), "muted")
        self._empty.setWordWrap(True)
        self._rows = [_Row(theme) for _ in range(_MOST_CANDIDATES)]
        self._sentences = with_role(QLabel(), "note")
        self._sentences.setObjectName("check_sentences")
        self._sentences.setWordWrap(True)
        self._sentences.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        for signal in (tune.check_changed, tune.study_changed, tune.digest_changed):
            signal.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        self._table = _Table()
        self._table.setToolTip("A double click opens the values of a row in Train.")
        self._table.opened.connect(self._open_row)
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(1)
        for place, text in enumerate(_HEADERS):
            grid.addWidget(with_role(QLabel(text), "muted"), 0, place, Qt.AlignmentFlag.AlignRight)
        for number, row in enumerate(self._rows, start=1):
            for place, widget in enumerate(row.widgets):
                grid.addWidget(widget, number, place)
        grid.setColumnStretch(len(_HEADERS) - 1, 1)
        self._content = QWidget()
        self._inside = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._content)
        self._inside.setContentsMargins(_MARGIN, 2, _MARGIN, 2)
        self._inside.setSpacing(16)
        self._inside.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        self._inside.addWidget(self._table, 5, Qt.AlignmentFlag.AlignTop)
        self._inside.addWidget(self._sentences, 4, Qt.AlignmentFlag.AlignTop)
        self._scroll = VerticalScrollArea(self._content)
        laid_out(QVBoxLayout(self), self._scroll, margins=(0, 0, 0, 0))

    def minimumSizeHint(self) -> QSize:
        """As wide as the numbers: for sentences that stand beside them nothing else has to give way."""
        scroll_bar = self._scroll.verticalScrollBar().sizeHint().width()
        width = self._table.minimumSizeHint().width() + 2 * _MARGIN + scroll_bar
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the sentences stand beside the numbers where there is room, else below."""
        super().resizeEvent(event)
        is_wide = self.width() > _WIDE * self._theme.base_size
        directions = QBoxLayout.Direction
        self._inside.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)

    def _show(self) -> None:
        check = self._tune.check
        self._empty.setVisible(check is None)
        self._table.setVisible(check is not None)
        self._sentences.setVisible(check is not None)
        if check is None:
            return
        span = span_of(check.checked)
        age = self._age(check)
        for place, row in enumerate(self._rows):
            checked = check.checked[place] if place < len(check.checked) else None
            row.show_candidate(checked, span, self._tune.plan, is_of_now=not age)
        self._sentences.setText("\n".join([*age, *(check.sentences or [_waiting(check)])]))

    def _age(self, check: CheckResult) -> list[str]:
        """Return that another trial is the best by now, if so."""
        best, first = self._tune.best, next(iter(check.checked), None)
        if best is None or first is None or first.candidate.trial in (None, best.number):
            return []
        return [f"This is of trial {first.candidate.trial}; the best is now trial {best.number}."]

    def _open_row(self, y: int) -> None:
        check = self._tune.check
        for place, row in enumerate(self._rows):
            if check is not None and row.is_at(y) and place < len(check.checked):
                candidate = check.checked[place].candidate
                assert self._tune.plan is not None
                whose = candidate_name(self._tune.plan, candidate)
                self._tune.use_values_in_train(candidate.values, whose[0].upper() + whose[1:])


class _Row:
    """The widgets of one candidate."""

    def __init__(self, theme: Theme) -> None:
        self._name, self._study, self._mean, self._interval = (QLabel() for _ in range(4))
        self._strip = IntervalStrip(theme)
        for label in (self._study, self._mean, self._interval):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.widgets: tuple[QWidget, ...] = (
            self._name,
            self._study,
            self._mean,
            self._interval,
            self._strip,
        )

    def show_candidate(
        self, checked: CheckedCandidate | None, span: Range | None, plan: StudyPlan | None, *, is_of_now: bool
    ) -> None:
        """Show what fresh seeds say of a candidate; None for nothing.

        Args:
            checked: The candidate.
            span: The scale of all.
            plan: What was searched; None without a candidate.
            is_of_now: Whether the best is still the best; else trials have a number only.
        """
        for widget in self.widgets:
            widget.setVisible(checked is not None)
        self._strip.show_candidate(checked, span)
        if checked is None or plan is None:
            return
        environment_id, candidate = plan.environment_id, checked.candidate
        name = candidate_title(plan, candidate)
        if candidate.trial is not None and is_of_now:
            name = f"{candidate.kind.label}, {name}"
        self._name.setText(name[0].upper() + name[1:])
        self._study.setText(objective_text(candidate.in_study, environment_id))
        self._mean.setText(objective_text(checked.mean, environment_id))
        self._interval.setText(_interval(checked, environment_id))

    def is_at(self, y: int) -> bool:
        """Whether it is so many pixels below the table's upper edge."""
        tops, bottoms = zip(*((w.geometry().top(), w.geometry().bottom()) for w in self.widgets), strict=True)
        return self._name.isVisible() and min(tops) <= y <= max(bottoms)


def _interval(checked: CheckedCandidate, environment_id: str) -> str:
    if not math.isfinite(checked.low):
        return "—"
    low, high = (objective_text(end, environment_id) for end in (checked.low, checked.high))
    return f"{low} to {high}"


def _waiting(check: CheckResult) -> str:
    ended = sum(len(checked.by_seed) for checked in check.checked)
    return f"{ended} of {check.n_seeds * len(check.checked)} runs with fresh seeds have ended."


def span_of(candidates: tuple[CheckedCandidate, ...]) -> Range | None:
    """Return a scale on which all results have a place; None while there are none."""
    numbers = [
        number for checked in candidates for number in (*checked.by_seed.values(), checked.low, checked.high)
    ]
    known = [number for number in numbers if math.isfinite(number)]
    if not known:
        return None
    low, high = min(known), max(known)
    return (low - 0.5, high + 0.5) if low == high else (low, high)


class IntervalStrip(QWidget):
    """Draws the results of one candidate."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._checked: CheckedCandidate | None = None
        self._span: Range | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_candidate(self, checked: CheckedCandidate | None, span: Range | None) -> None:
        """Show results on a scale; None for nothing."""
        self._checked, self._span = checked, span
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, round(1.9 * self._theme.base_size))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        checked, span = self._checked, self._span
        if checked is None or span is None:
            return
        theme, room = self._theme, QRectF(self.rect())
        name = "accent" if checked.candidate.kind is CandidateKind.BEST else "neutral"
        colour, pale = theme.colour(name), theme.colour(name, 0.45)
        area = room.adjusted(_STRIP_MARGIN, 0, -_STRIP_MARGIN, 0)
        frame = bare_frame(theme, area, span, (-1.0, 1.0))
        results, middle = np.array([*checked.by_seed.values()], float), np.zeros(1)
        ends = np.array([checked.low]), np.array([checked.high])
        whole = np.array(span[:1]), np.array(span[1:])
        shapes = [
            Intervals(*whole, middle, QPen(theme.colour("border"), 1)),
            Marks(results, np.zeros(len(results)), Dot(3.0, pale)),
            Intervals(*ends, middle, QPen(colour, 2.5)),
            Marks(
                np.array([checked.mean]),
                middle - _MEAN / room.height(),
                Upright(3.0, _MEAN, QPen(colour, 5.0)),
            ),
        ]
        Picture(frame, shapes, has_axes=False).paint(smooth_painter(self))
