"""A row that says which marker is which variant, with a value of each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.views.charts.curves import FAINT
from ppo_desktop.views.compare.variant_style import VariantStyle
from ppo_desktop.views.theme import Theme, smooth_painter
from ppo_desktop.views.wording_label import cut

_SCALE = 0.85
_LONGEST_NAME = "A: explores more"
_GAP, _TIGHT_GAP = 16, 10
_LATEST = ("Latest point", "Latest")
"""What the values are, from more to fewer words, while no step is pointed at…"""
_POINTED = ("Pointed at", "Here")
"""…and while one is pointed at."""


@dataclass(frozen=True)
class LegendEntry:
    """One variant in the legend.

    Attributes:
        number: Its number.
        style: Its colour and marker.
        name: What it is called.
    """

    number: int
    style: VariantStyle
    name: str


class _Brevity(Enum):
    """What there is room for."""

    WHOLE = "names and values"
    ONE = "names, or values while a step is pointed at"


class VariantLegend(QWidget):
    """Marker, name and value of each variant in a row; what does not fit is left out.

    Where names and values do not fit side by side there are names, and values while a step is pointed at.
    Pointing at an entry emits its variant.

    Args:
        theme: Fonts and colours.
        says_which: Whether it says which values they are: the latest, or those pointed at.
    """

    pointed_at = Signal(object)

    def __init__(self, theme: Theme, *, says_which: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._says_which = says_which
        self._entries: tuple[LegendEntry, ...] = ()
        self._values: tuple[str, ...] = ()
        self._widest = ""
        self._pointing = False
        self._head = self._tail = ""
        self._highlighted: int | None = None
        self._pointed: int | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    @property
    def text(self) -> str:
        """Everything it would say if there were room, as screen readers hear it."""
        pairs = (f"{entry.name}: {value}" for entry, value in zip(self._entries, self._values, strict=True))
        return ", ".join([*pairs, *filter(None, [self._tail])])

    def set_entries(self, entries: Sequence[LegendEntry], widest: str) -> None:
        """Have these variants; room is kept for values as wide as `widest`."""
        if (tuple(entries), widest) != (self._entries, self._widest):
            self._entries, self._widest = tuple(entries), widest
            self._values = ("",) * len(self._entries)
            self._show_anew()

    def set_values(self, values: Sequence[str], *, pointing: bool) -> None:
        """Show a value of each; `pointing` if they are those of a step that is pointed at."""
        if (tuple(values), pointing) != (self._values, self._pointing):
            self._values, self._pointing = tuple(values), pointing
            self._show_anew()

    def set_frame(self, head: str, tail: str) -> None:
        """Say what the names are before the first entry, and something after the last; empty for nothing."""
        if (head, tail) != (self._head, self._tail):
            self._head, self._tail = head, tail
            self._show_anew()

    def _show_anew(self) -> None:
        """Draw what it says by now, and let screen readers say it."""
        self.setAccessibleDescription(self.text)
        self.update()

    def set_highlighted(self, variant: int | None) -> None:
        """Let the others be faint."""
        if variant != self._highlighted:
            self._highlighted = variant
            self.update()

    def sizeHint(self) -> QSize:
        """One line of text; the width is the layout's."""
        return QSize(0, self._metrics(bold=True).height() + 2)

    def minimumSizeHint(self) -> QSize:
        """As its size hint."""
        return self.sizeHint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit which entry is pointed at."""
        areas = self.areas()
        inside = (number for number, area in areas.items() if area.contains(event.position()))
        self._point_at(next(inside, None))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._point_at(None)

    def _point_at(self, variant: int | None) -> None:
        if variant != self._pointed:
            self._pointed = variant
            self.pointed_at.emit(variant)

    # ---- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = smooth_painter(self)
        brevity, wording, areas = self._arrangement()
        for entry, value in zip(self._entries, self._values, strict=True):
            if entry.number in areas:
                painter.setOpacity(1.0 if self._highlighted in (None, entry.number) else FAINT)
                self._paint_entry(painter, entry, value, areas[entry.number], brevity)
        painter.setOpacity(1.0)
        if areas:
            self._paint_frame(painter, wording, max(area.right() for area in areas.values()))

    def _paint_entry(
        self, painter: QPainter, entry: LegendEntry, value: str, area: QRectF, brevity: _Brevity
    ) -> None:
        radius = self._marker_width() * 0.3
        entry.style.paint_marker(
            painter, self._theme, QPointF(area.left() + radius + 1, self.height() / 2), radius
        )
        area = area.adjusted(self._marker_width(), 0, 0, 0)
        whole = brevity is _Brevity.WHOLE
        if whole or not self._pointing:
            painter.setFont(self._theme.font(_SCALE))
            painter.setPen(self._theme.colour("muted" if whole else "text"))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self._name(entry, brevity))
            area.adjust(self._name_width(entry, brevity), 0, 0, 0)
        if whole or self._pointing:
            painter.setFont(self._theme.font(_SCALE, bold=True))
            painter.setPen(self._theme.colour("text"))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, value)

    def _paint_frame(self, painter: QPainter, wording: int | None, right: float) -> None:
        """Write which values they are, head and tail."""
        painter.setFont(self._theme.font(_SCALE))
        painter.setPen(self._theme.colour("muted"))
        which = "" if wording is None else (_POINTED if self._pointing else _LATEST)[wording]
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, which)
        head = QRectF(self.rect()).adjusted(self._which_width(wording), 0, 0, 0)
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, self._head)
        if right + self._frame_width(self._tail) <= self.width():
            room = QRectF(self.rect()).adjusted(right + _GAP, 0, 0, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._tail)

    # ---- places --------------------------------------------------------------------------------

    def areas(self) -> dict[int, QRectF]:
        """Return where each entry stands, by number; without those there is no room for."""
        return self._arrangement()[2]

    def _arrangement(self) -> tuple[_Brevity, int | None, dict[int, QRectF]]:
        """Return how brief it has to be, in which words the values are named, and where each entry stands."""
        brevity, wording, gap = self._choose()
        areas, left = {}, float(self._which_width(wording) + self._frame_width(self._head))
        for entry in self._entries:
            width = self._width(entry, brevity)
            if left + width > self.width():
                break
            areas[entry.number] = QRectF(left, 0.0, width, self.height())
            left += width + gap
        return brevity, wording, areas

    def _choose(self) -> tuple[_Brevity, int | None, int]:
        """Return how brief it has to be, in which words the values are named, and the gap between entries."""
        frame = self._frame_width(self._head) + self._frame_width(self._tail)
        for brevity in _Brevity:
            # Where there is a name or a value, one sees oneself pointing at a step.
            names = range(len(_LATEST)) if self._says_which and brevity is _Brevity.WHOLE else (None,)
            for wording, gap in itertools.product(names, (_GAP, _TIGHT_GAP)):
                widths = [self._width(entry, brevity) for entry in self._entries]
                needed = sum(widths) + gap * (len(widths) - 1) + frame + self._which_width(wording)
                if needed <= self.width():
                    return brevity, wording, gap
        return _Brevity.ONE, None, _TIGHT_GAP

    def _which_width(self, wording: int | None) -> int:
        """Return the room for which values they are: nothing moves when a step is pointed at."""
        if wording is None:
            return 0
        return max(self._frame_width(_LATEST[wording]), self._frame_width(_POINTED[wording]))

    def _width(self, entry: LegendEntry, brevity: _Brevity) -> float:
        name, value = (
            self._name_width(entry, brevity),
            self._metrics(bold=True).horizontalAdvance(self._widest),
        )
        text = name + value if brevity is _Brevity.WHOLE else max(name, value)
        return float(self._marker_width() + text)

    def _name(self, entry: LegendEntry, brevity: _Brevity) -> str:
        """Return the name, shortened if it is very long; with a colon where a value follows."""
        metrics = self._metrics()
        longest = metrics.horizontalAdvance(_LONGEST_NAME)
        name = cut(entry.name, metrics, longest)
        return f"{name}:" if brevity is _Brevity.WHOLE else name

    def _name_width(self, entry: LegendEntry, brevity: _Brevity) -> int:
        return self._metrics().horizontalAdvance(self._name(entry, brevity) + " ")

    def _frame_width(self, text: str) -> int:
        return self._metrics().horizontalAdvance(text) + _GAP if text else 0

    def _marker_width(self) -> int:
        return self._metrics().height()

    def _metrics(self, *, bold: bool = False) -> QFontMetrics:
        return QFontMetrics(self._theme.font(_SCALE, bold=bold))
