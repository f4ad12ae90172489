"""How the minibatch's advantages and the rollout's entropies are spread: two histograms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QPen

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.charts.frame import bare_frame
from ppo_desktop.views.charts.live import LIVE_FONT, LiveFigure
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Columns, Rules, Shape
from ppo_desktop.views.charts.words import Heading, Label, LabelsBelow, Note, Word
from ppo_desktop.views.policy_strip import EntropyUnit
from ppo_desktop.views.theme import Theme

if TYPE_CHECKING:
    from ppo_desktop.ppo.samples import MinibatchSamples

N_BINS = 41


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


class SpreadView(LiveFigure):
    """Advantages above, coloured by sign, and entropies of the single states below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "spread_view", "Spread of advantages and entropies", "spread")
        self._spreads: tuple[Spread, ...] = ()

    def show_spreads(self, *spreads: Spread) -> None:
        """Show histograms, one above the other."""
        self._spreads = spreads
        self.setAccessibleDescription(
            "; ".join(f"{spread.titles[0]}: {spread.summary}" for spread in spreads)
        )
        self.update()

    def pictures_in(self, room: QRectF) -> Iterable[Picture]:
        """Return the histograms."""
        line = QFontMetricsF(self._theme.font(LIVE_FONT)).height()
        height = room.height() / max(1, len(self._spreads))
        for place, spread in enumerate(self._spreads):
            area = QRectF(8, place * height + line + 4, room.width() - 16, height - 2.4 * line - 4)
            frame = bare_frame(self._theme, area, (spread.low, spread.high), (0.0, 1.0), LIVE_FONT)
            yield Picture(frame, spread_shapes(self._theme, spread), has_axes=False)


def spread_shapes(theme: Theme, spread: Spread) -> list[Shape]:
    """Return a histogram with what is written around it."""
    summary = [Word(spread.summary, "text")]
    shapes: list[Shape] = [
        Rules(QPen(theme.colour("border"), 1), rows=[0.0]),
        Heading([[Word(title), *summary] for title in spread.titles]),
    ]
    if len(spread.values) == 0:
        return [*shapes, Note(spread.empty)]
    edges = np.linspace(spread.low, spread.high, N_BINS + 1)
    counts, _ = np.histogram(spread.values.clip(spread.low, spread.high), bins=edges)
    colours = np.array([spread.colour(middle) for middle in (edges[:-1] + edges[1:]) / 2])
    shapes += [
        Columns(
            edges, np.where(colours == name, counts / counts.max(), 0), np.zeros(N_BINS), theme.colour(name)
        )
        for name in np.unique(colours).tolist()
    ]
    # Both ends are more important than what is between them.
    labels = [Label(*tick) for tick in (*spread.ticks[::2], *spread.ticks[1::2])]
    return [*shapes, LabelsBelow([labels], strokes=[value for value, _ in spread.ticks])]


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
