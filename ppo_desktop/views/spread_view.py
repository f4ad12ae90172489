"""How the minibatch's advantages and the rollout's entropies are spread: two histograms."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.controls import explained
from ppo_desktop.views.policy_strip import EntropyUnit
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import first_fitting

if TYPE_CHECKING:
    from ppo_desktop.ppo.samples import MinibatchSamples

N_BINS = 41
Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Spread:
    """What a histogram shows.

    Attributes:
        titles: What stands above it, at the left, from the full wording to the shortest.
        summary: What stands above it, at the right.
        values: The numbers, (B,).
        low: Left end of the axis.
        high: Right end.
        colour: Name of the palette's colour for a bar around a value.
        ticks: (value, label) under the axis.
        empty: What to say when there are no numbers.
    """

    titles: tuple[str, ...]
    summary: str
    values: Numbers
    low: float
    high: float
    colour: Callable[[float], str]
    ticks: tuple[tuple[float, str], ...]
    empty: str


class SpreadView(QWidget):
    """Advantages above, coloured by sign, and entropies of the single states below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("spread_view")
        self.setAccessibleName("Spread of advantages and entropies")
        explained(self, "spread")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._spreads: tuple[Spread, ...] = ()
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(440, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 150)

    def show_spreads(self, *spreads: Spread) -> None:
        """Show histograms, one above the other."""
        self._spreads = spreads
        self.setAccessibleDescription(
            "; ".join(f"{spread.titles[0]}: {spread.summary}" for spread in spreads)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font(0.85))
        line = QFontMetricsF(painter.font()).height()
        height = self.height() / max(1, len(self._spreads))
        for place, spread in enumerate(self._spreads):
            rect = QRectF(8, place * height, self.width() - 16, height)
            self._paint_titles(painter, rect, spread)
            self._paint_histogram(painter, rect.adjusted(0, 1.2 * line, 0, -1.4 * line), spread)

    def _paint_titles(self, painter: QPainter, rect: QRectF, spread: Spread) -> None:
        metrics = QFontMetricsF(painter.font())
        room = rect.width() - metrics.horizontalAdvance(spread.summary + "  ")
        painter.setPen(self._theme.colour("muted"))
        title = first_fitting(spread.titles, metrics, room)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, spread.summary)

    def _paint_histogram(self, painter: QPainter, rect: QRectF, spread: Spread) -> None:
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if len(spread.values) == 0:
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, spread.empty)
            return
        edges = np.linspace(spread.low, spread.high, N_BINS + 1)
        counts, _ = np.histogram(spread.values.clip(spread.low, spread.high), bins=edges)
        width = rect.width() / N_BINS
        for place, count in enumerate(counts.tolist()):
            height = rect.height() * count / counts.max()
            bar = QRectF(rect.left() + place * width + 0.5, rect.bottom() - height, width - 1, height)
            painter.fillRect(bar, self._theme.colour(spread.colour((edges[place] + edges[place + 1]) / 2)))
        self._paint_ticks(painter, rect, spread)

    def _paint_ticks(self, painter: QPainter, rect: QRectF, spread: Spread) -> None:
        metrics = QFontMetricsF(painter.font())
        painter.setPen(self._theme.colour("muted"))
        for value, label in spread.ticks:
            x = rect.left() + (value - spread.low) / (spread.high - spread.low) * rect.width()
            width = metrics.horizontalAdvance(label)
            left = min(max(rect.left(), x - width / 2), rect.right() - width)
            painter.drawLine(QPointF(x, rect.bottom()), QPointF(x, rect.bottom() + 3))
            painter.drawText(QPointF(left, rect.bottom() + 3 + metrics.ascent()), label)


def advantage_spread(samples: MinibatchSamples | None) -> Spread:
    """Return the histogram of a minibatch's advantages as used in the loss; ends hold what is beyond."""
    values = np.empty(0) if samples is None else samples.advantages
    reach = _reach(values)
    summary = ""
    if len(values) == 1:
        summary = f"{values[0]:.2f}".replace("-", "−")
    elif len(values):
        positive = np.count_nonzero(values > 0) / len(values)
        summary = f"{positive:.0%} better than expected · std {np.std(values):.2f}".replace("%", " %")
    return Spread(
        ("advantages Â of this minibatch", "advantages Â", "Â"),
        summary,
        values,
        -reach,
        reach,
        lambda value: "rollout" if value >= 0 else "value",
        (
            (-reach, _end_label(f"−{reach:g}", "less", values < -reach)),
            (0.0, "0"),
            (reach, _end_label(f"{reach:g}", "more", values > reach)),
        ),
        "The advantages of each minibatch appear here.",
    )


def entropy_spread(nats: Numbers | None, n_actions: int | None, unit: EntropyUnit) -> Spread:
    """Return the histogram of the entropies in the single states of the last rollout."""
    values = np.empty(0) if nats is None else nats / (math.log(2) if unit == "bits" else 1.0)
    summary = f"mean {np.mean(values):.3f} {unit}".replace("-", "−") if len(values) else ""
    if n_actions is None:
        # A Gaussian policy has one entropy for all states; it may be negative.
        middle = float(np.round(np.mean(values))) if len(values) else 0.0
        low, high = middle - 1.0, middle + 1.0
        ticks = tuple((end, f"{end:g}".replace("-", "−")) for end in (low, middle, high))
        titles = ("entropy: the same in every state", "entropy", "H")
    else:
        low, high = 0.0, math.log(n_actions) / (math.log(2) if unit == "bits" else 1.0)
        ticks = ((low, "0 certain"), (high, f"{high:.2f} uniform"))
        titles = ("entropy of the single states", "entropies", "H")
    return Spread(
        titles, summary, values, low, high, lambda _: "entropy", ticks, "Appears after the first update."
    )


def _end_label(number: str, beyond: str, is_beyond: NDArray[np.bool_]) -> str:
    """Return an end of the axis, with how many samples lie beyond it: the last bar holds them."""
    count = int(np.count_nonzero(is_beyond))
    return f"{number} or {beyond}: {counted(count, 'sample')}" if count else number


def _reach(values: Numbers) -> float:
    """Return a round number that holds nearly all values, in steps so that the axis does not jitter."""
    if len(values) == 0 or not np.isfinite(values).all():
        return 4.0
    typical = max(float(np.abs(values).max()) / 2, 3 * float(np.std(values)), 1e-6)
    return float(2.0 ** np.ceil(np.log2(typical)))
