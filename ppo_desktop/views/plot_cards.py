"""What each plot of a run shows, declared once: columns, names, definitions, scales."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.messages import grouped, signed, three_digits
from ppo_desktop.runs.symptoms import LARGE_KL
from ppo_desktop.views.curve_plot import PlotCard
from ppo_desktop.views.plot_legend import Series, Stroke
from ppo_desktop.views.plot_scales import LinearScale, LogScale, shorten

BITS = "bits"
NATS = "nats"
ENTROPY_UNITS = (BITS, NATS)
KL_FLOOR, HIGHEST_KL = 1e-6, 10.0
LOSS_FLOOR = 1e-6
LOWEST_EXPLAINED_VARIANCE = -1.0

_EMPTY = "after the first update"


def one_decimal(value: float) -> str:
    """Return a return as it is written everywhere: "231.6", "−1 204.3"."""
    return signed(grouped(value, decimals=1))


def solved_text(solved_return: float) -> str:
    """Return what is written at the return at which an environment counts as solved: "solved at 475"."""
    return signed(f"solved at {solved_return:g}")


def percent(share: float) -> str:
    """Return a share as it is written everywhere: "6.6 %"."""
    return f"{100 * share:.1f} %"


def two_digits(value: float) -> str:
    """Return a number in four characters at most: "0.18", "4.5", "45", "1.2k", "4e−3"."""
    if 0 < value < 0.01:
        return signed(f"{value:.0e}".replace("e-0", "e-"))
    if value < 9.95:
        return f"{value:.{2 if value < 0.995 else 1}f}"
    return shorten(float(f"{value:.2g}"))


def four_decimals(value: float) -> str:
    """Return a small number as "0.0113"; where nothing would be left of it as "1.2e−5"."""
    return three_digits(value) if 0 < value < 1e-4 else f"{value:.4f}"


def two_decimals(value: float) -> str:
    """Return a number around 1: "0.71", "−1.86"; far below −1 nobody needs the decimals: "−120"."""
    # Adding zero turns a rounded −0.0 into 0.0.
    return signed(f"{round(value, 2) + 0.0:.2f}") if value > -9.995 else shorten(float(f"{value:.2g}"))


def return_scale(environment_id: str) -> LinearScale:
    """Return the axis of episode returns: first the range the environment allows, then as the data say."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    first = None if known is None else known.return_range
    write = one_decimal if known is None or known.return_decimals == 1 else two_decimals
    widest = max((write(end) for end in first), key=len) if first else "−1 234.5"
    return LinearScale(write=write, widest=widest, first_range=first)


@dataclass(frozen=True)
class EntropyMeasure:
    """A unit of entropy: the history is in nats, bits = nats / ln 2.

    Attributes:
        name: "bits" or "nats".
    """

    name: str

    @property
    def per_nat(self) -> float:
        """Units in one nat."""
        return 1 / math.log(2) if self.name == BITS else 1.0

    def ceiling(self, n_actions: int) -> float:
        """Return the entropy of the uniform policy over `n_actions` actions, log|A|, in this unit."""
        return math.log(n_actions) * self.per_nat

    def ceiling_label(self, n_actions: int) -> str:
        """Return the ceiling as it is written on the plot: "max log₂|A| = 1.00"."""
        logarithm = "log₂" if self.name == BITS else "ln"
        return f"max {logarithm}|A| = {self.ceiling(n_actions):.2f}"


@dataclass(frozen=True)
class _EntropyText:
    unit: EntropyMeasure
    n_actions: int | None

    def __call__(self, nats: float) -> str:
        text = signed(f"{nats * self.unit.per_nat:.3f} {self.unit.name}")
        if not self.n_actions or self.n_actions < 2:
            return text
        return f"{text} ({nats / math.log(self.n_actions):.0%} of max)".replace("%", " %")


def entropy_scale(unit: EntropyMeasure, n_actions: int | None) -> LinearScale:
    """Return the axis of entropies: 0 to log|A| for discrete actions, free and signed for Gaussians."""
    widest = f"−0.000 {unit.name}" if n_actions is None else f"0.000 {unit.name} (100 % of max)"
    top = unit.ceiling(n_actions) if n_actions is not None and n_actions > 1 else None
    return LinearScale(
        factor=unit.per_nat,
        write=_EntropyText(unit, n_actions),
        widest=widest,
        first_range=None if top is None else (0.0, top),
    )


