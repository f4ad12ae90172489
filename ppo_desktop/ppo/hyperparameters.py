"""Every hyperparameter, declared once.

A hyperparameter is one field of `Hyperparameters`; its `Declaration` says everything else about
it. The slider, the number box, the tooltip, the validation and the command-line flag all come
from the declaration.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.scales import (
    Linear,
    Logarithmic,
    LogarithmicFromOne,
    Scale,
    ladder,
)

Value = float | int | bool | str | None
"""What a hyperparameter can hold; None means "off" (no clipping, no limit)."""


class Algorithm(Enum):
    """The two algorithms of the course."""

    A2C = "a2c"
    PPO = "ppo"

    @property
    def label(self) -> str:
        """The name people use."""
        return self.value.upper()


class Applies(Enum):
    """The moment at which the running learner takes over a changed value."""

    NEXT_MINIBATCH = "at the next minibatch"
    NEXT_ROLLOUT = "at the next rollout"
    NEXT_RUN = "on Reset"


class Kind(Enum):
    """What sort of value a hyperparameter is."""

    REAL = "real"
    INTEGER = "integer"
    SWITCH = "switch"
    CHOICE = "choice"


class Group(Enum):
    """The section of the hyperparameter panel a hyperparameter stands in."""

    MAIN = "Main"
    OPTIMISATION = "Optimisation"
    ADVANTAGE = "Return and advantage"
    NETWORK = "Network and run"


class InvalidHyperparameter(ValueError):
    """A value that cannot be used; the message is one line and says what to do."""


@dataclass(frozen=True)
class Declaration:
    """Everything there is to say about one hyperparameter.

    Attributes:
        name: The field's name in `Hyperparameters`.
        label: The slides' term, shown beside the slider.
        symbol: The symbol of the formulas, possibly empty.
        library_name: The name other libraries use, shown in the tooltip.
        meaning: What it does, in a sentence or two.
        applies: When the running learner takes over a changed value.
        group: The section of the panel.
        kind: Real, integer, switch or choice.
        default: The value a slider's tick marks.
        scale: The range and layout of a numeric hyperparameter.
        zero_allowed: Zero is allowed although the scale starts above it.
        off_allowed: None ("off") is allowed, the stop beyond the scale's high end.
        off_label: What None is called on screen.
        choices: The allowed values of a choice.
        ppo_only: A2C has no use for it.
    """

    name: str
    label: str
    symbol: str
    library_name: str
    meaning: str
    applies: Applies
    group: Group
    kind: Kind
    default: Value
    scale: Scale | None = None
    zero_allowed: bool = False
    off_allowed: bool = False
    off_label: str = "off"
    choices: tuple[str, ...] = ()
    ppo_only: bool = False

    @property
    def flag(self) -> str:
        """The command-line flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def numeric(self) -> bool:
        """Whether the value is a number on a scale."""
        return self.kind in (Kind.REAL, Kind.INTEGER)

    @property
    def tooltip(self) -> str:
        """What it is, its library name, and when a change applies."""
        return f"{self.meaning}\nLibrary name: {self.library_name}. Takes effect {self.applies.value}."

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
        if isinstance(value, int):
            return grouped(value)
        return _format_real(value, self.scale)

    def parse(self, text: str) -> Value:
        """Return the value written in `text`.

        Raises:
            InvalidHyperparameter: `text` is not a value of this hyperparameter.
        """
        text = "".join(text.split())
        if self.off_allowed and text.lower() in ("off", "none", "", self.off_label.replace(" ", "")):
            return None
        if self.kind is Kind.CHOICE:
            return self.check(text)
        if self.kind is Kind.SWITCH:
            return self.check(
                {"on": True, "true": True, "off": False, "false": False}.get(text.lower(), text)
            )
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            raise InvalidHyperparameter(self._expectation(text)) from None
        if self.kind is Kind.INTEGER and number.is_integer():
            return self.check(int(number))
        return self.check(number)

    def check(self, value: Value) -> Value:
        """Return `value` if it is allowed.

        Raises:
            InvalidHyperparameter: It is not; the message names the allowed range.
        """
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
        return f"{self.label} ({self.library_name}) is {value}, but must be {self._allowed_values()}."

    def _allowed_values(self) -> str:
        if self.kind is Kind.SWITCH:
            return "on or off"
        if self.kind is Kind.CHOICE:
            return " or ".join(self.choices)
        assert self.scale is not None
        whole = self.kind is Kind.INTEGER
        low, high = (self.format(round(end) if whole else end) for end in (self.scale.low, self.scale.high))
        parts = ["0"] if self.zero_allowed else []
        parts.append(f"{'a whole number' if whole else 'a number'} from {low} to {high}")
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


