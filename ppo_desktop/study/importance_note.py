"""What one has to know before one believes importances, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.study.importance import PED_ANOVA, Importance, evaluators
from ppo_desktop.study.plan import StudyPlan

TRIALS_PER_HYPERPARAMETER = 10
"""Complete trials without which even a clear order may be chance."""
TRIALS_OF_PED_ANOVA = 50
"""Likewise: Optuna wants at least five among the best tenth."""


class Basis(NamedTuple):
    """What importances were judged by.

    Attributes:
        evaluator: Who judged.
        n_trials: Complete trials there were.
        n_drawn: Those of them that each judgement was made by.
        n_pruned: Trials that were left out because they were pruned.
    """

    evaluator: str
    n_trials: int
    n_drawn: int
    n_pruned: int


def note(plan: StudyPlan, basis: Basis, ranked: Sequence[Importance], rivals: Sequence[str]) -> str:
    """Return what has to be said, the weightiest first; empty if there is nothing.

    Args:
        plan: What is searched.
        basis: What they were judged by.
        ranked: The importances, the most important first.
        rivals: What may matter as much as the first, by resampling.
    """
    if not any(importance.share for importance in ranked):
        return _nothing(basis)
    if len(ranked) == 1:
        return "Only one hyperparameter is searched, so all of the importance is its own."
    return " ".join(filter(None, [_too_few(plan, basis), _unsettled(plan, ranked, rivals)]))


def remark(basis: Basis) -> str:
    """Return what they were judged by, where that is not all trials; else nothing."""
    return " ".join(filter(None, [_drawn(basis), _pruned(basis)]))


def _nothing(basis: Basis) -> str:
    if basis.evaluator == PED_ANOVA:
        return "The best trials do not stand out from the others: too many have the same objective."
    return (
        f"All {grouped(basis.n_trials)} complete trials have the same objective, so that nothing stands out."
    )


def _too_few(plan: StudyPlan, basis: Basis) -> str:
    wanted = TRIALS_PER_HYPERPARAMETER * len(plan.space)
    if basis.evaluator == PED_ANOVA:
        wanted = max(wanted, TRIALS_OF_PED_ANOVA)
    if basis.n_trials >= wanted:
        return ""
    return (
        f"Only {counted(basis.n_trials, 'complete trial')}: the shares may be chance; "
        f"have at least {grouped(wanted)} before you believe them."
    )


def _unsettled(plan: StudyPlan, ranked: Sequence[Importance], rivals: Sequence[str]) -> str:
    if not rivals:
        return ""
    names = [plan.dimension(field).declaration.short_name for field in (ranked[0].field, *rivals)]
    if len(names) == 2:
        return f"The order of {names[0]} and {names[1]} is not settled."
    return f"Which of {', '.join(names[:-1])} and {names[-1]} matters most is not settled."


def _drawn(basis: Basis) -> str:
    if basis.n_drawn == basis.n_trials:
        return ""
    label = evaluators()[basis.evaluator].label
    return f"{label} takes long: judged by {grouped(basis.n_drawn)} trials drawn at random."


def _pruned(basis: Basis) -> str:
    if not basis.n_pruned:
        return ""
    are = "is" if basis.n_pruned == 1 else "are"
    return f"{counted(basis.n_pruned, 'pruned trial')} {are} left out."
