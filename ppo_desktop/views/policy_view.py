"""What the agent thinks in the state shown: return, value, entropy and the policy itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.events import DiscretePolicy, Frame, GaussianPolicy
from ppo_desktop.views.charts.frame import PlotFrame, bare_frame
from ppo_desktop.views.charts.scales import Range
from ppo_desktop.views.charts.shapes import polygon
from ppo_desktop.views.controls import explained
from ppo_desktop.views.policy_strip import EntropyUnit, PolicyStrip, beyond_texts, in_unit, largest_entropy
from ppo_desktop.views.theme import Theme, smooth_painter

_MOST_ROWS = 6
_UNKNOWN = "–"
_NUMBERS = ("episode_return", "value", "state_entropy")
"""What the numbers are, from top to bottom, as the glossary calls it."""
_LABELS = (
    ("Return so far", "V(s): discounted, from here", "Entropy of this state"),
    ("Return so far", "V(s) from here", "Entropy here"),
    ("Return", "V(s)", "Entropy"),
)
"""The same in words, in full and for narrow windows: what was and what is expected are not to be compared."""
_SCALED_LABELS = (
    ("Return so far", "V(s): discounted and scaled, from here", "Entropy of this state"),
    ("Return so far", "V(s), scaled", "Entropy here"),
    ("Return", "V(s), scaled", "Entropy"),
)
_WIDEST_LABEL_SHARE = 0.31
_WIDEST_SHORT_LABEL_SHARE = 0.25
"""Where even the short ones take more, the numbers leave room for the policy by being smaller…"""
_WIDEST_SHORT_LABEL_BESIDE_SMALL_NUMBERS = 0.28
"""…and where they take more than this, the shortest are enough."""
_MOST_FOR_NUMBERS = 0.44
"""Of the width; where they would take more, the bars beside them would be too short to be compared."""
_MOST_OF_ROW = 0.72
"""The part of a row that name and number may take: a short bar is better than small print."""
_DESCRIBE_EVERY_MS = 1000
"""Screen readers cannot follow thirty frames a second."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_BELL = np.linspace(-3.5, 3.5, 57)


@dataclass(frozen=True)
class _Row:
    """One discrete action, or one component of a continuous one."""

    name: str
    text: str
    emphasised: bool


@dataclass(frozen=True)
class _Places:
    """Where the parts of a row go, whatever its numbers, so that nothing jitters."""

    name: QRectF
    bar: QRectF
    text: QRectF
    font: QFont


