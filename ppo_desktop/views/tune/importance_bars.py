"""Importances as bars: a row for each hyperparameter, with a whisker for what one can be sure of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.importance import Importance, Importances
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import Axis, Numbers, PlotFrame
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.charts.shapes import Bars, Intervals, Key, Shape
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import cut

_FONT = 0.85
_WIDEST_LABEL = 0.42
"""The part of the width that names may take."""
_HIGHEST_ROW, _LOWEST_ROW = 2.6, 1.15
"""Of a bar with the room around it, in lines."""
_BAR = 0.6
"""Height of a bar, as a share of its row."""
_CAP = 0.16
"""Half the height of a whisker's ends, likewise."""
_ABOVE, _BELOW = 4, 2
"""Pixels left free above and below all bars."""
_NUMBER = "0.46  0.38–0.55"
_SHORT_NUMBER = "0.46"
_FEWEST_FOR_INTERVAL = 0.55
"""Intervals are written out where bars keep this part of the width."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ImportanceBars(Chart):
    """Draws importances, or says why there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "importance_bars", "Hyperparameter importance", "importance")
        self._importances: Importances | None = None
        self._note = ""
        self.pointed.connect(self.set_highlighted)

    @property
    def ranked(self) -> tuple[Importance, ...]:
        """What is known, the most important first."""
        return () if self._importances is None else self._importances.ranked

    @property
    def whole_height(self) -> int:
        """The least height at which no bar is left out, pixels."""
        line = QFontMetricsF(self._theme.font(_FONT)).height()
        return math.ceil((_LOWEST_ROW * len(self.ranked) + 0.3) * line) + _ABOVE + _BELOW

    @property
    def has_intervals(self) -> bool:
        """Whether there are whiskers."""
        return any(_is_known(item) for item in self.ranked)

    def minimumSizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(160, 70)

    def show_importances(self, importances: Importances | None, note: str) -> None:
        """Show importances; where there are none, or nothing is known of them, say `note` instead."""
        is_known = importances is not None and any(item.share for item in importances.ranked)
        self._importances = importances if is_known else None
        self._note = note
        self.redraw()

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the bars, if anything is known."""
        if not self.ranked:
            return None
        return importance_picture(self._theme, room.adjusted(0, _ABOVE, 0, -_BELOW), self.ranked)

    def note(self) -> str:
        """Return why there are none."""
        return self._note

    def summary(self) -> str:
        """Return all numbers."""
        return "; ".join(f"{_label(item.field)} {_number(item, with_interval=True)}" for item in self.ranked)

    def tip(self, key: Key) -> str:
        """Return the numbers of a hyperparameter."""
        item = next(item for item in self.ranked if item.field == key)
        interval = f"<br>90 % interval {item.low:.2f}–{item.high:.2f}" if _is_known(item) else ""
        return f"<qt><b>{_label(item.field)}</b>: {item.share:.2f}{interval}</qt>"


def importance_picture(theme: Theme, room: QRectF, ranked: Sequence[Importance]) -> Picture:
    """Return bars for as many as there is room for, the most important first."""
    metrics = QFontMetricsF(theme.font(_FONT))
    line = metrics.height()
    fitting = max(1, int((room.height() - 0.3 * line) / (_LOWEST_ROW * line)))
    shown = ranked[: len(ranked) if len(ranked) <= fitting else max(1, fitting - 1)]
    n_rows = len(shown) + (len(shown) < len(ranked))
    height = min(_HIGHEST_ROW * line, room.height() / n_rows)
    left = min(
        max(metrics.horizontalAdvance(_label(item.field)) for item in shown), _WIDEST_LABEL * room.width()
    )
    number = metrics.horizontalAdvance(_NUMBER)
    has_intervals = room.width() - left - number > _FEWEST_FOR_INTERVAL * (room.width() - left)
    right = number if has_intervals else metrics.horizontalAdvance(_SHORT_NUMBER)
    area = QRectF(room.left() + left + 10, room.top(), room.width() - left - right - 20, n_rows * height)
    most = max([0.05, *(end for item in shown for end in (item.share, item.high) if math.isfinite(end))])
    rows = Axis(LinearScale(), (float(n_rows), 0.0))
    frame = PlotFrame(theme, area, Axis(LinearScale(), (0.0, most)), rows, room)
    middles = np.arange(len(shown), dtype=np.float64) + 0.5
    shares, lows, highs = _columns(shown)
    fields = [item.field for item in shown]
    colours = [theme.hyperparameter_colour(field) for field in fields]
    pens = QPen(theme.colour("text"), 1.4), QPen(theme.colour("card"), 3.6)  # seen on the bar and beside it
    shapes = [
        Bars(shares, middles, _BAR * height, colours, fields),
        Intervals(lows, highs, middles, *pens, _CAP * height),
        _Words(shown, len(ranked) - len(shown), has_intervals),
    ]
    return Picture(frame, shapes, has_axes=False)


@dataclass(frozen=True, eq=False)
class _Words(Shape):
    """Names at the left, numbers at the right, and how many are left out.

    Attributes:
        shown: What has a bar.
        n_left_out: How many there is no room for.
        has_intervals: Whether intervals are written out, besides being drawn.
    """

    shown: Sequence[Importance]
    n_left_out: int
    has_intervals: bool

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        font = frame.theme.font(_FONT)
        metrics, area = QFontMetricsF(font), frame.area
        painter.setFont(font)
        for number, item in enumerate(self.shown):
            top, height = frame.row(number), frame.row(number + 1) - frame.row(number)
            room = QRectF(frame.room.left(), top, area.left() - 10 - frame.room.left(), height)
            label = cut(_label(item.field), metrics, room.width())
            painter.setPen(frame.theme.colour("text"))
            painter.drawText(room, _RIGHT, label)
            painter.setPen(frame.theme.colour("muted"))
            beside = QRectF(area.right() + 10, top, frame.room.width(), height)
            painter.drawText(beside, _LEFT, _number(item, with_interval=self.has_intervals))
        if self.n_left_out:
            rest = QRectF(area.left(), frame.row(len(self.shown)), area.width(), area.height())
            rest.setBottom(area.bottom())
            painter.drawText(rest, _LEFT, f"and {self.n_left_out} more, less important")


def _columns(shown: Sequence[Importance]) -> Sequence[Numbers]:
    """Return shares, and low and high ends of their intervals."""
    return [
        np.array(part, dtype=float) for part in zip(*((i.share, i.low, i.high) for i in shown), strict=True)
    ]


def _label(field: str) -> str:
    return DECLARATIONS[field].explanation.title


def _is_known(item: Importance) -> bool:
    return math.isfinite(item.low) and math.isfinite(item.high)


def _number(item: Importance, *, with_interval: bool) -> str:
    share = f"{item.share:.2f}"
    return f"{share}  {item.low:.2f}–{item.high:.2f}" if with_interval and _is_known(item) else share
