"""The scale of a searched hyperparameter's axis: positions from 0 to 1 on the hyperparameter's own scale."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ppo_desktop.ppo.scales import Ladder, Linear, Logarithmic, Scale
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.scales import AxisScale, Range, Tick, ticks_between

_MOST_STEPS = (10, 8, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True)
class DimensionScale(AxisScale):
    """What is written along the axis.

    Both ends of a range are always among the ticks. Between them stand as many round numbers as there is room
    for: of a logarithmic scale powers of ten before twos and fives.
    """

    dimension: Dimension

    @property
    def widest(self) -> str:
        """The longest text that may stand at a tick."""
        return max((text for _, text in self.dimension.ticks()), key=len)

    @property
    def strokes(self) -> Sequence[float]:
        """The positions of all tidy numbers."""
        return [position for position, _ in self.dimension.ticks()]

    def ends(self, shown: Range) -> list[Tick]:
        """Return both ends of a range; of choices there are none."""
        dimension = self.dimension
        return [self._tick(end) for end in (dimension.low, dimension.high) if end is not None]

    def candidates(self, shown: Range) -> Iterable[list[Tick]]:
        """Yield ticks to put between the ends, many first."""
        dimension = self.dimension
        if dimension.low is None or dimension.high is None:
            ticks = dimension.ticks()
            yield from (ticks[::stride] for stride in range(1, len(ticks) + 1))
            return
        for numbers in self._numbers(dimension.low, dimension.high):
            yield [self._tick(number) for number in numbers if dimension.low < number < dimension.high]

    def _numbers(self, low: float, high: float) -> Iterable[Sequence[float]]:
        declaration = self.dimension.declaration
        scale = declaration.scale
        assert scale is not None
        if isinstance(scale, Linear):
            for most in _MOST_STEPS:
                numbers = ticks_between(low, high, most)
                is_whole = all(float(number).is_integer() for number in numbers)
                if is_whole or declaration.kind.value != "integer":
                    yield numbers
            return
        tidy = scale.tidy_numbers()
        if isinstance(scale, Ladder):
            yield from (tidy[::stride] for stride in range(1, len(tidy)))
            return
        decades = [number for number in tidy if _is_decade(scale, number)]
        yield tidy
        yield from (decades[::stride] for stride in range(1, max(len(decades), 2)))

    def _tick(self, number: float) -> Tick:
        return self.dimension.position(number), self.dimension.format(number)


def dimension_axis(dimension: Dimension) -> Axis:
    """Return the axis of a hyperparameter: of choices each has the same room around it."""
    half = 0.5 * choice_gap(dimension)
    return Axis(DimensionScale(dimension), (-half, 1.0 + half), dimension.label)


def choice_gap(dimension: Dimension) -> float:
    """Return how far apart choices lie; 0 for a range of numbers."""
    return 0.0 if dimension.is_between_ends else 1.0 / (len(dimension.choices) - 1)


def _is_decade(scale: Scale, number: float) -> bool:
    """Whether a number, or its distance to one where the scale is of that, is a power of ten."""
    size = number if isinstance(scale, Logarithmic) else 1.0 - number
    return size > 0 and abs(math.log10(size) - round(math.log10(size))) < 1e-6
