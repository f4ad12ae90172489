"""What there is to say about a hyperparameter: its name, range, words, and when a change applies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from ppo_desktop.ppo.explanation import Explanation
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.scales import LogarithmicFromOne, Scale
from ppo_desktop.ppo.typed_numbers import AmbiguousNumber, parse_real, parse_whole

Value = float | int | bool | str | None
"""What a hyperparameter can hold; None means "off" (no clipping, no limit)."""


class Applies(Labelled):
    """The moment at which the running learner takes over a changed value."""

    NEXT_MINIBATCH = "minibatch", "at the next minibatch"
    NEXT_ROLLOUT = "rollout", "at the next rollout"
    NEXT_RUN = "run", "on Reset"


class Kind(Enum):
    """What sort of value a hyperparameter is."""

    REAL = "real"
    INTEGER = "integer"
    SWITCH = "switch"
    CHOICE = "choice"


class Group(Labelled):
    """The section of the hyperparameter panel a hyperparameter stands in."""

    MAIN = "main", "Main"
    OPTIMISATION = "optimisation", "Optimisation"
    ADVANTAGE = "return_and_advantage", "Return and advantage"
    NETWORK = "network_and_run", "Network and run"


class Before(Enum):
    """What a file means that does not name a hyperparameter, where no value can stand for it."""

    NEVER_MISSING = "never missing"


class InvalidHyperparameter(ValueError):
    """A value that cannot be used; the message is one line and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """Everything there is to say about one hyperparameter.

    Attributes:
        name: The field's name in `Hyperparameters`.
        label: The slides' term, shown beside the slider.
        symbol: The symbol of the formulas, with its subscript in Unicode; possibly empty.
        library_name: The name other libraries use, shown in the explanation.
        meaning: What it does, in a sentence or two; the tooltip.
        applies: When the running learner takes over a changed value.
        group: The section of the panel.
        default: The value a slider's tick marks.
        before: The value with which a run goes as it did before there was this hyperparameter: what files
            from then mean, which do not name it. Those of the first version are in every file.
        scale: The range and layout of a numeric hyperparameter.
        zero_allowed: Zero is allowed although the scale starts above it.
        off_allowed: None ("off") is allowed, the stop beyond the scale's high end.
        off_label: What None is called on screen.
        ppo_only: A2C has no use for it.
        pytorch_only: No kernel knows it: the PyTorch engine serves runs in which it is not as `before`. It
            applies on Reset.
        is_budget: It says when a run ends, not how it learns.
        search: Both ends of the range a search usually looks through; None where it has no range.
        formula: What it does, as a formula in Unicode text.
        high: What a high value brings, or switching it on.
        low: What a low value brings, or switching it off.
        source: Slides and papers, as in `Explanation`.
    """

    name: str
    label: str
    symbol: str = ""
    library_name: str
    meaning: str
    applies: Applies
    group: Group
    kind: Kind
    default: Value
    before: Value | Before = Before.NEVER_MISSING
    scale: Scale | None = None
    zero_allowed: bool = False
    off_allowed: bool = False
    off_label: str = "off"
    choices: tuple[str, ...] = ()
    ppo_only: bool = False
    pytorch_only: bool = False
    is_budget: bool = False
    search: tuple[float, float] | None = None
    formula: str = ""
    high: str = ""
    low: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        is_settled = self.applies is Applies.NEXT_RUN and self.before is not Before.NEVER_MISSING
        if self.pytorch_only and not is_settled:
            raise ValueError(
                f"{self.name} is unknown to kernels: it must apply on Reset, and have a `before`"
            )

    @property
    def flag(self) -> str:
        """The command-line flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def short_name(self) -> str:
        """Its symbol, or its label in the middle of a sentence where it has none."""
        return self.symbol or self.label_within

    @property
    def label_within(self) -> str:
        """Its label in the middle of a sentence: "target KL", "GAE lambda"."""
        is_abbreviation = self.label[:2].isupper()
        return self.label if is_abbreviation else f"{self.label[:1].lower()}{self.label[1:]}"

    @property
    def numeric(self) -> bool:
        """Whether the value is a number on a scale."""
        return self.kind in (Kind.REAL, Kind.INTEGER)

    @cached_property
    def explanation(self) -> Explanation:
        """What it is, what its ends bring, its library name, and when a change applies."""
        return Explanation(
            title=f"{self.label} {self.symbol}".rstrip(),
            meaning=self.meaning,
            formula=self.formula,
            high=self.high,
            low=self.low,
            ends=("On", "Off") if self.kind is Kind.SWITCH else ("High", "Low"),
            library_name=self.library_name,
            applies=self.applies.label,
            source=self.source,
        )

    @cached_property
    def stops(self) -> tuple[Value, ...]:
        """The slider's stops in order: zero if allowed, the scale's stops, "off" if allowed."""
        assert self.scale is not None, f"{self.name} has no scale"
        values: list[Value] = [0 if self.kind is Kind.INTEGER else 0.0] if self.zero_allowed else []
        for value in self.scale.stops():
            values.append(round(value) if self.kind is Kind.INTEGER else value)
        return (*dict.fromkeys(values), *([None] if self.off_allowed else []))

    def nearest_stop(self, value: Value) -> int:
        """Return the index of the slider stop that lies nearest to `value` on the scale."""
        assert self.scale is not None, f"{self.name} has no scale"
        if value in self.stops:
            return self.stops.index(value)
        position = self.scale.position(_number(value))
        inner = [
            (abs(self.scale.position(_number(stop)) - position), index)
            for index, stop in enumerate(self.stops)
            if stop is not None and (stop != 0 or not self.zero_allowed)
        ]
        return min(inner)[1]

    def format(self, value: Value) -> str:
        """Return `value` as it is written everywhere: "0.20", "3.0e-4", "1 024", "off"."""
        if value is None:
            return self.off_label
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, str):
            return value
        if isinstance(value, int) or self.kind is Kind.INTEGER:
            return grouped(round(value))
        return _format_real(value, self.scale)

    def parse(self, text: str) -> Value:
        """Return the value written in `text`, or raise InvalidHyperparameter."""
        word = "".join(text.split())
        if self.off_allowed and word.lower() in ("off", "none", self.off_label.replace(" ", "")):
            return None
        if self.kind is Kind.CHOICE:
            return self.check(word)
        if self.kind is Kind.SWITCH:
            return self.check(
                {"on": True, "true": True, "off": False, "false": False}.get(word.lower(), word)
            )
        try:
            number = parse_whole(text) if self.kind is Kind.INTEGER else parse_real(text)
        except AmbiguousNumber as error:
            raise InvalidHyperparameter(
                f"{self.label} ({self.library_name}) must be unambiguous, but {error}."
            ) from None
        except ValueError:
            raise InvalidHyperparameter(self._expectation(text)) from None
        if self.kind is Kind.INTEGER and number.is_integer():
            return self.check(int(number))
        return self.check(number)

    def check(self, value: Value) -> Value:
        """Return `value` if it is allowed, or raise InvalidHyperparameter, which names the allowed range."""
        if not self._allows(value):
            raise InvalidHyperparameter(self._expectation(value))
        return value

    def _allows(self, value: Value) -> bool:
        if value is None:
            return self.off_allowed
        if self.kind is Kind.SWITCH:
            return isinstance(value, bool)
        if self.kind is Kind.CHOICE:
            return value in self.choices
        if isinstance(value, bool | str) or not math.isfinite(value):
            return False
        if self.kind is Kind.INTEGER and not isinstance(value, int):
            return False
        assert self.scale is not None
        return self.scale.low <= value <= self.scale.high or (self.zero_allowed and value == 0)

    def _expectation(self, value: object) -> str:
        given = value if str(value).strip() else "empty"
        return f"{self.label} ({self.library_name}) is {given}, but must be {self._allowed_values()}."

    def _allowed_values(self) -> str:
        if self.kind is Kind.SWITCH:
            return "on or off"
        if self.kind is Kind.CHOICE:
            return " or ".join(self.choices)
        assert self.scale is not None
        low, high = map(self.format, (self.scale.low, self.scale.high))
        parts = ["0"] if self.zero_allowed else []
        parts.append(f"{'a whole number' if self.kind is Kind.INTEGER else 'a number'} from {low} to {high}")
        if self.off_allowed:
            parts.append(f'"{self.off_label}"')
        return " or ".join(parts)


def _number(value: Value) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _format_real(value: float, scale: Scale | None) -> str:
    if isinstance(scale, LogarithmicFromOne):
        return f"{value:g}" if value > 0 else "0"
    if value == 0:
        return "0"
    if abs(value) < 0.01:
        mantissa, exponent = f"{value:.1e}".split("e")
        if float(f"{value:.1e}") != value:
            mantissa = f"{value:.3e}".split("e")[0].rstrip("0")
        return f"{mantissa}e{int(exponent)}"
    if abs(value) >= 10:
        return f"{value:g}"
    return f"{value:.2f}" if round(value, 2) == round(value, 10) else f"{value:.4g}"
