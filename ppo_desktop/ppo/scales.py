"""Scales: how the range of a hyperparameter is laid out along a slider."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

INTERVALS = 100
"""Number of intervals between the slider stops of a scale without natural stops of its own."""


def round_to_significant_digits(value: float, digits: int) -> float:
    """Return `value` rounded to `digits` significant digits, so that sliders stop at tidy numbers."""
    return float(f"{value:.{digits - 1}e}")


@dataclass(frozen=True)
class Scale(ABC):
    """A range [low, high] and the mapping between its values and positions in [0, 1]."""

    low: float
    high: float

    @abstractmethod
    def position(self, value: float) -> float:
        """Return where `value` lies along the scale: 0 at `low`, 1 at `high`."""

    @abstractmethod
    def value(self, position: float) -> float:
        """Return what lies at `position`, from 0 to 1: the inverse of `position`, but for rounding."""

    @abstractmethod
    def stops(self) -> list[float]:
        """Return the values a slider on this scale can stop at, in increasing order."""

    def tidy_numbers(self) -> list[float]:
        """Return numbers that are easy to read, in increasing order: as ticks, or as a few to choose from.

        Of a logarithmic scale 1, 2 and 5 · 10ⁿ, or such distances to one; of others the stops.
        """
        return self.stops()


class Linear(Scale):
    """Equal steps of value are equal steps of position."""

    def position(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def value(self, position: float) -> float:
        return self.low + position * (self.high - self.low)

    def stops(self) -> list[float]:
        step = (self.high - self.low) / INTERVALS
        return [round(self.low + index * step, 6) for index in range(INTERVALS + 1)]


class Logarithmic(Scale):
    """Equal factors of value are equal steps of position."""

    def position(self, value: float) -> float:
        return math.log(value / self.low) / math.log(self.high / self.low)

    def value(self, position: float) -> float:
        return float(self.low * (self.high / self.low) ** position)

    def stops(self) -> list[float]:
        values = (self.value(index / INTERVALS) for index in range(INTERVALS + 1))
        return sorted({round_to_significant_digits(value, 2) for value in values})

    def tidy_numbers(self) -> list[float]:
        return [number for number in _ones_twos_and_fives(self.low) if self.low <= number <= self.high]


@dataclass(frozen=True)
class LogarithmicFromOne(Scale):
    """Logarithmic in the distance to one: 0.9, 0.99 and 0.999 are equally far apart.

    `nearest` is the smallest distance to one shown on the scale; one itself is its last stop.
    """

    nearest: float = 1e-4

    def position(self, value: float) -> float:
        distance = max(1.0 - value, self.nearest)
        return math.log(distance / (1.0 - self.low)) / math.log(self.nearest / (1.0 - self.low))

    def value(self, position: float) -> float:
        return float(1.0 - (1.0 - self.low) * (self.nearest / (1.0 - self.low)) ** position)

    def stops(self) -> list[float]:
        distances = Logarithmic(self.nearest, 1.0 - self.low).stops()
        return [round(1.0 - distance, 8) for distance in reversed(distances)] + [self.high]

    def tidy_numbers(self) -> list[float]:
        distances = [d for d in _ones_twos_and_fives(self.nearest) if d <= 1.0 - self.low]
        return sorted(round(1.0 - distance, 8) for distance in distances)


@dataclass(frozen=True)
class Ladder(Scale):
    """A list of preferred values, equally spaced; values between two rungs are allowed."""

    rungs: tuple[float, ...] = ()

    def position(self, value: float) -> float:
        last = len(self.rungs) - 1
        for index, (lower, upper) in enumerate(zip(self.rungs, self.rungs[1:], strict=False)):
            if value <= upper:
                return (index + (value - lower) / (upper - lower)) / last
        return 1.0

    def value(self, position: float) -> float:
        place = position * (len(self.rungs) - 1)
        index = min(int(place), len(self.rungs) - 2)
        lower, upper = self.rungs[index : index + 2]
        return lower + (place - index) * (upper - lower)

    def stops(self) -> list[float]:
        return list(self.rungs)


def ladder(*rungs: float) -> Ladder:
    """Return the scale whose stops are `rungs`, given in increasing order."""
    return Ladder(low=rungs[0], high=rungs[-1], rungs=rungs)


def _ones_twos_and_fives(low: float) -> list[float]:
    """Return 1, 2 and 5 · 10ⁿ, about from `low` on, eight powers of ten and more than any scale has."""
    first = math.floor(math.log10(low))
    return [float(f"{digit}e{power}") for power in range(first, first + 9) for digit in (1, 2, 5)]
