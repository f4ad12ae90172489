"""How each figure that a comparison draws is titled, scaled and explained, declared once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.messages import signed
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.views.curve_plot import PlotCard
from ppo_desktop.views.plot_cards import (
    BITS,
    CLIP_FRACTION_CARD,
    EXPLAINED_VARIANCE_CARD,
    GRADIENT_NORM_CARD,
    KL_CARD,
    VALUE_LOSS_CARD,
    EntropyMeasure,
    entropy_scale,
    return_scale,
    solved_text,
    two_digits,
)
from ppo_desktop.views.plot_scales import LinearScale, LogScale, ValueScale


@dataclass(frozen=True)
class ColumnCard:
    """How one figure is drawn.

    Attributes:
        title: What it is called.
        short_title: The same where there is little room.
        explanation: The key of its explanation in the glossary.
        scale: The vertical axis.
        level: Where a dashed line stands, in plotted units; None for none.
        level_name: What the line is.
        drawing: What is particular about the axis, in a sentence.
    """

    title: str
    short_title: str
    explanation: str
    scale: ValueScale
    level: float | None = None
    level_name: str = ""
    drawing: str = ""


def column_card(column: str, environment_id: str) -> ColumnCard:
    """Return how a column of a run's record is drawn in an environment."""
    if column == RETURN.name:
        return _return_card(environment_id)
    if column == "policy_entropy":
        return _entropy_card(environment_id)
    return _CARDS[column]


def _return_card(environment_id: str) -> ColumnCard:
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    solved = None if known is None else known.solved_return
    name = "" if solved is None else solved_text(solved)
    return ColumnCard("Episode return", "Return", "return", return_scale(environment_id), solved, name)


def _entropy_card(environment_id: str) -> ColumnCard:
    unit, n_actions = EntropyMeasure(BITS), _n_discrete_actions(environment_id)
    scale = replace(entropy_scale(unit, n_actions), write=_bits, widest="−0.000")
    card = ColumnCard("Policy entropy, bits", "Entropy, bits", "policy_entropy", scale)
    if n_actions is None:
        return card
    name = unit.ceiling_label(n_actions).partition(" = ")[0]
    return replace(card, level=unit.ceiling(n_actions), level_name=name)


def _bits(nats: float) -> str:
    return signed(f"{EntropyMeasure(BITS).per_nat * nats:.3f}")


def _n_discrete_actions(environment_id: str) -> int | None:
    """Return |A| where it is known before any run has begun; None too for continuous actions.

    All continuous environments of the catalogue have one component, and no discrete one has one action.
    """
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    return len(known.actions) if known is not None and len(known.actions) > 1 else None


def _like(card: PlotCard, column: str, title: str, short_title: str) -> ColumnCard:
    """Return a figure that Train draws too, on the same axis."""
    drawing = card.drawing if len(card.series) == 1 else ""
    return ColumnCard(title, short_title, column, card.scale, drawing=drawing)


_CARDS = {
    card.explanation: card
    for card in (
        _like(CLIP_FRACTION_CARD, "clip_fraction", "Clipped ratio fraction", "Clipped ratios"),
        _like(CLIP_FRACTION_CARD, "gradient_cut_fraction", "Gradient-cut fraction", "Gradient cut"),
        _like(KL_CARD, "approx_kl", "Approx. KL, nats", "Approx. KL"),
        _like(EXPLAINED_VARIANCE_CARD, "explained_variance", "Explained variance", "Expl. variance"),
        ColumnCard("Policy loss", "Policy loss", "policy_loss", LinearScale()),
        _like(VALUE_LOSS_CARD, "value_loss", "Value loss", "Value loss"),
        _like(GRADIENT_NORM_CARD, "policy_gradient_norm", "Gradient norm of the policy", "Policy gradient"),
        _like(GRADIENT_NORM_CARD, "value_gradient_norm", "Gradient norm of the critic", "Critic gradient"),
        ColumnCard(
            "Largest ratio after the update",
            "Largest ratio",
            "max_ratio",
            LogScale(write=two_digits, widest="4e−3", first_range=(0.0, 1.0)),
            drawing="Log axis.",
        ),
        ColumnCard(
            "Epochs run",
            "Epochs run",
            "epochs_run",
            LinearScale(write=two_digits, widest="0.00", first_range=(0.0, 4.0)),
        ),
    )
}
"""Every other column; each is explained in the glossary under its own name."""