class PolicyView(QWidget):
    """Numbers on the left, the policy's distribution on the right, a line below; all in one painting."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("policy_view")
        self.setAccessibleName("Policy in the state shown")
        explained(self, "policy")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._frame: Frame | None = None
        self._entropy_unit: EntropyUnit = "bits"
        self._labels = _LABELS
        self._strip = PolicyStrip(theme)
        self._reach = 0.0
        self._cells: list[tuple[QRectF, str]] = []
        self._describe_timer = QTimer(self, singleShot=True, interval=_DESCRIBE_EVERY_MS)
        self._describe_timer.timeout.connect(self._describe)
        theme.changed.connect(self._follow_theme)

    def sizeHint(self) -> QSize:
        """Return room for three actions in full size, or for six in small print."""
        return QSize(440, round(10.6 * self._theme.base_size))

    def minimumSizeHint(self) -> QSize:
        """Return the least that stays legible."""
        return QSize(round(24 * self._theme.base_size), round(7.8 * self._theme.base_size))

    def set_entropy_unit(self, unit: EntropyUnit) -> None:
        """Show the entropy in bits or nats."""
        self._entropy_unit = unit
        self.update()

    def show_run(self, *, rewards_are_scaled: bool) -> None:
        """Say in which units the values of a run are."""
        self._labels = _SCALED_LABELS if rewards_are_scaled else _LABELS
        self.update()

    def show_frame(self, frame: Frame | None) -> None:
        """Show what the agent thinks; None before there is an agent."""
        if frame is None or self._frame is None or frame.environment_id != self._frame.environment_id:
            self._reach = 0.0
        self._frame = frame
        if frame is not None and isinstance(frame.policy, GaussianPolicy):
            # It only ever grows: an axis that followed every state could not be read.
            self._reach = max(self._reach, _reach(frame.policy))
        if not self._describe_timer.isActive():
            self._describe_timer.start()
        self.update()

    def explanation_at(self, point: QPointF) -> str:
        """Return the key for the number at `point`, empty for the policy beside the numbers."""
        return next((key for cell, key in self._cells if cell.contains(point)), "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the numbers and, once there is a frame, the policy."""
        painter = smooth_painter(self)
        strip = min(self._strip.height(), 0.2 * self.height())
        height = self.height() - strip
        left = self._paint_numbers(painter, height) + self._theme.base_size
        area = QRectF(left, 0.0, self.width() - left, height)
        if self._frame is not None and not area.isEmpty():
            self._paint_policy(painter, area, self._frame)
            line = QRectF(0.0, height, self.width(), strip)
            self._strip.paint(painter, line, self._frame, self._entropy_unit)

    def _paint_numbers(self, painter: QPainter, room: float) -> float:
        """Paint the numbers as a table into the uppermost `room` pixels and return its right edge."""
        scale = 1.15 if self._theme.projector else 1.35
        small, labels = self._theme.font(0.85), self._labels[0]
        if _widest(list(labels), small) > _WIDEST_LABEL_SHARE * self.width():
            labels = self._labels[1]
            if _widest(list(labels), small) > _WIDEST_SHORT_LABEL_SHARE * self.width():
                scale = 1.0
            if _widest(list(labels), small) > _WIDEST_SHORT_LABEL_BESIDE_SMALL_NUMBERS * self.width():
                labels = self._labels[2]
        if self._edge_of_numbers(labels, scale) > _MOST_FOR_NUMBERS * self.width():
            labels = self._labels[1] if labels is self._labels[0] else labels
            if self._edge_of_numbers(labels, scale) > _MOST_FOR_NUMBERS * self.width():
                scale = 1.0
        large = _tabular(self._theme.font(scale, bold=True))
        numbers = self._numbers(labels)
        edge = self._edge_of_numbers(labels, scale)
        height = min(room / len(numbers), 1.4 * QFontMetricsF(large).height())
        cell = QRectF(0.0, (room - height * len(numbers)) / 2, edge, height)
        self._cells.clear()
        for (label, text, colour), key in zip(numbers, _NUMBERS, strict=True):
            self._cells.append((QRectF(cell), key))
            self._write(painter, cell, _LEFT, label, small, "muted")
            self._write(painter, cell, _RIGHT, text, large, colour if self._frame else "muted")
            cell.translate(0.0, height)
        unit = QRectF(edge + _widest([" "], large), cell.top() - height, _widest(["nats"], small), height)
        self._write(painter, unit, _LEFT, self._entropy_unit if self._frame else "", small, "entropy")
        return unit.right()

    def _edge_of_numbers(self, labels: tuple[str, str, str], scale: float) -> float:
        """Return where the numbers end, with these labels and in a font of so many times the base size."""
        large, gap = _tabular(self._theme.font(scale, bold=True)), 0.8 * self._theme.base_size
        return (
            _widest(list(labels), self._theme.font(0.85))
            + gap
            + _widest(_extreme_numbers(self._frame), large)
        )

    def _numbers(self, labels: tuple[str, str, str]) -> list[tuple[str, str, str]]:
        """Return label, text and colour of each number."""
        frame = self._frame
        entropy = in_unit(frame.entropy, self._entropy_unit) if frame else math.nan
        return [
            (labels[0], _return(frame) if frame else _UNKNOWN, "episode_return"),
            (labels[1], number_text(frame.value, 2) if frame else _UNKNOWN, "value"),
            (labels[2], number_text(entropy, 2), "entropy"),
        ]

    def _paint_policy(self, painter: QPainter, area: QRectF, frame: Frame) -> None:
        """Paint a row for each action, or for each component of a continuous one."""
        rows, rest = _rows(frame)
        continuous = isinstance(frame.policy, GaussianPolicy)
        lines = len(rows) + bool(rest)
        height = min(area.height() / lines, (3.4 if continuous else 1.9) * self._line_height)
        cell = QRectF(area.left(), area.center().y() - lines * height / 2, area.width(), height)
        places = self._places(cell, rows, continuous)
        if len(rows) == 1 and places.font.pointSizeF() < self._theme.least_size:
            rows = [replace(rows[0], name="")]  # the only one: its number is told apart without
            places = self._places(cell, rows, continuous)
        painter.save()
        for index, row in enumerate(rows):
            self._paint_row(painter, places, row)
            if isinstance(frame.policy, DiscretePolicy):
                self._paint_probability(painter, places.bar, frame, index)
            else:
                self._paint_density(painter, places.bar, frame, index)
            painter.translate(0.0, height)
        places.font.setBold(False)
        self._write(painter, cell, _LEFT, rest, places.font, "muted")
        painter.restore()

    def _places(self, cell: QRectF, rows: list[_Row], continuous: bool) -> _Places:
        """Put name, bar and number side by side; a density with room goes below the other two."""
        font, line_height = _tabular(self._theme.font(bold=not continuous)), self._line_height
        below = continuous and cell.height() >= 2 * line_height
        names, numbers = [row.name for row in rows], ["−0.00 ± 0.00" if continuous else "0.00"]
        room = (0.95 if below else _MOST_OF_ROW) * cell.width()
        shrink = min(1.0, cell.height() / line_height, room / (_widest(names, font) + _widest(numbers, font)))
        font.setPointSizeF(max(1.0, shrink * font.pointSizeF()))
        if below:
            return _bar_below(cell, line_height, font)
        return _side_by_side(cell, _widest(names, font), _widest(numbers, font), font)

    def _paint_row(self, painter: QPainter, places: _Places, row: _Row) -> None:
        font, colour = QFont(places.font), "text" if row.emphasised else "muted"
        font.setBold(row.emphasised)
        self._write(painter, places.name, _LEFT, row.name, font, colour)
        self._write(painter, places.text, _RIGHT, row.text, font, colour)

    def _paint_probability(self, painter: QPainter, bar: QRectF, frame: Frame, action: int) -> None:
        assert isinstance(frame.policy, DiscretePolicy)
        self._fill(painter, bar, "field")
        filled = QRectF(bar)
        filled.setWidth(bar.width() * max(0.0, min(1.0, frame.policy.probabilities[action])))
        self._fill(painter, filled, "entropy")
        if frame.action is not None and int(frame.action[0]) == action:
            size = 0.25 * self._theme.base_size
            centre = QPointF(bar.left() - 2.5 * size, bar.center().y())
            self._fill(painter, QRectF(centre - QPointF(size, size), centre + QPointF(size, size)), "accent")

    def _paint_density(self, painter: QPainter, bar: QRectF, frame: Frame, component: int) -> None:
        """Paint N(mean, σ²) over the range of actions that the environment obeys."""
        assert isinstance(frame.policy, GaussianPolicy)
        mean, deviation = frame.policy.means[component], frame.policy.standard_deviations[component]
        shown, obeyed = _range(frame.policy.low[component], frame.policy.high[component], self._reach)
        plot = bare_frame(self._theme, bar, shown, (0.0, 1.0))
        self._fill(painter, QRectF(plot.point(obeyed[0], 1.0), plot.point(obeyed[1], 0.0)), "field")
        painter.save()
        painter.setClipRect(bar)
        if math.isfinite(mean) and math.isfinite(deviation):
            self._paint_bell(painter, plot, mean, deviation, "entropy")
            if obeyed != shown:
                self._paint_beyond(painter, plot, bar, obeyed, mean, deviation)
        if frame.action is not None and math.isfinite(frame.action[component]):
            taken = max(shown[0], min(shown[1], frame.action[component]))
            painter.setPen(QPen(self._theme.colour("accent"), 0.3 * self._theme.base_size))
            painter.drawLine(plot.point(taken, 0.0), plot.point(taken, 0.3))
        painter.restore()

    def _paint_beyond(
        self, painter: QPainter, plot: PlotFrame, bar: QRectF, obeyed: Range, mean: float, deviation: float
    ) -> None:
        """Paint in another colour what of the density is beyond the bounds: it is clipped to them."""
        low, high = (plot.point(bound, 0.0).x() for bound in obeyed)
        for left, right in ((bar.left(), low), (high, bar.right())):
            outside = QRectF(left, bar.top(), right - left, bar.height())
            painter.save()
            painter.setClipRect(outside, Qt.ClipOperation.IntersectClip)
            painter.fillRect(outside, self._theme.colour("card"))
            self._paint_bell(painter, plot, mean, deviation, "clip")
            painter.restore()

    def _paint_bell(
        self, painter: QPainter, plot: PlotFrame, mean: float, deviation: float, colour: str
    ) -> None:
        painter.setPen(QPen(self._theme.colour(colour), 1.5))
        painter.drawLine(plot.point(mean, 0.0), plot.point(mean, 0.9))
        painter.setBrush(self._theme.colour(colour, 0.35))
        painter.drawPolygon(polygon(plot.points(mean + _BELL * deviation, 0.9 * np.exp(-(_BELL**2) / 2))))

    def _fill(self, painter: QPainter, rect: QRectF, colour: str) -> None:
        radius = min(4.0, rect.width() / 2, rect.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(colour))
        painter.drawRoundedRect(rect, radius, radius)

    def _write(
        self, painter: QPainter, rect: QRectF, side: Qt.AlignmentFlag, text: str, font: QFont, colour: str
    ) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.colour(colour))
        painter.drawText(rect, side, text)

    @property
    def _line_height(self) -> float:
        return QFontMetricsF(self._theme.font()).height()

    def _follow_theme(self) -> None:
        self.updateGeometry()
        self.update()

    def _describe(self) -> None:
        if self._frame is None:
            self.setAccessibleDescription("")
            return
        numbers = ", ".join(f"{label} {text}" for label, text, _ in self._numbers(self._labels[0]))
        rows, rest = _rows(self._frame)
        actions = ", ".join([f"{row.name} {row.text}" for row in rows] + [rest] * bool(rest))
        if isinstance(self._frame.policy, GaussianPolicy) and (beyond := beyond_texts(self._frame.policy)):
            actions = f"{actions}, {beyond[0]}"
        largest = largest_entropy(self._frame, self._entropy_unit)
        limit = "" if largest is None else f" of at most {number_text(largest, 2)}"
        self.setAccessibleDescription(
            f"{numbers} {self._entropy_unit}{limit}; {actions}{_last_action(self._frame)}"
        )