def _declare(
    default: Value,
    *,
    label: str,
    library_name: str,
    meaning: str,
    applies: Applies,
    group: Group,
    kind: Kind,
    symbol: str = "",
    **details: Any,
) -> Any:
    return dataclasses.field(
        default=default,
        metadata={
            "declaration": {
                "label": label,
                "symbol": symbol,
                "library_name": library_name,
                "meaning": meaning,
                "applies": applies,
                "group": group,
                "kind": kind,
                "default": default,
                **details,
            }
        },
    )


@dataclass(frozen=True)
class Hyperparameters:
    """One value for every hyperparameter, valid by construction.

    Raises:
        InvalidHyperparameter: A value is out of range or two values contradict each other.
    """

    clip_range: float | None = _declare(
        0.2,
        label="Clip range",
        symbol="ε",
        library_name="clip_range",
        meaning="PPO gets no gradient for pushing a probability ratio out of [1−ε, 1+ε]. "
        "Off: the ratio is never clipped.",
        applies=Applies.NEXT_MINIBATCH,
        group=Group.MAIN,
        kind=Kind.REAL,
        scale=Logarithmic(0.01, 1.0),
        off_allowed=True,
        ppo_only=True,
    )
    entropy_coef: float = _declare(
        0.0,
        label="Entropy coefficient",
        symbol="c_H",
        library_name="ent_coef",
        meaning="Weight of the entropy bonus: how strongly the policy is rewarded for staying uncertain.",
        applies=Applies.NEXT_MINIBATCH,
        group=Group.MAIN,
        kind=Kind.REAL,
        scale=Logarithmic(1e-4, 2.0),
        zero_allowed=True,
    )
    rollout_length: int = _declare(
        128,
        label="Rollout length",
        symbol="T",
        library_name="n_steps",
        meaning="Environment steps each agent takes between two updates.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.MAIN,
        kind=Kind.INTEGER,
        scale=ladder(1, 2, 4, 8, 10, 16, 32, 64, 128, 256, 512, 1024, 2048),
    )
    learning_rate: float = _declare(
        3e-4,
        label="Learning rate",
        symbol="α",
        library_name="learning_rate",
        meaning="Step size of the Adam optimiser.",
        applies=Applies.NEXT_MINIBATCH,
        group=Group.OPTIMISATION,
        kind=Kind.REAL,
        scale=Logarithmic(1e-5, 1e-1),
    )
    n_epochs: int = _declare(
        4,
        label="Epochs",
        symbol="K",
        library_name="n_epochs",
        meaning="How many times PPO goes through each rollout. A2C uses a rollout once.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.OPTIMISATION,
        kind=Kind.INTEGER,
        scale=ladder(1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40),
        ppo_only=True,
    )
    n_minibatches: int = _declare(
        4,
        label="Minibatches",
        library_name="n_minibatches = n_steps · n_envs / batch_size",
        meaning="Parts each epoch is cut into; every part is one gradient step. A2C takes the rollout whole.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.OPTIMISATION,
        kind=Kind.INTEGER,
        scale=ladder(1, 2, 4, 8, 16, 32, 64, 128, 256),
        ppo_only=True,
    )
    n_envs: int = _declare(
        8,
        label="Agents",
        symbol="N",
        library_name="n_envs",
        meaning="Copies of the environment that the same policy plays side by side.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.OPTIMISATION,
        kind=Kind.INTEGER,
        scale=ladder(1, 2, 3, 4, 6, 8, 12, 16, 24, 32),
    )
    max_grad_norm: float | None = _declare(
        0.5,
        label="Max gradient norm",
        library_name="max_grad_norm",
        meaning="A longer gradient (policy and value together) is shortened to this length. Off: never.",
        applies=Applies.NEXT_MINIBATCH,
        group=Group.OPTIMISATION,
        kind=Kind.REAL,
        scale=Logarithmic(0.01, 100.0),
        off_allowed=True,
    )
    target_kl: float | None = _declare(
        None,
        label="Target KL",
        library_name="target_kl",
        meaning="After an epoch in which the policy has moved further than this (approximate KL, nats), "
        "the remaining epochs are skipped. Off: never.",
        applies=Applies.NEXT_MINIBATCH,
        group=Group.OPTIMISATION,
        kind=Kind.REAL,
        scale=Logarithmic(0.001, 1.0),
        off_allowed=True,
        ppo_only=True,
    )
    anneal: bool = _declare(
        False,
        label="Anneal α and ε",
        library_name="linear schedule",
        meaning="Learning rate and clip range fall in a straight line, to 0 at the total number of steps.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.OPTIMISATION,
        kind=Kind.SWITCH,
    )
    gamma: float = _declare(
        0.99,
        label="Discount",
        symbol="γ",
        library_name="gamma",
        meaning="What a reward is worth one step later. Near 1 the agent plans far ahead.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.ADVANTAGE,
        kind=Kind.REAL,
        scale=LogarithmicFromOne(0.0, 1.0),
    )
    gae_lambda: float = _declare(
        0.95,
        label="GAE lambda",
        symbol="λ",
        library_name="gae_lambda",
        meaning="0: the one-step TD error of the slides. 1: the whole observed return. "
        "Between: less variance against less bias.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.ADVANTAGE,
        kind=Kind.REAL,
        scale=Linear(0.0, 1.0),
    )
    value_coef: float = _declare(
        0.5,
        label="Value coefficient",
        symbol="c_V",
        library_name="vf_coef",
        meaning="Weight of the critic's squared error in the loss.",
        applies=Applies.NEXT_MINIBATCH,
        group=Group.ADVANTAGE,
        kind=Kind.REAL,
        scale=Logarithmic(0.01, 10.0),
        zero_allowed=True,
    )
    normalize_advantages: bool = _declare(
        True,
        label="Normalise advantages",
        library_name="normalize_advantage",
        meaning="Brings the advantages of each minibatch to mean 0 and standard deviation 1.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.ADVANTAGE,
        kind=Kind.SWITCH,
    )
    normalize_observations: bool = _declare(
        False,
        label="Normalise observations",
        library_name="VecNormalize(norm_obs)",
        meaning="Brings every observation component to mean 0 and standard deviation 1, as seen so far.",
        applies=Applies.NEXT_RUN,
        group=Group.NETWORK,
        kind=Kind.SWITCH,
    )
    normalize_rewards: bool = _declare(
        False,
        label="Scale rewards",
        library_name="VecNormalize(norm_reward)",
        meaning="Divides rewards by the standard deviation of the discounted return. Plots show raw returns.",
        applies=Applies.NEXT_RUN,
        group=Group.NETWORK,
        kind=Kind.SWITCH,
    )
    hidden_units: int = _declare(
        64,
        label="Hidden units",
        library_name="net_arch",
        meaning="Width of each hidden layer of the policy and of the value network.",
        applies=Applies.NEXT_RUN,
        group=Group.NETWORK,
        kind=Kind.INTEGER,
        scale=ladder(4, 8, 16, 32, 64, 128, 256),
    )
    hidden_layers: int = _declare(
        2,
        label="Hidden layers",
        library_name="net_arch",
        meaning="Number of hidden layers of the policy and of the value network.",
        applies=Applies.NEXT_RUN,
        group=Group.NETWORK,
        kind=Kind.INTEGER,
        scale=ladder(1, 2, 3, 4),
    )
    activation: str = _declare(
        "tanh",
        label="Activation",
        library_name="activation_fn",
        meaning="The nonlinearity after each hidden layer.",
        applies=Applies.NEXT_RUN,
        group=Group.NETWORK,
        kind=Kind.CHOICE,
        choices=("tanh", "relu"),
    )
    orthogonal_initialization: bool = _declare(
        True,
        label="Orthogonal initialisation",
        library_name="ortho_init",
        meaning="Starts from orthogonal weights (gain √2, policy head 0.01, value head 1). "
        "Off: PyTorch's own initialisation.",
        applies=Applies.NEXT_RUN,
        group=Group.NETWORK,
        kind=Kind.SWITCH,
    )
    initial_log_std: float = _declare(
        0.0,
        label="Initial log σ",
        library_name="log_std_init",
        meaning="Where the width of a Gaussian policy starts; only for continuous actions.",
        applies=Applies.NEXT_RUN,
        group=Group.NETWORK,
        kind=Kind.REAL,
        scale=Linear(-3.0, 1.0),
    )
    total_steps: int | None = _declare(
        None,
        label="Total steps",
        library_name="total_timesteps",
        meaning="Training ends after this many environment steps. No limit: it goes on until paused.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.NETWORK,
        kind=Kind.INTEGER,
        scale=Logarithmic(10, 100_000_000),
        off_allowed=True,
        off_label="no limit",
    )

    def __post_init__(self) -> None:
        for name, declaration in DECLARATIONS.items():
            declaration.check(getattr(self, name))
        if self.anneal and self.total_steps is None:
            raise InvalidHyperparameter("Annealing needs an end: set Total steps first, or turn Anneal off.")

    def changed(self, values: Mapping[str, Value]) -> Hyperparameters:
        """Return these hyperparameters with some {name: value} in place of the present ones.

        Raises:
            InvalidHyperparameter: A value is not allowed or contradicts another.
        """
        checked: dict[str, Any] = dict(values)
        return dataclasses.replace(self, **checked)

    @property
    def samples_per_rollout(self) -> int:
        """Number of transitions in one rollout, N × T."""
        return self.n_envs * self.rollout_length


