"""What a map of cells is drawn with: cells, signs of what is known of them, and a bar of colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from ppo_desktop.views.charts.frame import ROW, TICK_FONT, PlotFrame
from ppo_desktop.views.charts.scales import FixedScale, Tick, fitting_ticks
from ppo_desktop.views.charts.shapes import HeatMap, Key, Shape
from ppo_desktop.views.charts.symbols import Symbol
from ppo_desktop.views.theme import Look

_BAR = 0.9
"""Width of the bar of colours, in base font sizes."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells(HeatMap):
    """Cells side by side, one pixel of the image each; a cell's key is its number, row by row.

    Attributes:
        n_rows: How many rows there are.
        n_columns: Likewise.
        gap: What is drawn between them; None where they are too small.
    """

    n_rows: int
    n_columns: int
    gap: QPen | None = None

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        # Upright, level and oblique lines need no smoothing, which would take several times as long.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        super().paint(painter, frame)
        if self.gap is not None:
            self._part(painter, frame, self.gap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _part(self, painter: QPainter, frame: PlotFrame, gap: QPen) -> None:
        """Draw what stands between cells."""
        area = frame.area
        columns = [frame.column(column) for column in range(1, self.n_columns)]
        rows = [frame.row(row) for row in range(1, self.n_rows)]
        painter.setPen(gap)
        painter.drawLines(
            [QLineF(column, area.top(), column, area.bottom()) for column in columns]
            + [QLineF(area.left(), row, area.right(), row) for row in rows]
        )

    def rect(self, frame: PlotFrame, cell: int) -> QRectF:
        """Return where a cell is."""
        row, column = divmod(cell, self.n_columns)
        return QRectF(frame.point(column, row + 1.0), frame.point(column + 1.0, row))

    @property
    def keys(self) -> Sequence[Key]:
        return range(self.n_rows * self.n_columns)

    def nearest(self, frame: PlotFrame, position: QPointF) -> tuple[float, Key] | None:
        area = frame.area
        if not area.contains(position):
            return None
        column = int((position.x() - area.left()) / area.width() * self.n_columns)
        row = int((area.bottom() - position.y()) / area.height() * self.n_rows)
        return 0.0, min(row, self.n_rows - 1) * self.n_columns + min(column, self.n_columns - 1)

    def place(self, frame: PlotFrame, key: Key) -> QPointF | None:
        return self.rect(frame, key).center() if isinstance(key, int) else None

    def paint_pointed(self, painter: QPainter, frame: PlotFrame, key: Key) -> None:
        if isinstance(key, int) and 0 <= key < len(self.keys):
            paint_frame(painter, frame, self.rect(frame, key))


def paint_frame(painter: QPainter, frame: PlotFrame, place: QRectF) -> None:
    """Draw what sets a cell off from all others, whatever its colour."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (("card", 5.0), ("text", 2.2)):
        pen = QPen(frame.theme.colour(colour), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(place)


@dataclass(frozen=True)
class Corners(Symbol):
    """The corners of a square, around something that is going on."""

    colour: QColor
    rim: QColor

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        radius, arm = self.radius, 0.55 * self.radius
        strokes = []
        for x in (-1, 1):
            for y in (-1, 1):
                corner = centre + QPointF(x * radius, y * radius)
                strokes.append(QLineF(corner, corner - QPointF(x * arm, 0.0)))
                strokes.append(QLineF(corner, corner - QPointF(0.0, y * arm)))
        for colour, width in ((self.rim, 3.4), (self.colour, 1.6)):
            painter.setPen(QPen(colour, width))
            painter.drawLines(strokes)


class SignForm(Enum):
    """Strokes of a sign around its centre, as shares of its radius; closed ones are filled."""

    TICK = (((-0.95, 0.1), (-0.25, 0.8), (1.0, -0.85)),), False
    CIRCLE = ((), False)
    TRIANGLE = (((-1.0, -0.75), (1.0, -0.75), (0.0, 1.0)),), True
    CROSS = (((-0.85, -0.85), (0.85, 0.85)), ((-0.85, 0.85), (0.85, -0.85))), False


@dataclass(frozen=True)
class Sign(Symbol):
    """A sign that is told apart by its form, with a rim that sets it off from what is below."""

    form: SignForm
    colour: QColor
    rim: QColor

    @property
    def reach(self) -> float:
        return self.radius + 4

    def paint(self, painter: QPainter, centre: QPointF) -> None:
        strokes, is_filled = self.form.value
        width = max(1.4, 0.34 * self.radius)
        for colour, pen_width in ((self.rim, width + 2.4), (self.colour, width)):
            pen = QPen(colour, pen_width)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.setBrush(colour if is_filled else Qt.BrushStyle.NoBrush)
            if self.form is SignForm.CIRCLE:
                painter.drawEllipse(centre, 0.7 * self.radius, 0.7 * self.radius)
            for stroke in strokes:
                points = QPolygonF([centre + QPointF(x, y) * self.radius for x, y in stroke])
                if is_filled:
                    painter.drawPolygon(points)
                else:
                    painter.drawPolyline(points)
        painter.setBrush(Qt.BrushStyle.NoBrush)


@dataclass(frozen=True, eq=False)
class ColourBar(Shape):
    """A vertical bar at the right of the area, from the lowest to the highest colour, with numbers.

    Attributes:
        colours: From the lowest to the highest.
        ticks: (share of the bar, what is written there).
    """

    colours: Sequence[QColor]
    ticks: Sequence[Tick]

    def width(self, look: Look) -> float:
        """Return how many pixels it takes, numbers and the gap before it included."""
        widest = QFontMetricsF(look.font(TICK_FONT)).horizontalAdvance(FixedScale(self.ticks).widest)
        return 10 + _BAR * look.base_size + 5 + widest

    def paint(self, painter: QPainter, frame: PlotFrame) -> None:
        area, n = frame.area, len(self.colours)
        bar = QRectF(area.right() + 10, area.top(), _BAR * frame.theme.base_size, area.height())
        painter.setPen(Qt.PenStyle.NoPen)
        for place, colour in enumerate(self.colours):
            top = bar.bottom() - (place + 1) / n * bar.height()
            painter.fillRect(QRectF(bar.left(), top, bar.width(), bar.height() / n + 0.5), colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(frame.theme.colour("border"))
        painter.drawRect(bar)
        self._paint_numbers(painter, frame, bar)

    def _paint_numbers(self, painter: QPainter, frame: PlotFrame, bar: QRectF) -> None:
        """Write as many numbers as there is room for."""
        height = frame.metrics.height()
        painter.setFont(frame.theme.font(TICK_FONT))
        painter.setPen(frame.theme.colour("muted"))
        scale = FixedScale(self.ticks)
        for share, text in fitting_ticks(scale, (0.0, 1.0), bar.height(), lambda _: ROW * height):
            row = bar.bottom() - share * bar.height()
            painter.drawLine(QLineF(bar.right(), row, bar.right() + 3, row))
            room = QRectF(bar.right() + 5, row - height / 2, frame.room.right() - bar.right(), height)
            painter.drawText(room, _LEFT | Qt.TextFlag.TextDontClip, text)