RETURN_CARD = PlotCard(
    name="return_plot",
    titles=("Episode return", "Return"),
    explanation="return",
    series=(
        Series("return", ("episodes", "episodes", ""), Stroke.POINTS, "episode_return", has_value=False),
        Series("recent_return", ("last 20:", "of 20:"), Stroke.THIN, "episode_return", window=20),
        Series(
            "mean_return", ("mean of last 100:", "mean of 100:"), Stroke.BOLD, "episode_return", window=100
        ),
    ),
    scale=return_scale(""),
    empty="Press Train: every episode becomes a point.",
    drawing="Points: episodes; where there are many, a selection, and lowest to highest shaded. Line: mean "
    "of the last 100 episodes.",
)
ENTROPY_CARD = PlotCard(
    name="entropy_plot",
    titles=("Policy entropy of the rollout", "Entropy of the rollout", "Rollout's entropy", "Entropy"),
    explanation="policy_entropy",
    series=(Series("policy_entropy", ("",), Stroke.BOLD, "entropy"),),
    scale=entropy_scale(EntropyMeasure(BITS), 2),
    empty=f"Appears {_EMPTY}.",
    level_named_above=True,
)
CLIP_FRACTION_CARD = PlotCard(
    name="clip_fraction_plot",
    titles=("Clipped ratio fraction", "Clipped ratios"),
    explanation="clip_fraction",
    series=(
        Series("clip_fraction", ("outside the band", "outside"), Stroke.BOLD, "clip", filled=True),
        Series("gradient_cut_fraction", ("gradient cut", "cut"), Stroke.DASHED, "clip"),
    ),
    scale=LinearScale(factor=100.0, unit=" %", write=percent, widest="100.0 %", first_range=(0.0, 10.0)),
    empty=f"Appears {_EMPTY}.",
    drawing="Solid: outside the band. Dashed: of those, the samples whose gradient the clip has removed.",
)
KL_CARD = PlotCard(
    name="approx_kl_plot",
    titles=("Approx. KL", "KL"),
    explanation="approx_kl",
    series=(Series("approx_kl", ("",), Stroke.THIN, "rollout"),),
    scale=LogScale(
        write=four_decimals, widest="0.0e−0", floor=KL_FLOOR, highest=HIGHEST_KL, first_range=(-6.0, 1.0)
    ),
    small=True,
    remark=("dashed: large step", "large step"),
    level_named_above=True,
    drawing=f"Log axis, the same in every run; anything below {three_digits(KL_FLOOR)} or above "
    f"{HIGHEST_KL:g} is drawn there. Dashed: an update with a KL of {LARGE_KL:g} or more is a large step.",
)
EXPLAINED_VARIANCE_CARD = PlotCard(
    name="explained_variance_plot",
    titles=("Explained variance", "Expl. variance", "Expl. var."),
    explanation="explained_variance",
    series=(Series("explained_variance", ("",), Stroke.THIN, "value"),),
    scale=LinearScale(
        write=two_decimals,
        widest="−0.00",
        first_range=(LOWEST_EXPLAINED_VARIANCE, 1.0),
        limits=(LOWEST_EXPLAINED_VARIANCE, math.inf),
    ),
    small=True,
    drawing="Below −1 is drawn at −1. Grey: returns hardly varied there, so that it says nothing.",
)
VALUE_LOSS_CARD = PlotCard(
    name="value_loss_plot",
    titles=("Value loss", "V loss"),
    explanation="value_loss",
    series=(Series("value_loss", ("",), Stroke.THIN, "value"),),
    scale=LogScale(widest="0.0e−0", floor=LOSS_FLOOR, first_range=(-1.0, 1.0)),
    small=True,
    drawing=f"Log axis; anything below {three_digits(LOSS_FLOOR)} is drawn there.",
)
GRADIENT_NORM_CARD = PlotCard(
    name="gradient_norm_plot",
    titles=("Gradient norm", "Grad. norm", "Gradient", "Grad."),
    remark=("before the limit",),
    explanation="gradient_norm",
    series=(
        Series("policy_gradient_norm", ("policy", "π"), Stroke.THIN, "rollout"),
        Series("value_gradient_norm", ("value", "V"), Stroke.DASHED, "value"),
    ),
    scale=LogScale(write=two_digits, widest="4e−3", floor=LOSS_FLOOR, first_range=(-1.0, 1.0)),
    small=True,
    drawing="Solid: the policy network. Dashed: the value network. Log axis.",
)
DIAGNOSTIC_CARDS = (KL_CARD, EXPLAINED_VARIANCE_CARD, VALUE_LOSS_CARD, GRADIENT_NORM_CARD)
"""The small ones, from left to right."""
