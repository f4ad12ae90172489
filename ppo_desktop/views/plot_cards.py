"""What each plot of a run shows: of every quantity as it is declared, and what some have of their own."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from functools import partial

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.messages import counted, signed, three_digits
from ppo_desktop.ppo.quantities import (
    BITS,
    COMPARED,
    NATS,
    QUANTITIES,
    RETURN,
    UPDATE_QUANTITIES,
    Quantity,
    Unit,
)
from ppo_desktop.runs.history import COLUMNS
from ppo_desktop.runs.symptoms import LARGE_KL
from ppo_desktop.views.charts.curve_card import PlotCard
from ppo_desktop.views.charts.curve_legend import Series
from ppo_desktop.views.charts.curves import Stroke
from ppo_desktop.views.charts.scales import LinearScale, LogScale, ValueScale, shorten

ENTROPY_UNITS = {unit.name: unit for unit in (BITS, NATS)}
"""Those in which Train shows entropies."""

_CEILING_NAMES = {BITS.name: "max log₂|A|", NATS.name: "max ln|A|"}
_EMPTY = "Appears after the first update."


def solved_text(solved_at: float) -> str:
    """Return what is written at the return at which an environment counts as solved: "solved at 475"."""
    return signed(f"solved at {solved_at:g}")


def two_digits(value: float) -> str:
    """Return a number in four characters at most: "0.18", "4.5", "45", "1.2k", "4e−3"."""
    if 0 < value < 0.01:
        return signed(f"{value:.0e}".replace("e-0", "e-"))
    if value < 9.95:
        return f"{value:.{2 if value < 0.995 else 1}f}"
    return shorten(float(f"{value:.2g}"))


def two_decimals(value: float) -> str:
    """Return a number around 1: "0.71", "−1.86"; far below −1 without decimals: "−120"."""
    # Adding zero turns a rounded −0.0 into 0.0.
    return signed(f"{round(value, 2) + 0.0:.2f}") if value > -9.995 else shorten(float(f"{value:.2g}"))


# ---- axes ------------------------------------------------------------------------------------------


def scale_of(quantity: Quantity) -> ValueScale:
    """Return the axis of a quantity's curve, as it is declared."""
    first, (lowest, highest) = quantity.first_range, quantity.axis_ends
    if quantity.logarithmic:
        return LogScale(
            write=quantity.text,
            widest="0.0e−0",
            floor=lowest,
            highest=highest,
            first_range=None if first is None else (math.log10(first[0]), math.log10(first[1])),
        )
    percents = 100.0 if quantity.percent else 1.0
    return LinearScale(
        factor=percents * quantity.unit.factor,
        unit=" %" if quantity.percent else "",
        write=quantity.text,
        widest="100.0 %" if quantity.percent else LinearScale.widest,
        first_range=None if first is None else (percents * first[0], percents * first[1]),
        limits=(percents * lowest, percents * highest),
    )


def drawing_of(quantity: Quantity) -> str:
    """Return what is particular about its axis, in a sentence; empty for nothing."""
    lowest, highest = quantity.axis_ends
    below = f"below {three_digits(lowest)}" if quantity.logarithmic else f"below {signed(f'{lowest:g}')}"
    beyond = f"{below} or above {highest:g}" if math.isfinite(highest) else below
    if quantity.logarithmic:
        return f"Log axis; anything {beyond} is drawn there."
    return f"Anything {beyond} is drawn there." if math.isfinite(lowest) else ""