DECLARATIONS: dict[str, Declaration] = {
    field.name: Declaration(name=field.name, **field.metadata["declaration"])
    for field in dataclasses.fields(Hyperparameters)
}
"""Every declaration by field name, in the order of the panel."""


def changed_fields(before: Hyperparameters, after: Hyperparameters) -> dict[str, tuple[Value, Value]]:
    """Return {name: (old, new)} for the fields in which the two differ."""
    return {
        name: (getattr(before, name), getattr(after, name))
        for name in DECLARATIONS
        if getattr(before, name) != getattr(after, name)
    }


@dataclass(frozen=True)
class UpdatePlan:
    """How one rollout is cut into gradient steps: PPO as declared, A2C once and whole.

    Attributes:
        samples: Transitions in the rollout, N × T.
        n_epochs: Passes through the rollout.
        n_minibatches: Gradient steps per pass.
    """

    samples: int
    n_epochs: int
    n_minibatches: int

    @property
    def gradient_steps(self) -> int:
        """Gradient steps per update."""
        return self.n_epochs * self.n_minibatches

    @property
    def ratio_is_always_one(self) -> bool:
        """With a single gradient step per rollout the new policy still is the old one: r = 1."""
        return self.gradient_steps == 1


def update_plan(algorithm: Algorithm, hyperparameters: Hyperparameters) -> UpdatePlan:
    """Return how `algorithm` cuts a rollout into gradient steps.

    Raises:
        InvalidHyperparameter: There are more minibatches than samples.
    """
    samples = hyperparameters.samples_per_rollout
    if algorithm is Algorithm.A2C:
        return UpdatePlan(samples, n_epochs=1, n_minibatches=1)
    if hyperparameters.n_minibatches > samples:
        raise InvalidHyperparameter(
            f"{_counted(hyperparameters.n_minibatches, 'minibatch', 'minibatches')} cannot be cut from "
            f"{_counted(samples, 'sample')} ({hyperparameters.n_envs} × {hyperparameters.rollout_length}): "
            f"lower Minibatches to {samples}, or raise Rollout length or Agents."
        )
    return UpdatePlan(samples, hyperparameters.n_epochs, hyperparameters.n_minibatches)


def arithmetic_sentence(algorithm: Algorithm, hyperparameters: Hyperparameters) -> str:
    """Return the rollout's arithmetic in words.

    Example: "8 agents × 128 steps = 1 024 samples = 4 minibatches × 256, 4 epochs: 16 gradient steps".
    """
    plan = update_plan(algorithm, hyperparameters)
    size = plan.samples / plan.n_minibatches
    size_text = grouped(int(size)) if size.is_integer() else f"about {grouped(round(size))}"
    return (
        f"{_counted(hyperparameters.n_envs, 'agent')} × "
        f"{_counted(hyperparameters.rollout_length, 'step')} = {_counted(plan.samples, 'sample')} = "
        f"{_counted(plan.n_minibatches, 'minibatch', 'minibatches')} × {size_text}, "
        f"{_counted(plan.n_epochs, 'epoch')}: {_counted(plan.gradient_steps, 'gradient step')}"
    )


def _counted(number: int, singular: str, plural: str | None = None) -> str:
    return f"{grouped(number)} {singular if number == 1 else plural or singular + 's'}"
