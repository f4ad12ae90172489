"""How each figure that a comparison draws is titled, scaled and explained, declared once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.quantities import BITS, COMPARED, RETURN
from ppo_desktop.views.plot_cards import (
    drawing_of,
    entropy_ceiling,
    entropy_ceiling_name,
    entropy_scale,
    return_scale,
    scale_of,
    solved_text,
)
from ppo_desktop.views.plot_scales import ValueScale


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
    quantity = COMPARED[column]
    card = ColumnCard(
        quantity.with_unit(quantity.title),
        quantity.with_unit(quantity.short_title),
        column,
        scale_of(quantity),
        drawing=drawing_of(quantity),
    )
    if quantity is RETURN:
        return _of_returns(card, environment_id)
    return _of_entropies(card, environment_id) if column == "policy_entropy" else card


def _of_returns(card: ColumnCard, environment_id: str) -> ColumnCard:
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    solved = None if known is None else known.solved_return
    name = "" if solved is None else solved_text(solved)
    return replace(card, scale=return_scale(environment_id), level=solved, level_name=name)


def _of_entropies(card: ColumnCard, environment_id: str) -> ColumnCard:
    n_actions = _n_discrete_actions(environment_id)
    scale = replace(entropy_scale(BITS, n_actions), write=card.scale.write, widest="−0.000")
    if n_actions is None:
        return replace(card, scale=scale)
    level, name = entropy_ceiling(BITS, n_actions), entropy_ceiling_name(BITS)
    return replace(card, scale=scale, level=level, level_name=name)


def _n_discrete_actions(environment_id: str) -> int | None:
    """Return |A| where it is known before any run has begun; None too for continuous actions."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    return len(known.actions) if known is not None and known.is_discrete else None
