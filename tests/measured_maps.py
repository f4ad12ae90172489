"""A small map, of which some cells are measured without training: for what shows maps."""

from __future__ import annotations

from collections.abc import Mapping

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.kept_runs import kept_runs
from ppo_desktop.study.map_digest import MapDigest, MapDigester, MapQuestion
from ppo_desktop.study.study_plan import Objective, StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.comparisons import BUDGET, SMALL, ended_with

PLAN = StudyPlan(
    "CartPole-v1",
    Algorithm.PPO,
    SMALL,
    (Dimension("clip_range", values=(0.1, 0.2, 0.4, None)), Dimension("learning_rate", 1e-3, 1e-2, 3)),
    Objective.LEARNING_CURVE,
    BUDGET,
    n_seeds=2,
)
"""Four values across, three up."""


def measured(cell: int, *returns: float, diverged: bool = False, solved_at: int | None = None) -> TrialRecord:
    """Return the trial of a cell whose seeds had these returns from beginning to end."""
    reason = FinishReason.DIVERGED if diverged else FinishReason.COMPLETED
    runs = [ended_with(value, reason) for value in returns]
    for run in runs:
        run.steps_to_threshold = solved_at
    return TrialRecord(
        cell,
        TrialState.FAILED if diverged else TrialState.COMPLETE,
        PLAN.combination_values(cell),
        objective=None if diverged else sum(returns) / len(returns),
        seed_objectives=returns,
        combination=cell,
        kept=kept_runs(runs, PLAN.total_steps),
    )


def running(cell: int) -> TrialRecord:
    """Return the trial of a cell that a program is at."""
    return TrialRecord(100 + cell, TrialState.RUNNING, PLAN.combination_values(cell), combination=cell)


def map_of(
    means: Mapping[int, float], *others: TrialRecord, question: MapQuestion | None = None
) -> MapDigest:
    """Return what a map shows of which these cells have these returns, and others what they have."""
    trials = [measured(cell, mean - 10.0, mean + 10.0) for cell, mean in means.items()]
    return MapDigester(PLAN).digest([*trials, *others], question or MapQuestion())
