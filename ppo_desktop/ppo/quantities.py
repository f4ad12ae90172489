"""Every number that a run reports, declared once.

A number of an update is one field of `UpdateQuantities`; its `Quantity` says everything else about it. The
event, the run's history, its record in a comparison, plots, results, JSON and CSV all come from there.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ppo_desktop.ppo.explanation import Explanation
from ppo_desktop.ppo.messages import grouped, signed, three_digits

_LEAST_ON_LOG_AXIS = 1e-6
_BEFORE_THE_UPDATE = "before the update, with the critic that collected the rollout"
_AT_EACH_STEP = "at every gradient step of the update, before it is taken, and averaged"
_AFTER_THE_UPDATE = "after the update, over its whole rollout"


@dataclass(frozen=True)
class Unit:
    """In what a quantity is shown, "bits" or a pure number: so many of them are one unit of the events."""

    name: str = ""
    factor: float = 1.0


NATS = Unit("nats")
BITS = Unit("bits", 1 / math.log(2))
"""For what events have in nats."""


class Per(Enum):
    """Of what there is one number."""

    EPISODE = "episode"
    UPDATE = "update"
    RUN = "run"


@dataclass(frozen=True, kw_only=True)
class Quantity(Explanation):
    """What there is to know about a number that a run reports, its explanation included.

    Attributes:
        name: By which events, histories, records, JSON and CSV know it; its explanation's key.
        per: Of what there is one.
        shorter_titles: What it is called where that is too long, the longest first.
        unit: In what it is shown.
        percent: Written in percent; the number itself is a share.
        decimals: Decimals it is written with; None for three significant digits.
        higher_is_better: None where neither end is better.
        logarithmic: Whether its axis is.
        limits: Ends of the axis of its curve, where it has any: what is beyond is drawn there.
        first_range: What the axis of its curve shows before anything exceeds it; None: as the data say.
        result_range: The same of its results in a comparison.
        compared: Whether comparisons keep its curve and judge by it.
        result_name: What its results are named after, where that is not its name.
    """

    name: str
    per: Per
    shorter_titles: tuple[str, ...] = ()
    unit: Unit = Unit()
    percent: bool = False
    decimals: int | None = None
    higher_is_better: bool | None = None
    logarithmic: bool = False
    limits: tuple[float, float] | None = None
    first_range: tuple[float, float] | None = None
    result_range: tuple[float, float] | None = None
    compared: bool = True
    result_name: str = ""

    @property
    def titles(self) -> tuple[str, ...]:
        """What it is called, from the fullest wording to the shortest."""
        return (self.title, *self.shorter_titles)

    @property
    def short_title(self) -> str:
        """What it is called in a list or above a column."""
        return self.titles[1] if self.shorter_titles else self.title

    @property
    def axis_ends(self) -> tuple[float, float]:
        """Between which values it is drawn; 0 has no logarithm."""
        return self.limits or (_LEAST_ON_LOG_AXIS if self.logarithmic else -math.inf, math.inf)

    def with_unit(self, text: str) -> str:
        """Return a text with the unit after it, if there is one: "Entropy, bits"."""
        return f"{text}, {self.unit.name}" if self.unit.name else text

    def write(self, value: float, decimals: int | None = None) -> str:
        """Return a finite value in the shown unit as it is written everywhere, without its unit."""
        text = self.digits(value, decimals)
        return f"{text} %" if self.percent else text

    def digits(self, value: float, decimals: int | None = None) -> str:
        """Return the same without the sign of a percentage."""
        decimals = self.decimals if decimals is None else decimals
        if self.percent:
            text = signed(f"{100 * value:.1f}")
        else:
            text = three_digits(value) if decimals is None else signed(grouped(value, decimals))
        return text if any(digit in text for digit in "123456789") else text.removeprefix("−")

    def text(self, value: float) -> str:
        """Return a value in the unit of the events as it is written everywhere."""
        return self.write(value * self.unit.factor)


def _per_update(title: str, meaning: str, **details: Any) -> Any:
    return dataclasses.field(metadata={"title": title, "meaning": meaning, **details})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateQuantities:
    """One number for everything that is measured of an update; see `ppo.objective` and `ppo.advantages`."""

    policy_entropy: float = _per_update(
        "Policy entropy",
        "H, how uncertain the policy is, averaged over the rollout's states. At most log|A| "
        "for discrete actions; negative for a Gaussian narrower than σ = 0.242.",
        formula="H = −Σ π(a|s) · log₂ π(a|s) bits,  1 nat = 1.44 bits",
        high="At the dashed ceiling the policy chooses at random: 1 bit for 2 actions, 1.58 for 3, 2 for 4.",
        low="The policy is certain: good with a high return, a collapse with a low one.",
        library_name="entropy_loss, which is −H in nats",
        source="Slide “Entropy of a probability distribution”; Shannon 1948",
        measured=_AFTER_THE_UPDATE,
        shorter_titles=("Entropy",),
        unit=BITS,
        decimals=3,
        result_range=(0.0, 0.1),
        result_name="entropy",
    )
    clip_fraction: float = _per_update(
        "Clipped ratio fraction",
        "Share of samples whose probability ratio lies outside the band, over all minibatches and epochs.",
        formula="mean(|r − 1| > ε)",
        high="Many ratios have left the band, which is harmless where it is narrow: 27 % with ε 0.02 and "
        "a KL of 0.0003.",
        low="Few have left it, which is no safety: 3.6 % with ε 0.8, and ratios up to 4.9.",
        library_name="clip_fraction",
        source="Slide “Clipping the probability ratio”; Schulman et al. 2017",
        measured=_AT_EACH_STEP,
        shorter_titles=("Clipped ratios",),
        percent=True,
        first_range=(0.0, 0.1),
        result_range=(0.0, 0.05),
    )
    gradient_cut_fraction: float = _per_update(
        "Gradient-cut fraction",
        "Share of samples whose gradient the clip has removed: outside the band on the side to which the "
        "advantage pushes. Never above the clipped ratio fraction, usually half to two thirds of it.",
        formula="mean((r > 1+ε and Â > 0) or (r < 1−ε and Â < 0))",
        high="The clip really acts: these samples push no further.",
        low="The clip has little to do.",
        source="Slide “The PPO objective function”; Schulman et al. 2017",
        measured=_AT_EACH_STEP,
        shorter_titles=("Gradient cut",),
        percent=True,
        first_range=(0.0, 0.1),
        result_range=(0.0, 0.05),
    )
    approx_kl: float = _per_update(
        "Approximate KL",
        "How far the update has moved the policy, in nats.",
        formula="mean(eˣ − 1 − x),  x = log π_new − log π_old",
        high="The policy has changed a great deal on the states it has just seen. Presets that learn "
        "seldom pass 0.05.",
        low="The policy hardly moves: small steps, much clipping, or a policy that has collapsed.",
        library_name="approx_kl",
        source="Schulman 2020, “Approximating KL divergence”, estimator k3",
        measured=_AFTER_THE_UPDATE,
        shorter_titles=("Approx. KL", "KL"),
        unit=NATS,
        logarithmic=True,
        limits=(1e-6, 10.0),
        first_range=(1e-6, 10.0),
    )
    explained_variance: float = _per_update(
        "Explained variance",
        "Share of the value targets' variance that the critic foresaw. Not a health score; grey while "
        "returns hardly vary, when std(R) is below a tenth of its largest so far.",
        formula="1 − Var(R − V) / Var(R)",
        high="The critic predicts its targets well, which it also does after a collapse: 0.95 to 0.99.",
        low="Below 0 it is worse than a constant; −10 is usual in a solved CartPole, where returns "
        "hardly vary.",
        library_name="explained_variance",
        measured=_BEFORE_THE_UPDATE,
        shorter_titles=("Expl. variance", "Expl. var."),
        decimals=2,
        limits=(-1.0, math.inf),
        first_range=(-1.0, 1.0),
    )
    return_spread: float = _per_update(
        "Spread of the value targets",
        "Standard deviation of the returns that the critic is to learn, over the rollout's samples.",
        formula="std(R)",
        high="Some states promise much more than others.",
        low="All states are worth nearly the same: explained variance says nothing.",
        measured=_BEFORE_THE_UPDATE,
        shorter_titles=("Spread of R",),
        compared=False,
    )
    policy_loss: float = _per_update(
        "Policy loss",
        "The clipped objective with its sign turned. It says nothing about success: each update starts "
        "near 0, for normalised advantages have mean 0.",
        formula="−mean(min(r·Â, clip(r, 1−ε, 1+ε)·Â))",
        library_name="policy_gradient_loss",
        source="Slide “PPO loss calculation”; Schulman et al. 2017",
        measured=_AT_EACH_STEP,
    )
    value_loss: float = _per_update(
        "Value loss",
        "Mean squared error of the critic, before the value coefficient weights it.",
        formula="mean((R − V(s))²)",
        high="The critic is surprised, or returns are large: the loss grows with their square.",
        low="The critic knows its targets, or they are all alike.",
        library_name="value_loss",
        source="Slide “PPO loss calculation”; Schulman et al. 2017",
        measured=_AT_EACH_STEP,
        logarithmic=True,
        first_range=(0.1, 10.0),
    )
    gradient_norm: float = _per_update(
        "Gradient norm",
        "Length of the gradient before it is clipped, of the policy and of the value network separately.",
        formula="‖g‖ = √(‖g_policy‖² + ‖g_value‖²) is what Max gradient norm limits",
        high="Above the limit the gradient is shortened, and both networks share the shortening.",
        low="Below the limit it is used as it is.",
        source="Pascanu et al. 2013",
        measured=_AT_EACH_STEP,
        logarithmic=True,
        first_range=(0.1, 10.0),
        compared=False,
    )
    policy_gradient_norm: float = _per_update(
        "Gradient norm of the policy",
        "Length of the policy network's gradient before it is clipped.",
        formula="‖g_policy‖",
        high="The objective is steep: the policy is pushed hard.",
        low="Little pushes the policy; 0.1 to 0.2 is usual on CartPole.",
        source="Pascanu et al. 2013",
        measured=_AT_EACH_STEP,
        shorter_titles=("Policy gradient",),
        logarithmic=True,
        first_range=(0.1, 10.0),
    )
    value_gradient_norm: float = _per_update(
        "Gradient norm of the value network",
        "Length of the value network's gradient before it is clipped.",
        formula="‖g_value‖",
        high="The critic dominates the common norm; 20 to 60 is usual on CartPole.",
        low="The critic's errors are small.",
        source="Pascanu et al. 2013",
        measured=_AT_EACH_STEP,
        shorter_titles=("Critic gradient",),
        logarithmic=True,
        first_range=(0.1, 10.0),
    )
    max_ratio: float = _per_update(
        "Largest ratio",
        "Largest probability ratio that the update has led to. The clip removes gradient; it does not "
        "bound the ratio. After a single gradient step, at which every ratio was 1, it is above 1 too.",
        formula="max π(a|s) / π_old(a|s)",
        high="Some action has become many times as likely. 1.4 to 3.5 is usual with ε 0.2.",
        low="Near 1 the update has changed little.",
        measured=_AFTER_THE_UPDATE,
        decimals=2,
        logarithmic=True,
        first_range=(1.0, 10.0),
    )
    min_ratio: float = _per_update(
        "Smallest ratio",
        "Smallest probability ratio that the update has led to.",
        formula="min π(a|s) / π_old(a|s)",
        high="Near 1 the update has changed little.",
        low="Some action that was taken has become much less likely.",
        measured=_AFTER_THE_UPDATE,
        logarithmic=True,
        first_range=(0.1, 1.0),
        compared=False,
    )
    epochs_run: int = _per_update(
        "Epochs run",
        "Epochs that the update really took: fewer than asked for where the target KL stopped it.",
        high="All epochs asked for.",
        low="The policy had moved far enough before.",
        decimals=1,
        first_range=(0.0, 4.0),
    )


def _by_name(*quantities: Quantity) -> dict[str, Quantity]:
    return {quantity.name: quantity for quantity in quantities}


UPDATE_QUANTITIES = _by_name(
    *(
        Quantity(name=field.name, per=Per.UPDATE, **field.metadata)
        for field in dataclasses.fields(UpdateQuantities)
    )
)
"""Every number of an update by its name."""

RETURN = Quantity(
    "Episode return",
    "Undiscounted sum of the environment's own rewards in one episode.",
    name="return",
    per=Per.EPISODE,
    formula="Σ rₜ over the episode",
    high="The agent does well by the environment's own measure; CartPole ends at 500.",
    low="It does badly, or all rewards are negative: Pendulum never comes above 0.",
    library_name="episode reward",
    source="Slide “How to choose hyperparameter values”; Sutton & Barto 2018",
    shorter_titles=("Return",),
    decimals=1,
    higher_is_better=True,
)
EPISODE_QUANTITIES = _by_name(
    RETURN,
    Quantity(
        "Mean of the last 100 episodes",
        "Mean return of the last 100 episodes, or of all while there are fewer. It lags behind the policy.",
        name="mean_return",
        per=Per.EPISODE,
        high="Above the dashed line the environment counts as solved.",
        low="Episodes end badly, or the good ones have not yet replaced the bad ones.",
        library_name="ep_rew_mean",
        decimals=1,
        higher_is_better=True,
        compared=False,
    ),
    Quantity(
        "Mean of the last 20 episodes",
        "Mean return of the last 20 episodes, or of all while there are fewer. It follows the policy "
        "sooner than the mean of 100, and is noisier.",
        name="recent_return",
        per=Per.EPISODE,
        high="Clearly above the mean of 100: the policy has become better lately.",
        low="Clearly below it: the policy has lately become worse.",
        decimals=1,
        higher_is_better=True,
        compared=False,
    ),
    Quantity(
        "Episode length",
        "Environment steps in one episode.",
        name="length",
        per=Per.EPISODE,
        library_name="ep_len",
        decimals=0,
        compared=False,
    ),
)
"""Every number of an episode by its name."""

RUN_QUANTITIES = _by_name(
    Quantity(
        "Steps until solved",
        "Steps until the mean return of 100 episodes has reached the threshold, and how many seeds have. "
        "Those that have not count with all they have done, so that the mean is a lower bound (≥).",
        name="steps_to_threshold",
        per=Per.RUN,
        decimals=0,
        higher_is_better=False,
    ),
    Quantity(
        "Share of collapsed seeds",
        "Seeds whose policy always does the same and earns little: entropy below 0.02 bits in the "
        "latest five updates, and a return no better than at the start or half of the gain lost. Not "
        "defined for continuous actions.",
        name="collapsed",
        per=Per.RUN,
        shorter_titles=("Collapsed",),
        percent=True,
        higher_is_better=False,
        result_range=(0.0, 1.0),
    ),
)
"""Every number of a whole run by its name."""

QUANTITIES: dict[str, Quantity] = {**EPISODE_QUANTITIES, **UPDATE_QUANTITIES, **RUN_QUANTITIES}
"""All of them."""

COMPARED: dict[str, Quantity] = {
    name: quantity for name, quantity in (EPISODE_QUANTITIES | UPDATE_QUANTITIES).items() if quantity.compared
}
"""Those of which comparisons keep a curve."""
