"""What fresh seeds say of the best trial, beside the runner-up and the preset: numbers, bars, sentences."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ppo_desktop.bridge.study_session import StudySession
from ppo_desktop.study.check import (
    FRESH_SEEDS,
    CandidateKind,
    CheckedCandidate,
    CheckResult,
    candidate_name,
    candidate_title,
)
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import PlotFrame, bare_frame
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.charts.shapes import Intervals, Key, Scatter, Shape
from ppo_desktop.views.charts.symbols import Dot, Upright
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.controls import explained, laid_out, with_role
from ppo_desktop.views.figure import Below, Drawing, Figure, Panel, Text
from ppo_desktop.views.kit.overflow import VerticalScrollArea
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.trial_chart import DOUBLE_CLICK
from ppo_desktop.views.tune.wording import objective_text

_MARGIN = 14
"""Pixels at the left and right; an exported figure begins its title and its caption as far in."""
_WIDE = 75
"""Width in base font sizes from which the sentences may stand beside the numbers."""
_EMPTY = (
    f"Of many trials the best is partly the luckiest. “Check on {FRESH_SEEDS} fresh seeds” above trains it, "
    "the runner-up and the environment's preset with seeds that no trial has seen, and says whether the best "
    "one really is better."
)
_HEADERS = ("", "In the study", "On fresh seeds", "95 % interval")
_FONT = 0.95
_ROW = 1.5
"""Height of a row, in lines."""
_GAP = 14.0
"""Pixels between two columns."""
_NARROWEST = 100
"""Pixels for the results, drawn."""
_MEAN = 9.0
"""Height of the stroke at a mean, pixels, without its square ends."""


class CheckChart(Chart):
    """A row for each candidate: its numbers, and its results on a scale of all; its key is its place."""

    empty = _EMPTY

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "check_figure", "Candidates on fresh seeds", "fresh_seeds")
        self._checked: Sequence[CheckedCandidate] = ()
        self._plan: StudyPlan | None = None
        self.rows: list[tuple[str, ...]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.pointed.connect(self.set_highlighted)

    def show_check(self, check: CheckResult | None, plan: StudyPlan | None, *, is_of_now: bool) -> None:
        """Show what fresh seeds say, None for nothing.

        Args:
            check: What they say.
            plan: What was searched.
            is_of_now: Whether the best is still the best; else trials have a number only.
        """
        self._checked, self._plan = () if check is None else check.checked, plan
        self.rows = [] if plan is None else [_texts(one, plan, is_of_now=is_of_now) for one in self._checked]
        self.updateGeometry()
        self.redraw()

    def sizeHint(self) -> QSize:
        """Return what all rows need."""
        return QSize(420, self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return what all numbers need, or a few lines of words where there are none."""
        metrics = QFontMetricsF(self._theme.font(_FONT))
        n_lines = _ROW * (1 + len(self.rows)) if self.rows else 4
        width = sum(self._widths(metrics)) + _NARROWEST
        return QSize(math.ceil(width), math.ceil(n_lines * metrics.height()))

    def _widths(self, metrics: QFontMetricsF) -> list[float]:
        """Return how wide each column of texts is, with the gap at its right."""
        return [max(map(metrics.horizontalAdvance, texts)) + _GAP for texts in self._columns]

    @property
    def _columns(self) -> list[tuple[str, ...]]:
        """What stands in each column, its header first."""
        return list(zip(_HEADERS, *self.rows, strict=True))

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the rows, if there are any."""
        if not self.rows:
            return None
        theme, n = self._theme, len(self.rows)
        widths = self._widths(QFontMetricsF(theme.font(_FONT)))
        area = room.adjusted(sum(widths), room.height() / (n + 1), -_MARGIN, 0.0)
        frame = bare_frame(theme, area, span_of(self._checked) or (0.0, 1.0), (float(n), 0.0), _FONT)
        middles = [number + 0.5 for number in range(n)]
        shapes: list[Shape] = []
        for right, width, column in zip(accumulate(widths), widths, self._columns, strict=True):
            side, named = (
                (Qt.AlignmentFlag.AlignRight, ()) if shapes else (Qt.AlignmentFlag.AlignLeft, range(n))
            )
            edges = room.left() + right - width, room.left() + right - _GAP
            shapes.append(RowTexts(column[:1], [-0.5], edges, side, "muted"))
            shapes.append(RowTexts(column[1:], middles, edges, side, named=named))
        for checked, middle in zip(self._checked, middles, strict=True):
            shapes += _results(frame, checked, middle)
        return Picture(frame, shapes, has_axes=False)

    def summary(self) -> str:
        """Return all numbers."""
        return "; ".join(", ".join(row) for row in self.rows)

    def tip(self, key: Key) -> str:
        """Return the number of each seed of a candidate, or why it has none."""
        if self._plan is None or not isinstance(key, int):
            return ""
        checked, environment_id = self._checked[key], self._plan.environment_id
        numbers = {seed: objective_text(number, environment_id) for seed, number in checked.by_seed.items()}
        lines = [
            f"seed {seed}: {html.escape(said)}" for seed, said in {**numbers, **checked.failures}.items()
        ]
        return "<br>".join([f"<qt><b>{html.escape(self.rows[key][0])}</b>", *lines, f"{DOUBLE_CLICK}</qt>"])


def _texts(checked: CheckedCandidate, plan: StudyPlan, *, is_of_now: bool) -> tuple[str, ...]:
    """Return a candidate's name, its objective in the study and on fresh seeds, and the interval of that."""
    environment_id, candidate = plan.environment_id, checked.candidate
    name = candidate_title(plan, candidate)
    if candidate.trial is not None and is_of_now:
        name = f"{candidate.kind.label}, {name}"
    low, high = (objective_text(end, environment_id) for end in (checked.low, checked.high))
    return (
        name[0].upper() + name[1:],
        objective_text(candidate.in_study, environment_id),
        objective_text(checked.mean, environment_id),
        f"{low} to {high}" if math.isfinite(checked.low) else "—",
    )