def _rows(frame: Frame) -> tuple[list[_Row], str]:
    """Return the rows that fit, and what to say about the others."""
    policy = frame.policy
    if isinstance(policy, DiscretePolicy):
        likeliest = policy.probabilities.index(max(policy.probabilities))
        numbers = enumerate(policy.probabilities)
        rows = [_Row(_name(frame, i), number_text(p, 2), i == likeliest) for i, p in numbers]
    else:
        pairs = zip(policy.means, policy.standard_deviations, strict=True)
        rows = [
            _Row(_name(frame, i), f"{number_text(m, 2)} ± {number_text(s, 2)}", False)
            for i, (m, s) in enumerate(pairs)
        ]
    if len(rows) <= _MOST_ROWS:
        return rows, ""
    shown = _MOST_ROWS - 1
    rest = f"and {len(rows) - shown} more"
    if isinstance(policy, DiscretePolicy):
        rest += f", {number_text(sum(policy.probabilities[shown:]), 2)} together"
    return rows[:shown], rest


def _last_action(frame: Frame) -> str:
    """Return in words which action led to the state shown, nothing at the start of an episode."""
    if frame.action is None:
        return ""
    if isinstance(frame.policy, DiscretePolicy):
        return f"; last action {_name(frame, int(frame.action[0]))}"
    return "; last action " + ", ".join(number_text(part, 2) for part in frame.action)


