"""The line below the policy: its entropy between both extremes, and what bars and mark mean."""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from ppo_desktop.ppo.events import DiscretePolicy, Frame, GaussianPolicy
from ppo_desktop.views.theme import Theme

EntropyUnit = Literal["bits", "nats"]
_ONE_OF: dict[EntropyUnit, str] = {"bits": "bit", "nats": "nat"}

_LEGENDS = (("next action", "last action, arrow"), ("next", "last"))
Words = list[tuple[str, str]]
"""Texts beside each other, each with the name of its colour."""
_SHORTEST_RULER = 5.5
"""Base font sizes."""
_SIDE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def largest_entropy(frame: Frame, unit: EntropyUnit) -> float | None:
    """Return log |A|, the entropy of a uniform policy; None for a density, which has no largest one."""
    if isinstance(frame.policy, GaussianPolicy):
        return None
    return in_unit(math.log(len(frame.policy.probabilities)), unit)


def in_unit(nats: float, unit: EntropyUnit) -> float:
    """Return an entropy in bits or nats."""
    return nats / math.log(2) if unit == "bits" else nats


class PolicyStrip:
    """Paints the line; nothing in it moves but the entropy itself."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def height(self) -> float:
        """Return the room it needs, in pixels."""
        return 1.35 * QFontMetricsF(self._theme.font(0.8)).height()

    def paint(self, painter: QPainter, rect: QRectF, frame: Frame, unit: EntropyUnit) -> None:
        """Paint the line for the state shown."""
        painter.setFont(self._theme.font(0.8))
        metrics = QFontMetricsF(painter.font())
        largest = largest_entropy(frame, unit)
        least = _SHORTEST_RULER * self._theme.base_size
        notes: list[Words] = []
        needed = 0.0
        if largest is None:
            notes = _notes(frame)
            needed = _width(metrics, notes[-1]) if notes else 0.0
        else:
            needed = _ends_width(metrics, *_ends(largest, unit)[1]) + least
        left = self._paint_legend(painter, rect, metrics, frame, rect.width() - needed)
        room = QRectF(rect.topLeft(), QPointF(left, rect.bottom()))
        if largest is not None:
            self._paint_ruler(painter, room, metrics, frame, largest, unit)
        elif notes:
            fitting = (words for words in notes if _width(metrics, words) <= room.width())
            x = room.left()
            for text, colour in next(fitting, notes[-1]):
                x = self._write(painter, x, room, text, colour) + metrics.averageCharWidth()

    def _paint_legend(
        self, painter: QPainter, rect: QRectF, metrics: QFontMetricsF, frame: Frame, room: float
    ) -> float:
        """Say at the right what bars and mark mean, and return the left edge of that."""
        size = 0.25 * self._theme.base_size
        swatch, gap = 5 * size, 0.9 * self._theme.base_size

        def width(texts: tuple[str, str]) -> float:
            return sum(metrics.horizontalAdvance(text) + swatch + 2 * size + gap for text in texts) + gap

        texts = next((texts for texts in _LEGENDS if width(texts) <= room), _LEGENDS[-1])
        left = rect.right() - width(texts) + gap
        x, y = left + gap, rect.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("entropy"))
        painter.drawRoundedRect(QRectF(x, y - size, swatch, 2 * size), 2.0, 2.0)
        x = self._write(painter, x + swatch + 2 * size, rect, texts[0], "muted") + gap
        if isinstance(frame.policy, DiscretePolicy):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("accent"))
            painter.drawEllipse(QPointF(x + swatch / 2, y), size, size)
        else:
            painter.setPen(QPen(self._theme.colour("accent"), 0.3 * self._theme.base_size))
            painter.drawLine(QLineF(x + swatch / 2, y - 2 * size, x + swatch / 2, y + 2 * size))
        self._write(painter, x + swatch, rect, texts[1], "muted")
        return left

    def _paint_ruler(
        self,
        painter: QPainter,
        rect: QRectF,
        metrics: QFontMetricsF,
        frame: Frame,
        largest: float,
        unit: EntropyUnit,
    ) -> None:
        """Paint the entropy on a line from a certain policy to a uniform one."""
        room = rect.width() - _SHORTEST_RULER * self._theme.base_size
        wordings = _ends(largest, unit)
        fitting = (ends for ends in wordings if _ends_width(metrics, *ends) <= room)
        low, high = next(fitting, wordings[-1])
        space = 0.5 * self._theme.base_size
        left = self._write(painter, rect.left(), rect, low, "muted") + space
        right = rect.right() - metrics.horizontalAdvance(high)
        self._write(painter, right, rect, high, "muted")
        line = QLineF(left, rect.center().y(), max(left + 1, right - space), rect.center().y())
        share = min(1.0, max(0.0, in_unit(frame.entropy, unit) / largest)) if largest > 0 else 0.0
        here = line.pointAt(share if math.isfinite(share) else 0.0)
        thickness = 0.35 * self._theme.base_size
        for end, colour in ((line.p2(), "border"), (here, "entropy")):
            painter.setPen(
                QPen(self._theme.colour(colour), thickness, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
            )
            painter.drawLine(QLineF(line.p1(), end))
        radius = 1.1 * thickness
        for whole in range(1, math.ceil(largest - 1e-9)):
            tick = line.pointAt(whole / largest)
            if abs(tick.x() - here.x()) > radius + metrics.horizontalAdvance(str(whole)):  # else half hidden
                self._paint_tick(painter, tick, metrics, str(whole))
        painter.setPen(QPen(self._theme.colour("card"), 1.5))
        painter.setBrush(self._theme.colour("entropy"))
        painter.drawEllipse(here, radius, radius)

    def _paint_tick(self, painter: QPainter, place: QPointF, metrics: QFontMetricsF, text: str) -> None:
        width = metrics.horizontalAdvance(text)
        room = QRectF(
            place.x() - width / 2 - 2, place.y() - metrics.height() / 2, width + 4, metrics.height()
        )
        painter.fillRect(room, self._theme.colour("card"))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _write(self, painter: QPainter, left: float, rect: QRectF, text: str, colour: str) -> float:
        """Write one line and return its right edge."""
        width = QFontMetricsF(painter.font()).horizontalAdvance(text)
        painter.setPen(self._theme.colour(colour))
        painter.drawText(QRectF(left, rect.top(), width + 2, rect.height()), _SIDE, text)
        return left + width


def _ends(largest: float, unit: EntropyUnit) -> tuple[tuple[str, str], ...]:
    """Return what stands at both ends of the ruler, from the fullest wording to the shortest."""
    number = f"{largest:.2f}".rstrip("0").rstrip(".")
    name = _ONE_OF[unit] if number == "1" else unit
    full = f"{number} {name} uniform"
    return (("certain 0", full), ("certain 0", f"{number} uniform"), ("0", number))


def _ends_width(metrics: QFontMetricsF, low: str, high: str) -> float:
    return metrics.horizontalAdvance(low + high) + 2 * metrics.averageCharWidth()


def beyond_texts(policy: GaussianPolicy) -> tuple[str, ...]:
    """Return how much of a policy is beyond the bounds, in several wordings; nothing where it has none.

    Of several components it is the probability that at least one of them is.
    """
    bounded = [math.isfinite(bound) for bound in (*policy.low, *policy.high)]
    beyond = 1 - math.prod(1 - part for part in policy.beyond_bounds)
    if not any(bounded) or not math.isfinite(beyond):
        return ()
    share = "< 0.1 %" if 0 < beyond < 5e-4 else f"{100 * beyond:.1f} %"
    return (f"beyond the bounds {share}", f"beyond {share}")


def _notes(frame: Frame) -> list[Words]:
    """Return what is said of a density, from the fullest wording to the shortest."""
    assert isinstance(frame.policy, GaussianPolicy)
    beyond, hints = beyond_texts(frame.policy), _hints(frame)
    beyonds = [[(text, "clip")] for text in beyond] or [[]]
    negatives = [[(text, "entropy")] for text in hints] or [[]]
    return [words for end in negatives for begin in beyonds if (words := begin + end)]


def _width(metrics: QFontMetricsF, words: Words) -> float:
    return sum(metrics.horizontalAdvance(text) + metrics.averageCharWidth() for text, _ in words)


def _hints(frame: Frame) -> tuple[str, ...]:
    """Return why a density's entropy is negative, in several wordings; nothing if it is not."""
    assert isinstance(frame.policy, GaussianPolicy)
    if not frame.entropy < 0:
        return ()
    if len(frame.policy.means) > 1:
        return ("negative: the densities are narrow", "negative: narrow")
    return ("negative: the density is narrow, σ < 0.242", "negative: σ < 0.242")