@functools.cache
def return_scale(environment_id: str) -> LinearScale:
    """Return the axis of episode returns: first the range the environment allows, then as the data say."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    first = None if known is None else known.return_range
    write = partial(RETURN.write, decimals=None if known is None else known.return_decimals)
    widest = max((write(end) for end in first), key=len) if first else "−1 234.5"
    return LinearScale(write=write, widest=widest, first_range=first)


def _ceiling(unit: Unit, n_actions: int | None) -> float | None:
    """Return the entropy of the uniform policy, log|A|, in a unit of entropy; None where it is no ceiling."""
    return None if n_actions is None or n_actions < 2 else math.log(n_actions) * unit.factor


@dataclass(frozen=True)
class _EntropyText:
    unit: Unit
    n_actions: int | None

    def __call__(self, nats: float) -> str:
        text = signed(f"{nats * self.unit.factor:.3f} {self.unit.name}")
        if not self.n_actions or self.n_actions < 2:
            return text
        return f"{text} ({nats / math.log(self.n_actions):.0%} of max)".replace("%", " %")


def entropy_scale(unit: Unit, n_actions: int | None) -> LinearScale:
    """Return the axis of entropies: 0 to log|A| for discrete actions, free and signed for Gaussians."""
    widest = f"−0.000 {unit.name}" if n_actions is None else f"0.000 {unit.name} (100 % of max)"
    top = _ceiling(unit, n_actions)
    return LinearScale(
        factor=unit.factor,
        write=_EntropyText(unit, n_actions),
        widest=widest,
        first_range=None if top is None else (0.0, top),
    )


# ---- large plots -----------------------------------------------------------------------------------

RETURN_CARD = PlotCard(
    name="return_plot",
    titles=RETURN.titles,
    explanation="return",
    series=(
        Series("return", ("episodes",), Stroke.POINTS, "episode_return", has_value=False),
        Series("recent_return", ("last 20:", "of 20:"), Stroke.THIN, "episode_return", window=20),
        Series(
            "mean_return",
            ("mean of last 100:", "mean of 100:", "of 100:"),
            Stroke.BOLD,
            "episode_return",
            window=100,
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
    scale=entropy_scale(BITS, 2),
    empty=_EMPTY,
    level_named_above=True,
)


def return_card(environment_id: str, card: PlotCard = RETURN_CARD) -> PlotCard:
    """Return how returns are drawn in an environment: its range, and where it counts as solved."""
    solved = solved_return(environment_id)
    name = "" if solved is None else solved_text(solved)
    return replace(card, scale=return_scale(environment_id), level=solved, level_name=name)


def entropy_card(unit: Unit, n_actions: int | None) -> PlotCard:
    """Return how entropies are drawn: in a unit, of so many actions, None if they are continuous."""
    ceiling = _ceiling(unit, n_actions)
    name = "" if ceiling is None else f"{_CEILING_NAMES[unit.name]} = {ceiling:.2f}"
    return replace(ENTROPY_CARD, scale=entropy_scale(unit, n_actions), level=ceiling, level_name=name)


_CLIPPED = UPDATE_QUANTITIES["clip_fraction"]
CLIP_FRACTION_CARD = PlotCard(
    name="clip_fraction_plot",
    titles=("Clipped ratio fraction, mean of the update", *_CLIPPED.titles),
    explanation="clip_fraction",
    series=(
        Series("clip_fraction", ("outside the band", "outside"), Stroke.BOLD, "clip", filled=True),
        Series("gradient_cut_fraction", ("gradient cut", "cut"), Stroke.DOTTED, "clip"),
    ),
    scale=scale_of(_CLIPPED),
    empty=_EMPTY,
    drawing="Bold: outside the band. Dotted: of those, the samples whose gradient the clip has removed.",
)

# ---- small plots -----------------------------------------------------------------------------------


def _small(name: str, colour: str = "rollout") -> PlotCard:
    """Return the small plot of a number of an update, or of an episode, as it is declared."""
    quantity = QUANTITIES[name]
    return PlotCard(
        name=f"{name}_plot",
        titles=quantity.titles,
        explanation=name,
        series=(Series(name, ("",), Stroke.THIN, colour),),
        scale=scale_of(quantity),
        small=True,
        drawing=drawing_of(quantity),
    )


KL_CARD = replace(
    _small("approx_kl"),
    remark=(f"dashed {LARGE_KL:g}: large step", f"> {LARGE_KL:g}: large step"),
    level=math.log10(LARGE_KL),
    level_name=f"large above {LARGE_KL:g}",
    level_named_above=True,
    drawing=f"{drawing_of(UPDATE_QUANTITIES['approx_kl'])} Dashed: an update with a KL above "
    f"{LARGE_KL:g} is a large step.",
)


def large_steps_remark(n_large: int, n_updates: int) -> tuple[str, ...]:
    """Return how many of the latest updates were large steps, from the fullest wording to the shortest."""
    last = f"of the last {counted(n_updates, 'update')}"
    return (
        f"Dashed: KL {LARGE_KL:g}. An update above it is a large step: {n_large} {last}.",
        f"above {LARGE_KL:g} (large): {n_large} {last}",
        f"{n_large} of last {n_updates} above {LARGE_KL:g}",
        f"{n_large} of {n_updates} > {LARGE_KL:g}",
    )


EXPLAINED_VARIANCE_CARD = replace(
    _small("explained_variance", "value"),
    scale=replace(scale_of(UPDATE_QUANTITIES["explained_variance"]), write=two_decimals, widest="−0.00"),
    drawing="Below −1 is drawn at −1. Grey: returns hardly varied there, so that it says "
    "nothing; typical and max leave it out.",
)
GRADIENT_NORM_CARD = replace(
    _small("gradient_norm"),
    titles=("Gradient norm", "Grad. norm", "Gradient", "Grad."),
    remark=("before the limit",),
    series=(
        Series("policy_gradient_norm", ("policy", "π"), Stroke.THIN, "rollout"),
        Series("value_gradient_norm", ("value", "V"), Stroke.DASHED, "value"),
    ),
    scale=replace(scale_of(UPDATE_QUANTITIES["gradient_norm"]), write=two_digits, widest="4e−3"),
    drawing="Solid: the policy network. Dashed: the value network. Log axis.",
)
_DESIGNED = (KL_CARD, EXPLAINED_VARIANCE_CARD, _small("value_loss", "value"), GRADIENT_NORM_CARD)
_SHOWN_BY_OTHERS = {
    name
    for card in (RETURN_CARD, ENTROPY_CARD, CLIP_FRACTION_CARD, *_DESIGNED)
    for name in (card.explanation, *(series.key for series in card.series))
}
SMALL_CARDS: dict[str, PlotCard] = {
    card.name: card
    for card in (*_DESIGNED, *(_small(name) for name in COLUMNS if name not in _SHOWN_BY_OTHERS))
}
"""Every small plot there can be: those shown at first, then all that no other plot shows."""
N_SMALL = len(_DESIGNED)
"""How many are shown at a time."""

# ---- plots of a comparison -------------------------------------------------------------------------


def column_card(column: str, environment_id: str) -> PlotCard:
    """Return how a column of a run's record is drawn in an environment."""
    quantity = COMPARED[column]
    titles = tuple(map(quantity.with_unit, (quantity.title, quantity.short_title)))
    card = PlotCard(titles=titles, explanation=column, scale=scale_of(quantity), drawing=drawing_of(quantity))
    if quantity is RETURN:
        return return_card(environment_id, card)
    if column != "policy_entropy":
        return card
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    n_actions = len(known.actions) if known is not None and known.is_discrete else None
    scale = replace(entropy_scale(BITS, n_actions), write=card.scale.write, widest="−0.000")
    return replace(card, scale=scale, level=_ceiling(BITS, n_actions), level_name=_CEILING_NAMES[BITS.name])