def _name(frame: Frame, index: int) -> str:
    known = KNOWN_ENVIRONMENTS.get(frame.environment_id)
    return known.actions[index].name if known and index < len(known.actions) else f"action {index}"


def _bar_below(cell: QRectF, line_height: float, font: QFont) -> _Places:
    line = QRectF(cell.left(), cell.top(), cell.width(), line_height)
    return _Places(line, cell.adjusted(0.0, line_height, 0.0, -0.2 * line_height), line, font)


def _side_by_side(cell: QRectF, name_width: float, text_width: float, font: QFont) -> _Places:
    metrics = QFontMetricsF(font)
    gap, thickness = metrics.averageCharWidth(), 0.7 * metrics.height()
    name = QRectF(cell.left(), cell.top(), name_width, cell.height())
    text = QRectF(cell.right() - text_width, cell.top(), text_width, cell.height())
    top = cell.center().y() - thickness / 2
    bar = QRectF(QPointF(name.right() + 2 * gap, top), QPointF(text.left() - gap, top + thickness))
    return _Places(name, bar, text, font)


def _range(low: float, high: float, reach: float) -> tuple[Range, Range]:
    """Return what is shown of an action in [low, high], and what of it the environment obeys.

    Of actions with bounds half as much beyond is shown, of others ±reach.
    """
    if low < high and math.isfinite(high - low):
        beyond = (high - low) / 4
        return (low - beyond, high + beyond), (low, high)
    return (-reach, reach), (-reach, reach)


