"""Importances as bars: a row for each hyperparameter, with a whisker for what one can be sure of."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.importance import Importance, Importances
from ppo_desktop.views.controls import explained
from ppo_desktop.views.theme import Theme, smooth_painter

_FONT = 0.85
_NOTE_FONT = 0.85
_WIDEST_LABEL = 0.42
"""The part of the width that names may take."""
_HIGHEST_ROW, _LOWEST_ROW = 2.6, 1.15
"""Of a bar with the room around it, in lines."""
_BAR = 0.6
"""Height of a bar, as a share of its row."""
_ABOVE, _BELOW = 4, 2
"""Pixels left free above and below all bars."""
_NUMBER = "0.46  0.38–0.55"
_SHORT_NUMBER = "0.46"
_FEWEST_FOR_INTERVAL = 0.55
"""Intervals are written out where bars keep this part of the width."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class BarsGeometry:
    """Where bars and words stand.

    Attributes:
        shown: The importances for which there is room, the most important first.
        n_left_out: How many there is no room for.
        area: Where bars are drawn; its right end is the highest share or end of an interval.
        has_intervals: Whether intervals are written out, besides being drawn.
    """

    def __init__(self, theme: Theme, room: QRectF, importances: Importances) -> None:
        self.metrics = QFontMetricsF(theme.font(_FONT))
        line = self.metrics.height()
        ranked = importances.ranked
        fitting = max(1, int((room.height() - 0.3 * line) / (_LOWEST_ROW * line)))
        n_shown = len(ranked) if len(ranked) <= fitting else max(1, fitting - 1)
        self.shown: tuple[Importance, ...] = ranked[:n_shown]
        self.n_left_out = len(ranked) - n_shown
        rows = n_shown + (1 if self.n_left_out else 0)
        self.row_height = min(_HIGHEST_ROW * line, room.height() / max(rows, 1))
        labels = max((self.metrics.horizontalAdvance(_label(item.field)) for item in self.shown), default=0.0)
        left = min(labels, _WIDEST_LABEL * room.width())
        numbers = self.metrics.horizontalAdvance(_NUMBER)
        self.has_intervals = (room.width() - left - numbers) > _FEWEST_FOR_INTERVAL * (room.width() - left)
        right = numbers if self.has_intervals else self.metrics.horizontalAdvance(_SHORT_NUMBER)
        self.area = room.adjusted(left + 10, 0, -right - 10, 0)
        ends = [end for item in self.shown for end in (item.share, item.high) if math.isfinite(end)]
        self._most = max([*ends, 0.05])

    def column(self, share: float) -> float:
        """Return the pixel column of a share."""
        return self.area.left() + share / self._most * max(self.area.width(), 1.0)

    def row(self, place: int) -> QRectF:
        """Return the room of a bar, over the area's width."""
        top = self.area.top() + place * self.row_height
        return QRectF(self.area.left(), top, self.area.width(), self.row_height)

    def bar(self, place: int) -> QRectF:
        """Return where a bar is."""
        row, share = self.row(place), self.shown[place].share
        height = _BAR * self.row_height
        top = row.center().y() - height / 2
        return QRectF(row.left(), top, max(self.column(share) - row.left(), 1.0), height)

    def whisker(self, place: int) -> QLineF | None:
        """Return where an interval is, None without one."""
        item, middle = self.shown[place], self.row(place).center().y()
        if not (math.isfinite(item.low) and math.isfinite(item.high)):
            return None
        return QLineF(self.column(item.low), middle, self.column(item.high), middle)


