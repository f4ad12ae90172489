"""Every hyperparameter, declared once.

A hyperparameter is one field of `Hyperparameters`. Its type says of what kind it is and if it may be off;
its declaration says everything else, the name other libraries use only where that is another. The slider, the
number box, the explanation, the validation and the command-line flag all come from there.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ppo_desktop.ppo.declaration import Applies, Declaration, Group, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.scales import Linear, Logarithmic, LogarithmicFromOne, ladder


def _declare(default: Value, **declaration: Any) -> Any:
    return dataclasses.field(default=default, metadata={"default": default, **declaration})


_main, _optimisation, _advantage, _network = (partial(_declare, group=group) for group in Group)


@dataclass(frozen=True)
class Hyperparameters:
    """One value for every hyperparameter, valid by construction.

    InvalidHyperparameter says that one is out of range or two contradict each other.
    """

    clip_range: float | None = _main(
        0.2,
        label="Clip range",
        symbol="ε",
        meaning="PPO gets no gradient for pushing a probability ratio out of [1−ε, 1+ε]. "
        "Off: the ratio is never clipped.",
        applies=Applies.NEXT_MINIBATCH,
        scale=Logarithmic(0.01, 1.0),
        search=(0.05, 0.5),
        ppo_only=True,
        formula="J = E[ min( r·Â, clip(r, 1−ε, 1+ε)·Â ) ]",
        high="Large updates keep their gradient: fast, until the policy is torn apart. No ratio is bounded "
        "by it: with ε 0.8, ratios of 4.9 were measured.",
        low="Slow, not broken: many samples lose their gradient while the policy hardly moves.",
        source="Slide “Clipping the probability ratio”; Schulman et al. 2017",
    )
    entropy_coef: float = _main(
        0.0,
        label="Entropy coefficient",
        symbol="cₕ",
        library_name="ent_coef",
        meaning="Weight of the entropy bonus: how strongly the policy is rewarded for staying uncertain.",
        applies=Applies.NEXT_MINIBATCH,
        scale=Logarithmic(1e-4, 2.0),
        search=(1e-4, 0.1),
        zero_allowed=True,
        formula="L = L_policy + cᵥ·L_value − cₕ·H(π), H in nats",
        high="The bonus outweighs the return and the policy stays undecided: with 2, CartPole stayed below "
        "50.",
        low="The policy becomes certain as soon as its returns say so; CartPole is solved with 0.",
        source="Slide “Entropy bonus”; Mnih et al. 2016",
    )
    rollout_length: int = _main(
        128,
        label="Rollout length",
        symbol="T",
        library_name="n_steps",
        meaning="Environment steps each agent takes between two updates.",
        applies=Applies.NEXT_ROLLOUT,
        scale=ladder(1, 2, 4, 8, 10, 16, 32, 64, 128, 256, 512, 1024, 2048),
        search=(16, 512),
        formula="N agents × T steps = N·T samples per update",
        high="Steadier gradients from more samples, but fewer updates in the same number of steps.",
        low="Frequent updates from few samples: noisy, above all with a single agent.",
        source="Slide “Rollouts and minibatches”; Schulman et al. 2017",
    )
    learning_rate: float = _optimisation(
        3e-4,
        label="Learning rate",
        symbol="α",
        meaning="Step size of the Adam optimiser.",
        applies=Applies.NEXT_MINIBATCH,
        scale=Logarithmic(1e-5, 1e-1),
        search=(1e-4, 1e-2),
        formula="θ ← θ − α · m̂ / (√v̂ + 10⁻⁵)",
        high="Large steps: fast at first, then the policy is torn apart or the numbers blow up.",
        low="Sure but slow: with 1e-5, CartPole is near its start after 49 000 steps.",
        source="Slide “What are hyperparameters”; Kingma & Ba 2015",
    )
    n_epochs: int = _optimisation(
        4,
        label="Epochs",
        symbol="K",
        meaning="How many times PPO goes through each rollout. A2C uses a rollout once.",
        applies=Applies.NEXT_ROLLOUT,
        scale=ladder(1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40),
        search=(1, 20),
        ppo_only=True,
        formula="K epochs × M minibatches = K·M gradient steps per update",
        high="More is learnt from each rollout; without the clip the policy soon leaves what it has seen.",
        low="Data are thrown away early. With 1 epoch and 1 minibatch every ratio is 1: that is A2C.",
        source="Slide “PPO with multiple epochs”; Schulman et al. 2017",
    )
    n_minibatches: int = _optimisation(
        4,
        label="Minibatches",
        library_name="n_minibatches = n_steps · n_envs / batch_size",
        meaning="Parts each epoch is cut into; every part is one gradient step. A2C takes the rollout whole.",
        applies=Applies.NEXT_ROLLOUT,
        scale=ladder(1, 2, 4, 8, 16, 32, 64, 128, 256),
        search=(1, 16),
        ppo_only=True,
        formula="N·T / M samples per gradient step",
        high="Many small, noisy steps in each epoch.",
        low="Few steps, each on many samples; 1 takes the rollout whole.",
        source="Slide “Rollouts and minibatches”",
    )
    n_envs: int = _optimisation(
        8,
        label="Agents",
        symbol="N",
        meaning="Copies of the environment that the same policy plays side by side.",
        applies=Applies.NEXT_ROLLOUT,
        scale=ladder(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256),
        search=(1, 32),
        formula="N agents × T steps = N·T samples per update",
        high="More varied samples and a smoother curve; it saves time rather than samples.",
        low="The samples of a rollout come from few episodes and resemble each other.",
        source="Slide “A2C / PPO with multiple agents”; Mnih et al. 2016",
    )
    max_grad_norm: float | None = _optimisation(
        0.5,
        label="Max gradient norm",
        meaning="A longer gradient (policy and value together) is shortened to this length. Off: never.",
        applies=Applies.NEXT_MINIBATCH,
        scale=Logarithmic(0.01, 100.0),
        search=(0.1, 5.0),
        formula="g ← g · min(1, c / ‖g‖)",
        high="Hardly ever acts: the gradient is used as it is.",
        low="Nearly every gradient is shortened; Adam, which rescales gradients, makes up for most of it.",
        source="Pascanu et al. 2013; Huang et al. 2022",
    )
    target_kl: float | None = _optimisation(
        None,
        label="Target KL",
        meaning="After an epoch in which the policy has moved further than this (approximate KL, nats), "
        "the remaining epochs are skipped. Off: never.",
        applies=Applies.NEXT_MINIBATCH,
        scale=Logarithmic(0.001, 1.0),
        search=(0.003, 0.1),
        ppo_only=True,
        formula="skip the rest when mean(eˣ − 1 − x) > target, x = log π − log π_old",
        high="Hardly ever acts.",
        low="A brake: with ε 0.8 and 20 epochs, 0.02 kept the KL at 0.05 instead of 1.9; the return did not "
        "gain.",
        source="Huang et al. 2022",
    )
    anneal: bool = _optimisation(
        False,
        label="Anneal α and ε",
        library_name="linear schedule",
        meaning="Learning rate and clip range fall in a straight line, to 0 at the total number of steps. "
        "Another total, set on the way, does not change that line.",
        applies=Applies.NEXT_ROLLOUT,
        formula="α, ε ∝ 1 − steps / total steps",
        high="Bold at first, careful at the end: what has been learnt is kept.",
        low="Steps stay as large when little is left to learn.",
        source="Huang et al. 2022",
    )
    gamma: float = _advantage(
        0.99,
        label="Discount",
        symbol="γ",
        meaning="What a reward is worth one step later. Near 1 the agent plans far ahead.",
        applies=Applies.NEXT_ROLLOUT,
        scale=LogarithmicFromOne(0.0, 1.0),
        search=(0.9, 0.999),
        formula="G = r₀ + γ·r₁ + γ²·r₂ + …",
        high="Looks about 1/(1−γ) steps ahead, 100 with 0.99, with more variance.",
        low="Short-sighted, which can be right: in 60 000 steps Pendulum came to −245 with 0.9, to −1026 "
        "with 0.99.",
        source="Slide “PPO loss calculation”; Sutton & Barto 2018",
    )
    gae_lambda: float = _advantage(
        0.95,
        label="GAE lambda",
        symbol="λ",
        meaning="0: the one-step TD error. 1: the whole observed return. "
        "Between: less variance against less bias.",
        applies=Applies.NEXT_ROLLOUT,
        scale=Linear(0.0, 1.0),
        search=(0.8, 1.0),
        formula="Â = δ + γλ·Â′,  δ = r + γ·V(s′) − V(s)",
        high="Trusts what was observed: little bias, much variance.",
        low="Trusts the critic: little variance, but its errors count. With 0, CartPole learns slowly.",
        source="Slide “PPO loss calculation”; Schulman et al. 2016",
    )
    value_coef: float = _advantage(
        0.5,
        label="Value coefficient",
        symbol="cᵥ",
        library_name="vf_coef",
        meaning="Weight of the critic's squared error in the loss.",
        applies=Applies.NEXT_MINIBATCH,
        scale=Logarithmic(0.01, 10.0),
        search=(0.1, 1.0),
        zero_allowed=True,
        formula="L = L_policy + cᵥ·L_value − cₕ·H(π)",
        high="The critic fills more of the gradient norm that both share; its limit then shortens the "
        "policy's part.",
        low="The critic fills less of the shared gradient norm; with 0 it learns nothing.",
        source="Slide “PPO loss calculation”; Schulman et al. 2017",
    )
    normalize_advantages: bool = _advantage(
        True,
        label="Normalise advantages",
        library_name="normalize_advantage",
        meaning="Brings the advantages of each minibatch to mean 0 and standard deviation 1.",
        applies=Applies.NEXT_ROLLOUT,
        formula="Â ← (Â − mean) / (std + 10⁻⁸)",
        high="The size of the rewards no longer decides the size of the policy's step.",
        low="Large rewards make large policy gradients.",
        source="Andrychowicz et al. 2021; Huang et al. 2022",
    )
    normalize_observations: bool = _network(
        False,
        label="Normalise observations",
        library_name="VecNormalize(norm_obs)",
        meaning="Brings every observation component to mean 0 and standard deviation 1, as seen so far.",
        applies=Applies.NEXT_RUN,
        formula="s ← clip((s − mean) / std, −10, 10)",
        high="Components count alike, whatever their units. MountainCar needs it.",
        low="The networks see what the environment gives; on MountainCar every run stayed at −200.",
        source="Andrychowicz et al. 2021; Huang et al. 2022",
    )
    normalize_rewards: bool = _network(
        False,
        label="Scale rewards",
        library_name="VecNormalize(norm_reward)",
        meaning="Divides rewards by the standard deviation of the discounted return. Plots show raw returns.",
        applies=Applies.NEXT_RUN,
        formula="r ← clip(r / std(discounted return), −10, 10)",
        high="The critic's targets have a similar size everywhere; V(s) is in units of the scaled return.",
        low="V(s) is in the units of the environment's rewards.",
        source="Huang et al. 2022",
    )
    hidden_units: int = _network(
        64,
        label="Hidden units",
        library_name="net_arch",
        meaning="Width of each hidden layer of the policy and of the value network.",
        applies=Applies.NEXT_RUN,
        scale=ladder(4, 8, 16, 32, 64, 128, 256),
        search=(16, 128),
        high="Can represent more, and every step takes more time.",
        low="Fast, but may be too few for the task.",
        source="Andrychowicz et al. 2021",
    )
    hidden_layers: int = _network(
        2,
        label="Hidden layers",
        library_name="net_arch",
        meaning="Number of hidden layers of the policy and of the value network.",
        applies=Applies.NEXT_RUN,
        scale=ladder(1, 2, 3, 4),
        search=(1, 3),
        high="Can represent more, and every step takes more time.",
        low="Fast, but may be too few for the task.",
        source="Andrychowicz et al. 2021",
    )
    activation: str = _network(
        "tanh",
        label="Activation",
        library_name="activation_fn",
        meaning="The nonlinearity after each hidden layer.",
        applies=Applies.NEXT_RUN,
        choices=("tanh", "relu"),
        formula="tanh(x), or relu(x) = max(0, x)",
        source="Andrychowicz et al. 2021",
    )
    orthogonal_initialization: bool = _network(
        True,
        label="Orthogonal initialisation",
        library_name="ortho_init",
        meaning="Starts from orthogonal weights (gain √2, policy head 0.01, value head 1). "
        "Off: PyTorch's own initialisation.",
        applies=Applies.NEXT_RUN,
        high="The first policy is close to uniform in every state.",
        low="The first policy may lean to one side before it has learnt anything.",
        source="Saxe et al. 2014; Huang et al. 2022",
    )
    initial_log_std: float = _network(
        0.0,
        label="Initial log σ",
        library_name="log_std_init",
        meaning="Where the width of a Gaussian policy starts; only for continuous actions. "
        "Where their bounds do not lie around 0, in units of half the way between them.",
        applies=Applies.NEXT_RUN,
        scale=Linear(-3.0, 1.0),
        search=(-1.0, 0.5),
        formula="a ~ N(μ(s), σ²)",
        high="Wide: tries a lot at first.",
        low="Narrow: may never find out. With −2, MountainCarContinuous learns to do nothing.",
        source="Andrychowicz et al. 2021",
    )
    total_steps: int | None = _network(
        None,
        label="Total steps",
        library_name="total_timesteps",
        meaning="Training ends after this many environment steps. No limit: it goes on until paused.",
        applies=Applies.NEXT_ROLLOUT,
        scale=Logarithmic(10, 100_000_000),
        off_label="no limit",
        is_budget=True,
        high="With annealing, learning rate and ε fall more slowly.",
        low="With annealing, they fall faster.",
    )
    stop_when_solved: bool = _network(
        False,
        label="Stop when solved",
        library_name="StopTrainingOnRewardThreshold",
        meaning="Training ends after the rollout in which the mean return of the last 100 episodes "
        "reaches the environment's threshold. Without a threshold (Pendulum) it goes on.",
        applies=Applies.NEXT_ROLLOUT,
        is_budget=True,
        high="The run ends at its first success by this measure.",
        low="It goes on, and shows whether the policy stays good.",
    )

    def __post_init__(self) -> None:
        for name, declaration in DECLARATIONS.items():
            declaration.check(getattr(self, name))
        if self.anneal and self.total_steps is None:
            raise InvalidHyperparameter("Annealing needs an end: set Total steps first, or turn Anneal off.")

    def changed(self, values: Mapping[str, Value]) -> Hyperparameters:
        """Return these with some {name: value} in place of present ones, or raise InvalidHyperparameter."""
        checked: dict[str, Any] = dict(values)
        return dataclasses.replace(self, **checked)

    def with_budget(self, total_steps: int) -> Hyperparameters:
        """Return the same values for a run of so many steps, whether solved or not."""
        return self.changed({"total_steps": total_steps, "stop_when_solved": False})

    @property
    def samples_per_rollout(self) -> int:
        """Number of transitions in one rollout, N × T."""
        return self.n_envs * self.rollout_length

    def whole_rollouts(self, total_steps: int) -> int:
        """Return so many steps, up to the end of the last rollout: ⌈total_steps / (N·T)⌉ · N·T."""
        return math.ceil(total_steps / self.samples_per_rollout) * self.samples_per_rollout


_KINDS = {"float": Kind.REAL, "int": Kind.INTEGER, "bool": Kind.SWITCH, "str": Kind.CHOICE}


def _declaration(field: dataclasses.Field[Any]) -> Declaration:
    """Return the declaration of a field, whose type says of what kind it is and whether it may be off."""
    kind, _, none = str(field.type).partition(" | ")
    details = {"library_name": field.name, **field.metadata}
    return Declaration(name=field.name, kind=_KINDS[kind], off_allowed=bool(none), **details)


DECLARATIONS: dict[str, Declaration] = {
    field.name: _declaration(field) for field in dataclasses.fields(Hyperparameters)
}
"""Every declaration by field name, in the order of the panel."""

BUDGET_FIELDS = tuple(name for name, declaration in DECLARATIONS.items() if declaration.is_budget)
"""What a comparison or a study decides itself: all of its runs learn for equally many steps."""
TRAINING_FIELDS = tuple(name for name in DECLARATIONS if name not in BUDGET_FIELDS)
"""All others, in the order of the panel: what can be compared, and searched."""


def changed_fields(before: Hyperparameters, after: Hyperparameters) -> dict[str, tuple[Value, Value]]:
    """Return {name: (old, new)} for the fields in which the two differ."""
    old, new = vars(before), vars(after)
    return {name: (old[name], new[name]) for name in DECLARATIONS if old[name] != new[name]}


def values_line(values: Mapping[str, Value]) -> str:
    """Return {name: value} in one line: "ε 0.18, learning rate 2.1e-3"."""
    return ", ".join(
        f"{DECLARATIONS[field].short_name} {value_text(field, value)}" for field, value in values.items()
    )


def value_text(field: str, value: Value) -> str:
    """Return a value in three digits, which is as much as one wants to read of one that was drawn."""
    if isinstance(value, float):
        value = float(f"{value:.3g}")
    return DECLARATIONS[field].format(value)