def _reach(policy: GaussianPolicy) -> float:
    """Return a power of two, at least 1, that holds two standard deviations of every component."""
    pairs = zip(policy.means, policy.standard_deviations, strict=True)
    seen = max(abs(mean) + 2 * deviation for mean, deviation in pairs)
    return 2.0 ** math.ceil(math.log2(seen)) if 1.0 < seen < math.inf else 1.0


def _extreme_numbers(frame: Frame | None) -> list[str]:
    """Return the longest numbers that the environment is expected to give."""
    known = KNOWN_ENVIRONMENTS.get(frame.environment_id) if frame else None
    lowest, highest = known.return_range if known else (-1000.0, 1000.0)
    return ["−00.00", number_text(lowest, 1), number_text(highest, 1)]


def _return(frame: Frame) -> str:
    known = KNOWN_ENVIRONMENTS.get(frame.environment_id)
    return number_text(frame.episode_return, known.return_decimals if known else 1)


def number_text(number: float, decimals: int) -> str:
    """Return a number with a real minus sign and one decimal at most from 100 on."""
    if not math.isfinite(number):
        return _UNKNOWN
    if abs(number) >= 1e5:
        return f"{number:.1e}".replace("-", "−")
    shown = min(decimals, 1) if abs(number) >= 100 else decimals
    # Adding zero turns a rounded -0.0 into 0.0.
    return f"{round(number, shown) + 0.0:.{shown}f}".replace("-", "−")


def _tabular(font: QFont) -> QFont:
    """Return the font with digits of one width."""
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _widest(texts: list[str], font: QFont) -> float:
    return max(map(QFontMetricsF(font).horizontalAdvance, texts))
