"""One hyperparameter that is searched: its range, choices or values, and where a value lies on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.scales import LogarithmicFromOne, Scale, round_to_significant_digits

GRID_POINTS = 5
"""Values of a range that a grid takes, unless another number is given."""
MOST_POINTS = 100
_DIGITS = 3
"""Significant digits of numbers between the ends of a range that a grid takes."""


class InvalidStudy(ValueError):
    """A search that cannot be made; the message is one line and says what to do."""


@dataclass(frozen=True)
class Dimension:
    """What is searched of one hyperparameter: a range of a number, all choices there are, or some values.

    A range of γ, whose scale Optuna does not have, is searched in the tidy numbers of its scale.

    Attributes:
        low: Low end of the range, included; None for switches, choices and single values.
        high: High end, likewise.
        points: Values of the range that a grid takes.
        values: The only values that are tried, in their order, where they are named one by one; None among
            them is "off". Else empty.

    Raises:
        InvalidStudy: It cannot be searched, the range is empty or leaves what is allowed, or values are no
            two different ones.
    """

    field: str
    low: float | None = None
    high: float | None = None
    points: int = GRID_POINTS
    values: tuple[Value, ...] = ()

    def __post_init__(self) -> None:
        if self.field not in TRAINING_FIELDS:
            raise InvalidStudy(one_line(f'"{self.field}" cannot be searched.'))
        if self.values:
            self._check_values()
        elif self.is_between_ends:
            self._check_range()

    def _check_range(self) -> None:
        label, (scale, low, high) = self.declaration.label, self._range
        for end in (low, high):
            self._check(end, scale)
        if not low < high:
            raise InvalidStudy(
                f"{label}: the range from {self.format(low)} to {self.format(high)} is empty; its high end "
                "must be above its low end."
            )
        if not 2 <= self.points <= MOST_POINTS:
            raise InvalidStudy(
                f"{label}: a grid takes from 2 to {MOST_POINTS} values of a range, not {self.points}."
            )
        if self.is_tidy and len(self.choices) < 2:
            raise InvalidStudy(f"{label}: the range is too narrow; there are not two tidy numbers in it.")

    def _check_values(self) -> None:
        label = self.declaration.label
        for place, value in enumerate(self.values):
            try:
                self.declaration.check(value)
            except InvalidHyperparameter as error:
                raise InvalidStudy(one_line(str(error))) from None
            if value in self.values[:place]:
                raise InvalidStudy(f"{label}: {self.format(value)} is there twice; take one of them out.")
        if not 2 <= len(self.values) <= MOST_POINTS:
            raise InvalidStudy(f"{label}: give from 2 to {MOST_POINTS} values, not {len(self.values)}.")

    @property
    def declaration(self) -> Declaration:
        """What there is to say about the hyperparameter."""
        return DECLARATIONS[self.field]

    @property
    def label(self) -> str:
        """How it is called, symbol included: "Clip range ε"."""
        return self.declaration.explanation.title

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends of the range of a number."""
        _, low, high = self._range
        return low, high

    @property
    def is_between_ends(self) -> bool:
        """Whether numbers between two ends are tried, which lie on the hyperparameter's own scale."""
        return self.declaration.numeric and not self.values

    @property
    def is_range(self) -> bool:
        """Whether any number between the ends may be tried."""
        return self.is_between_ends and not self.is_tidy

    @property
    def is_tidy(self) -> bool:
        """Whether only tidy numbers of a range are tried."""
        return self.is_between_ends and isinstance(self.declaration.scale, LogarithmicFromOne)

    @cached_property
    def choices(self) -> tuple[Value, ...]:
        """The values that may be tried, where that is not a whole range; else empty."""
        if self.values:
            return self.values
        if self.declaration.kind is Kind.SWITCH:
            return (False, True)
        if self.declaration.kind is Kind.CHOICE:
            return self.declaration.choices
        return tuple(self._tidy_numbers()) if self.is_tidy else ()

    @property
    def _range(self) -> tuple[Scale, float, float]:
        """The scale of a number, and both ends of its range."""
        assert self.declaration.scale is not None
        assert self.low is not None
        assert self.high is not None
        return self.declaration.scale, self.low, self.high

    def _tidy_numbers(self) -> list[float]:
        """Return both ends of the range and the tidy numbers between them."""
        scale, low, high = self._range
        return [low, *(number for number in scale.tidy_numbers() if low < number < high), high]

    def position(self, value: Value) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end, on the hyperparameter's own scale.

        Values outside the range lie outside 0…1; the values of a switch or choice, and those that were named
        one by one, are evenly spaced.
        """
        if not self.is_between_ends:
            return self.choices.index(value) / (len(self.choices) - 1)
        assert isinstance(value, int | float)
        scale, low, high = self._places
        return (scale.position(value) - low) / (high - low)

    @cached_property
    def _places(self) -> tuple[Scale, float, float]:
        """The whole scale, and the positions of both ends of the range on it."""
        scale, low, high = self._range
        return scale, scale.position(low), scale.position(high)

    def ticks(self) -> list[tuple[float, str]]:
        """Return position and text of what an axis of it is marked with, in order; both ends among them."""
        marked = self._tidy_numbers() if self.is_between_ends else self.choices
        return [(self.position(value), self.format(value)) for value in marked]

    def grid_values(self) -> list[Value]:
        """Return the values a grid takes: all choices, or `points` of a range, evenly on its scale."""
        return list(self.choices) if self.choices else self.evenly_spaced_values()

    def evenly_spaced_values(self) -> list[Value]:
        """Return `points` numbers between the ends, evenly on their scale, each once."""
        positions = [index / (self.points - 1) for index in range(self.points)]
        return sorted({self._number_at(position) for position in positions}, key=self.position)

    def value_at(self, position: float) -> Value:
        """Return the number at a position from 0 to 1 of a range, in three digits; of choices the nearest."""
        if self.choices:
            return min(self.choices, key=lambda choice: abs(self.position(choice) - position))
        return self._number_at(position)

    def _number_at(self, position: float) -> Value:
        if position in (0.0, 1.0):  # without any rounding
            number = self.ends[round(position)]
        else:
            scale, low, high = self._places
            number = round_to_significant_digits(scale.value(low + position * (high - low)), _DIGITS)
        return round(number) if self.declaration.kind is Kind.INTEGER else number

    def format(self, value: Value) -> str:
        """Return a value as it is written everywhere."""
        return self.declaration.format(value)

    def _check(self, end: float, scale: Scale) -> None:
        """Refuse an end that is no value of the hyperparameter, or zero on a scale that has none."""
        whole = int(end) if self.declaration.kind is Kind.INTEGER and float(end).is_integer() else end
        try:
            self.declaration.check(whole)
        except InvalidHyperparameter as error:
            raise InvalidStudy(str(error)) from None
        if not scale.low <= end <= scale.high:
            raise InvalidStudy(
                f"{self.declaration.label}: a range begins at {self.format(scale.low)} or above; "
                f"{self.format(end)} has no place on its scale."
            )


def usual_dimension(field: str) -> Dimension:
    """Return the dimension with the range that is declared for a search, or raise InvalidStudy."""
    if field not in TRAINING_FIELDS:
        raise InvalidStudy(one_line(f'"{field}" cannot be searched.'))
    usual = DECLARATIONS[field].search
    return Dimension(field) if usual is None else Dimension(field, *usual)