def _results(frame: PlotFrame, checked: CheckedCandidate, row: float) -> Iterator[Shape]:
    """Yield the results of a candidate, with their mean and its interval, on a line from end to end."""
    theme, (first, last) = frame.theme, frame.columns.shown
    name = "accent" if checked.candidate.kind is CandidateKind.BEST else "neutral"
    results, middle = np.array([*checked.by_seed.values()], float), np.array([row])
    colour, pale = theme.colour(name), theme.colour(name, 0.45)
    yield Intervals(np.array([first]), np.array([last]), middle, QPen(theme.colour("border"), 1))
    yield Scatter(results, np.full(len(results), row), Dot(3.0, pale))
    yield Intervals(np.array([checked.low]), np.array([checked.high]), middle, QPen(colour, 2.5))
    foot = middle + _MEAN / 2 / (frame.area.height() / frame.rows.shown[0])
    yield Scatter(np.array([checked.mean]), foot, Upright(3.0, _MEAN, QPen(colour, 5.0)))


def span_of(candidates: Sequence[CheckedCandidate]) -> Range | None:
    """Return a scale on which all results have a place; None while there are none."""
    numbers = [
        number for checked in candidates for number in (*checked.by_seed.values(), checked.low, checked.high)
    ]
    known = [number for number in numbers if math.isfinite(number)]
    if not known:
        return None
    low, high = min(known), max(known)
    return (low - 0.5, high + 0.5) if low == high else (low, high)


class CheckCard(QWidget):
    """A row for each candidate, which a double click opens in Train, and the sentences beside or below."""

    def __init__(self, tune: StudySession[Any, Any], theme: Theme) -> None:
        super().__init__()
        self._tune = tune
        self._theme = theme
        explained(self, "fresh_seeds").setToolTip("")
        self.figure = CheckChart(theme)
        self.figure.opened.connect(self._open)
        self._sentences = with_role(QLabel(), "note")
        self._sentences.setObjectName("check_sentences")
        self._sentences.setWordWrap(True)
        self._sentences.setTextFormat(Qt.TextFormat.PlainText)
        content = QWidget()
        self._inside = QBoxLayout(QBoxLayout.Direction.LeftToRight, content)
        self._inside.setContentsMargins(_MARGIN, 2, _MARGIN, 2)
        self._inside.setSpacing(16)
        self._inside.addWidget(self.figure, 5, Qt.AlignmentFlag.AlignTop)
        self._inside.addWidget(self._sentences, 4, Qt.AlignmentFlag.AlignTop)
        self._scroll = VerticalScrollArea(content)
        laid_out(QVBoxLayout(self), self._scroll, margins=(0, 0, 0, 0))
        for signal in (tune.checking.progress_changed, tune.study_changed, tune.digest_changed):
            signal.connect(self._show)
        self._show()

    def minimumSizeHint(self) -> QSize:
        """As wide as the numbers: for sentences that stand beside them nothing else has to give way."""
        scroll_bar = self._scroll.verticalScrollBar().sizeHint().width()
        width = self.figure.minimumSizeHint().width() + 2 * _MARGIN + scroll_bar
        return QSize(width, super().minimumSizeHint().height())

    def exported(self, title: str, caption: str) -> Figure:
        """Return it as a figure."""
        theme = self._theme
        rows = Drawing(self.figure.paint_in, least=self.figure.minimumSizeHint().height())
        sentences = Text(theme, self._sentences.text(), 1.0, "text")
        return Figure(theme, Panel(theme, Below([rows, sentences])), title, caption)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the sentences stand beside the numbers where there is room, else below."""
        super().resizeEvent(event)
        is_wide = self.width() > _WIDE * self._theme.base_size
        directions = QBoxLayout.Direction
        self._inside.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)

    def _show(self) -> None:
        check = self._tune.checking.result
        age = [] if check is None else self._age(check)
        self.figure.show_check(check, self._tune.plan, is_of_now=not age)
        self._sentences.setVisible(check is not None)
        if check is not None:
            self._sentences.setText("\n".join([*age, *(check.sentences or [_waiting(check)])]))

    def _age(self, check: CheckResult) -> list[str]:
        """Return that another trial is the best by now, if so."""
        plan, best, first = self._tune.plan, self._tune.best_candidate, next(iter(check.checked), None)
        if plan is None or best is None or first is None or first.candidate.trial in (None, best.trial):
            return []
        before, now = (candidate_name(plan, candidate) for candidate in (first.candidate, best))
        return [f"This is of {before}; the best is now {now}."]

    def _open(self, place: int) -> None:
        assert self._tune.checking.result is not None
        assert self._tune.plan is not None
        candidate = self._tune.checking.result.checked[place].candidate
        name = candidate_name(self._tune.plan, candidate)
        self._tune.use_values_in_train(candidate.values, name[0].upper() + name[1:])


def _waiting(check: CheckResult) -> str:
    ended = sum(len(checked.by_seed) for checked in check.checked)
    return f"{ended} of {check.n_seeds * len(check.checked)} runs with fresh seeds have ended."
