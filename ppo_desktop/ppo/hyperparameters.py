"""Every hyperparameter, declared once.

A hyperparameter is one field of `Hyperparameters`; its `Declaration` says everything else about
it. The slider, the number box, the tooltip, the validation and the command-line flag all come
from the declaration.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ppo_desktop.ppo.declaration import (
    Applies,
    Declaration,
    Group,
    InvalidHyperparameter,
    Kind,
    Value,
)
from ppo_desktop.ppo.scales import Linear, Logarithmic, LogarithmicFromOne, ladder


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
    stop_when_solved: bool = _declare(
        False,
        label="Stop when solved",
        library_name="StopTrainingOnRewardThreshold",
        meaning="Training ends after the rollout in which the mean return of the last 100 episodes "
        "reaches the environment's threshold. Without a threshold (Pendulum) it goes on.",
        applies=Applies.NEXT_ROLLOUT,
        group=Group.NETWORK,
        kind=Kind.SWITCH,
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
