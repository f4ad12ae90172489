"""Importances as bars: a row for each hyperparameter, with a whisker for what one can be sure of."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPen

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.importance import Importance, Importances
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import bare_frame
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Bars, Intervals, Key
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.theme import Theme

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


class ImportanceBars(Chart):
    """Draws importances, or says why there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "importance_bars", "Hyperparameter importance", "importance")
        self._importances: Importances | None = None
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
        self.empty = note
        self.redraw()

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the bars, if anything is known."""
        if not self.ranked:
            return None
        return importance_picture(self._theme, room.adjusted(0, _ABOVE, 0, -_BELOW), self.ranked)

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
    n_left_out = len(ranked) - len(shown)
    n_rows = len(shown) + bool(n_left_out)
    height = min(_HIGHEST_ROW * line, room.height() / n_rows)
    fields = [item.field for item in shown]
    names = [_label(field) for field in fields]
    left = min(max(map(metrics.horizontalAdvance, names)), _WIDEST_LABEL * room.width())
    number = metrics.horizontalAdvance(_NUMBER)
    has_intervals = room.width() - left - number > _FEWEST_FOR_INTERVAL * (room.width() - left)
    right = number if has_intervals else metrics.horizontalAdvance(_SHORT_NUMBER)
    area = QRectF(room.left() + left + 10, room.top(), room.width() - left - right - 20, n_rows * height)
    shares, lows, highs = np.array([(item.share, item.low, item.high) for item in shown]).T
    most = max(0.05, np.nanmax([shares, lows, highs]))
    frame = bare_frame(theme, area, (0.0, most), (float(n_rows), 0.0), _FONT)
    middles = [place + 0.5 for place in range(n_rows)]
    pens = QPen(theme.colour("text"), 1.4), QPen(theme.colour("card"), 3.6)  # seen on the bar and beside it
    numbers = [_number(item, with_interval=has_intervals) for item in shown]
    rest = [f"and {n_left_out} more, less important"] if n_left_out else []
    beside = area.right() + 10, room.right() + number
    rows = middles[: len(shown)]
    places = np.array(rows)
    shapes = [
        Bars(shares, places, _BAR * height, [theme.hyperparameter_colour(field) for field in fields], fields),
        Intervals(lows, highs, places, *pens, _CAP * height),
        RowTexts(names, rows, (room.left(), area.left() - 10), Qt.AlignmentFlag.AlignRight),
        RowTexts(numbers, rows, beside, Qt.AlignmentFlag.AlignLeft, "muted"),
        RowTexts(
            rest, middles[len(shown) :], (area.left(), room.right()), Qt.AlignmentFlag.AlignLeft, "muted"
        ),
    ]
    return Picture(frame, shapes, has_axes=False)


def _label(field: str) -> str:
    return DECLARATIONS[field].explanation.title


def _is_known(item: Importance) -> bool:
    return math.isfinite(item.low) and math.isfinite(item.high)


def _number(item: Importance, *, with_interval: bool) -> str:
    share = f"{item.share:.2f}"
    return f"{share}  {item.low:.2f}–{item.high:.2f}" if with_interval and _is_known(item) else share
