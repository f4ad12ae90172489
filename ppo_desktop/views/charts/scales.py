"""How plotted numbers are scaled, ranged and written. No widgets."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.messages import signed, three_digits

Range = tuple[float, float]
Tick = tuple[float, str]

_NICE_ENDS = (1.0, 2.0, 5.0, 10.0)
_NICE_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SHORTEST_AXIS = 1000.0
_MOST_STEPS = 6
"""From one number to the next on an axis of environment steps."""


def nice_end(steps: float) -> float:
    """Return where an axis that shows `steps` environment steps ends: 1, 2 or 5 · 10ⁿ, at least 1 000.

    There are few such ends, so that runs of different length are seldom stretched differently.
    """
    steps = max(steps, _SHORTEST_AXIS)
    power = 10.0 ** math.floor(math.log10(steps))
    return power * next(end for end in _NICE_ENDS if end * power >= steps * (1 - 1e-12))


def nice_step(span: float, most: int) -> float:
    """Return the smallest 1, 2, 2.5 or 5 · 10ⁿ of which `span` holds no more than `most`."""
    least = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(least))
    return power * next(step for step in _NICE_STEPS if step * power >= least * (1 - 1e-9))


def ticks_between(low: float, high: float, most: int, *, is_whole: bool = False) -> list[float]:
    """Return at most `most` + 1 round numbers from `low` to `high`, none with a fraction if `is_whole`."""
    if not high > low:
        return [low]
    step = nice_step(high - low, most)
    step = math.ceil(step) if is_whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def shorten(value: float) -> str:
    """Return a number as an axis shows it: "0", "0.25", "16k", "1.2M", "−500", "2.0e13", "5e−6"."""
    size = abs(value)
    if size >= 1e12 * (1 - 1e-9):
        return three_digits(value)
    sign = "−" if value < 0 else ""
    for power, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= power * (1 - 1e-9):
            return f"{sign}{_plain(size / power)}{suffix}"
    if 1e-12 <= size < 1e-4 * (1 - 1e-9):
        digits, exponent = np.format_float_scientific(float(f"{size:.6g}"), trim="-").split("e")
        return f"{sign}{digits}e−{abs(int(exponent))}"
    return "0" if size < 1e-12 else f"{sign}{_plain(size)}"


def _plain(size: float) -> str:
    return np.format_float_positional(float(f"{size:.6g}"), trim="-")


class AxisScale(ABC):
    """What may be written along an axis, in plotted units."""

    @property
    @abstractmethod
    def widest(self) -> str:
        """A text at least as wide as any that is written; its width is reserved, so nothing jumps."""

    @property
    def strokes(self) -> Sequence[float]:
        """Where small strokes show how it is laid out."""
        return ()

    def ends(self, shown: Range) -> list[Tick]:
        """Return ticks at both ends, if they are to stand there whatever else does."""
        del shown
        return []

    @abstractmethod
    def candidates(self, shown: Range) -> Iterable[list[Tick]]:
        """Yield ticks that may stand along a range, many first."""


@dataclass(frozen=True)
class FixedScale(AxisScale):
    """Ticks that are given, of which every, every second … is written, as there is room.

    Attributes:
        ticks: None for an axis that has no numbers.
    """

    ticks: Sequence[Tick] = ()

    @property
    def widest(self) -> str:
        """The longest text."""
        return max((text for _, text in self.ticks), key=len, default="")

    @property
    def strokes(self) -> Sequence[float]:
        """Where the ticks are, written or not."""
        return [value for value, _ in self.ticks]

    def candidates(self, shown: Range) -> Iterable[list[Tick]]:
        """Yield ticks, many first."""
        ticks = sorted(self.ticks, reverse=shown[0] > shown[1])
        return (ticks[::stride] for stride in range(1, len(ticks) + 1))


def fitting_ticks(scale: AxisScale, shown: Range, length: float, room: Callable[[str], float]) -> list[Tick]:
    """Return as many ticks as there is room for, in order, so that no two texts touch.

    Args:
        scale: What may be written.
        shown: Ends of the axis, in plotted units.
        length: Of the axis, pixels.
        room: Pixels along the axis that a text needs, the gap to the next included.
    """
    per_unit = length / ((shown[1] - shown[0]) or 1.0)

    def are_apart(before: Tick, after: Tick) -> bool:
        return (after[0] - before[0]) * per_unit >= (room(before[1]) + room(after[1])) / 2

    ends = scale.ends(shown)
    ticks: list[Tick] = []
    for candidate in scale.candidates(shown):
        inside = [
            tick for tick in candidate if not ends or (are_apart(ends[0], tick) and are_apart(tick, ends[-1]))
        ]
        ticks = [*ends[:1], *inside, *ends[1:]]
        if all(itertools.starmap(are_apart, itertools.pairwise(ticks))):
            return ticks
    return (ends or ticks)[:1]


@dataclass(frozen=True, kw_only=True)
class ValueScale(AxisScale):
    """What an axis does with the values of a history.

    Attributes:
        most: Steps from tick to tick, at most.
        write: Writes one value, in the history's unit, for the read-out.
        widest: A text at least as wide as any read-out; its width is reserved, so nothing jumps.
        first_range: Range shown before anything exceeds it, in plotted units; None: as the data say.
    """

    write: Callable[[float], str] = three_digits
    widest: str = "−1.2e−5"
    most: int = 5
    first_range: Range | None = None

    def text(self, value: float) -> str:
        """Return a value of the history as the read-out shows it."""
        return self.write(value)

    @abstractmethod
    def to_plot(self, values: Doubles) -> Doubles:
        """Return values of the history in plotted units."""

    @abstractmethod
    def widened(self, shown: Range | None, low: float, high: float) -> Range:
        """Return a round range with `shown`, `low` and `high` in it; `shown` itself if it has them."""

    @abstractmethod
    def ticks(self, shown: Range, most: int) -> list[Tick]:
        """Return at most `most` + 1 positions with their labels."""

    def candidates(self, shown: Range) -> Iterable[list[Tick]]:
        """Yield ticks, many first."""
        return (self.ticks(shown, most) for most in range(self.most, 0, -1))


@dataclass(frozen=True, kw_only=True)
class LinearScale(ValueScale):
    """Plotted = factor · value.

    Attributes:
        factor: Plotted units per unit of the history.
        unit: Written after each tick label.
        limits: Values beyond are drawn at the limit, in plotted units.
        label: Writes one tick.
        is_whole: Whether nothing stands at fractions.
    """

    factor: float = 1.0
    unit: str = ""
    label: Callable[[float], str] = shorten
    is_whole: bool = False
    limits: Range = (-math.inf, math.inf)

    def to_plot(self, values: Doubles) -> Doubles:
        """Return factor · values, cut off at the limits."""
        return np.clip(values * self.factor, *self.limits)

    def widened(self, shown: Range | None, low: float, high: float) -> Range:
        """Return a range that ends on round numbers."""
        if shown is not None:
            if shown[0] <= low and high <= shown[1]:
                return shown
            low, high = min(low, shown[0]), max(high, shown[1])
        if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
            margin = 0.1 * abs(low) or 0.5
            low, high = low - margin, high + margin
        step = nice_step(high - low, 4)
        return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step

    def ticks(self, shown: Range, most: int) -> list[Tick]:
        """Return round numbers in the range; both ends where there would be no two, for one is no scale."""
        values = ticks_between(*shown, most, is_whole=self.is_whole)
        return [
            (value, self.label(value) + self.unit)
            for value in (values if len(values) > 1 else dict.fromkeys(shown))
        ]


@dataclass(frozen=True, kw_only=True)
class LogScale(ValueScale):
    """Plotted = log₁₀ value; whole decades.

    Attributes:
        floor: Values below are drawn here; 0 has no logarithm.
        highest: Values above are drawn here.
    """

    floor: float = 1e-6
    highest: float = math.inf
    first_range: Range | None = field(default=(-2.0, 0.0))

    def text(self, value: float) -> str:
        """Return the value, or what it is less than where it is drawn at the floor: "<1e−6"."""
        if value < self.floor:
            return f"<{_power_of_ten(round(math.log10(self.floor)))}"
        return self.write(value)

    def to_plot(self, values: Doubles) -> Doubles:
        """Return log₁₀ of the values, cut off at both ends."""
        return np.log10(np.clip(values, self.floor, self.highest))

    def widened(self, shown: Range | None, low: float, high: float) -> Range:
        """Return a range of whole decades."""
        decades = (float(math.floor(low)), float(math.ceil(high)))
        if shown is not None:
            decades = (min(decades[0], shown[0]), max(decades[1], shown[1]))
        return decades if decades[1] > decades[0] else (decades[0] - 1, decades[0] + 1)

    def ticks(self, shown: Range, most: int) -> list[Tick]:
        """Return powers of ten."""
        stride = max(1, math.ceil((shown[1] - shown[0]) / max(most, 1)))
        decades = range(round(shown[1]), round(shown[0]) - 1, -stride)
        return [(float(decade), _power_of_ten(decade)) for decade in reversed(decades)]


class StepsScale(AxisScale):
    """Environment steps as "16k", to a thousandth of those shown: both ends, and round numbers between."""

    widest = "0000k"

    def ends(self, shown: Range) -> list[Tick]:
        """Return both ends."""
        return self._labelled(shown, dict.fromkeys(shown))

    def candidates(self, shown: Range) -> Iterable[list[Tick]]:
        """Yield round numbers, many first."""
        return (self._labelled(shown, ticks_between(*shown, most)) for most in range(_MOST_STEPS, 0, -1))

    def _labelled(self, shown: Range, values: Iterable[float]) -> list[Tick]:
        unit = max(1.0, 10.0 ** math.floor(math.log10(max(shown[1] - shown[0], 1.0) / 1000)))
        return [(value, shorten(round(value / unit) * unit)) for value in values]


STEPS = StepsScale()


def _power_of_ten(decade: int) -> str:
    if -3 <= decade <= 9:
        return shorten(10.0**decade)
    return signed(f"1e{decade}")