class ImportanceBars(QWidget):
    """Draws importances, or says why there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("importance_bars")
        self.setAccessibleName("Hyperparameter importance")
        explained(self, "importance")
        self.setToolTip("")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._importances: Importances | None = None
        self._note = ""
        theme.changed.connect(self.update)

    @property
    def whole_height(self) -> int:
        """The least height at which no bar is left out, pixels."""
        ranked = () if self._importances is None else self._importances.ranked
        line = QFontMetricsF(self._theme.font(_FONT)).height()
        return math.ceil((_LOWEST_ROW * len(ranked) + 0.3) * line) + _ABOVE + _BELOW

    def minimumSizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(160, 70)

    def sizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(420, 200)

    def show_importances(self, importances: Importances | None, note: str) -> None:
        """Show importances; where there are none, or nothing is known of them, say `note` instead."""
        is_known = importances is not None and any(item.share for item in importances.ranked)
        self._importances = importances if is_known else None
        self._note = note
        ranked = () if self._importances is None else self._importances.ranked
        described = "; ".join(f"{_label(item.field)} {_number(item, with_interval=True)}" for item in ranked)
        self.setAccessibleDescription(described or note)
        self.update()

    @property
    def has_intervals(self) -> bool:
        """Whether there are whiskers."""
        ranked = () if self._importances is None else self._importances.ranked
        return any(math.isfinite(item.low) and math.isfinite(item.high) for item in ranked)

    def geometry_at(self, room: QRectF) -> BarsGeometry | None:
        """Return where everything stands in a rectangle; None while there is nothing."""
        return None if self._importances is None else BarsGeometry(self._theme, room, self._importances)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all."""
        painter = smooth_painter(self)
        geometry = self.geometry_at(QRectF(self.rect()).adjusted(0, _ABOVE, 0, -_BELOW))
        if geometry is None:
            self._paint_note(painter)
            return
        for place, item in enumerate(geometry.shown):
            self._paint_bar(painter, geometry, place)
            self._paint_words(painter, geometry, place, item)
        if geometry.n_left_out:
            self._paint_rest(painter, geometry)

    def _paint_note(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font(_NOTE_FONT))
        painter.setPen(self._theme.colour("muted"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRectF(self.rect()).adjusted(16, 4, -16, -4), flags, self._note)

    def _paint_bar(self, painter: QPainter, geometry: BarsGeometry, place: int) -> None:
        field = geometry.shown[place].field
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.hyperparameter_colour(field))
        painter.drawRoundedRect(geometry.bar(place), 3, 3)
        whisker = geometry.whisker(place)
        if whisker is None:
            return
        end = 0.16 * geometry.row_height
        strokes = [whisker]
        for column in (whisker.x1(), whisker.x2()):
            strokes.append(QLineF(column, whisker.y1() - end, column, whisker.y1() + end))
        for colour, width in (("card", 3.6), ("text", 1.4)):  # seen on the bar and beside it
            painter.setPen(QPen(self._theme.colour(colour), width))
            painter.drawLines(strokes)

    def _paint_words(self, painter: QPainter, geometry: BarsGeometry, place: int, item: Importance) -> None:
        row = geometry.row(place)
        painter.setFont(self._theme.font(_FONT))
        painter.setPen(self._theme.colour("text"))
        room = QRectF(0, row.top(), geometry.area.left() - 10, row.height())
        label = geometry.metrics.elidedText(_label(item.field), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _RIGHT, label)
        painter.setPen(self._theme.colour("muted"))
        beside = QRectF(geometry.area.right() + 10, row.top(), self.width(), row.height())
        painter.drawText(beside, _LEFT, _number(item, with_interval=geometry.has_intervals))

    def _paint_rest(self, painter: QPainter, geometry: BarsGeometry) -> None:
        """Say that there are more, where they do not fit."""
        row = geometry.row(len(geometry.shown))
        painter.setFont(self._theme.font(_FONT))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(row, _LEFT, f"and {geometry.n_left_out} more, less important")


def _label(field: str) -> str:
    return DECLARATIONS[field].explanation.title


def _number(item: Importance, *, with_interval: bool) -> str:
    share = f"{item.share:.2f}"
    if not with_interval or not (math.isfinite(item.low) and math.isfinite(item.high)):
        return share
    return f"{share}  {item.low:.2f}–{item.high:.2f}"
