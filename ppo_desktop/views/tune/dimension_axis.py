"""Ticks of a hyperparameter's axis: as many numbers as there is room for, on its own scale. No widgets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable

from ppo_desktop.ppo.scales import Ladder, Linear, Logarithmic, Scale
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.views.plot_scales import Range, Tick, ticks_between

_MOST_STEPS = (10, 8, 6, 5, 4, 3, 2, 1)


def dimension_ticks(dimension: Dimension, length: float, room: Callable[[str], float]) -> list[Tick]:
    """Return position, 0…1, and text of ticks, in order, whose texts do not touch.

    Both ends are always among them. Between them stand as many round numbers as there is room for: of a
    logarithmic scale powers of ten before twos and fives.

    Args:
        dimension: What the axis shows.
        length: Of the axis, pixels.
        room: Pixels along the axis that a text needs, the gap to the next included.
    """
    if not dimension.declaration.numeric:
        return _thinned(dimension.ticks(), length, room)
    assert dimension.low is not None
    assert dimension.high is not None
    ends = [_tick(dimension, dimension.low), _tick(dimension, dimension.high)]
    for numbers in _candidates(dimension):
        inside = [_tick(dimension, number) for number in numbers if dimension.low < number < dimension.high]
        ticks = [ends[0], *_clear_of(inside, ends, length, room), ends[1]]
        if _fit(ticks, length, room):
            return ticks
    return ends if _fit(ends, length, room) else ends[:1]


def axis_range(dimension: Dimension) -> Range:
    """Return the positions at the ends of an axis: of choices each has the same room around it."""
    half = 0.5 * choice_gap(dimension)
    return -half, 1.0 + half


def choice_gap(dimension: Dimension) -> float:
    """Return how far apart the values of a switch or choice lie; 0 for a range of numbers."""
    return 0.0 if dimension.declaration.numeric else 1.0 / (len(dimension.choices) - 1)


def widest_text(dimension: Dimension) -> str:
    """Return the longest text that may stand at a tick."""
    return max((text for _, text in dimension.ticks()), key=len)


def strokes(dimension: Dimension) -> list[float]:
    """Return the positions of all tidy numbers: small strokes that show how the scale is laid out."""
    return [position for position, _ in dimension.ticks()]


def _candidates(dimension: Dimension) -> Iterable[list[float]]:
    """Yield numbers to put between the ends, many first."""
    scale, low, high = dimension.declaration.scale, dimension.low, dimension.high
    assert scale is not None
    assert low is not None
    assert high is not None
    if isinstance(scale, Linear):
        for most in _MOST_STEPS:
            numbers = ticks_between(low, high, most)
            is_whole = all(float(number).is_integer() for number in numbers)
            if is_whole or dimension.declaration.kind.value != "integer":
                yield numbers
        return
    tidy = scale.tidy_numbers()
    if isinstance(scale, Ladder):
        yield from (tidy[::stride] for stride in range(1, len(tidy)))
        return
    decades = [number for number in tidy if _is_decade(scale, number)]
    yield tidy
    yield from (decades[::stride] for stride in range(1, max(len(decades), 2)))


def _is_decade(scale: Scale, number: float) -> bool:
    """Whether a number, or its distance to one where the scale is of that, is a power of ten."""
    size = number if isinstance(scale, Logarithmic) else 1.0 - number
    return size > 0 and abs(math.log10(size) - round(math.log10(size))) < 1e-6


def _tick(dimension: Dimension, number: float) -> Tick:
    return dimension.position(number), dimension.format(number)


def _clear_of(
    inside: list[Tick], ends: list[Tick], length: float, room: Callable[[str], float]
) -> list[Tick]:
    """Leave out what would touch an end."""
    return [
        tick
        for tick in inside
        if all(abs(tick[0] - end[0]) * length >= (room(tick[1]) + room(end[1])) / 2 for end in ends)
    ]


def _fit(ticks: list[Tick], length: float, room: Callable[[str], float]) -> bool:
    return all(
        (after[0] - before[0]) * length >= (room(before[1]) + room(after[1])) / 2
        for before, after in itertools.pairwise(ticks)
    )


def _thinned(ticks: list[Tick], length: float, room: Callable[[str], float]) -> list[Tick]:
    """Return every so many of some ticks, as many as fit."""
    for stride in range(1, len(ticks) + 1):
        if _fit(ticks[::stride], length, room):
            return ticks[::stride]
    return ticks[:1]
