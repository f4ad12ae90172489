"""What is left of a grid, the only search that has an end."""

from __future__ import annotations

from collections.abc import Collection

from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState


def combinations_left(plan: StudyPlan, trials: Collection[TrialRecord]) -> int:
    """Return how many trials a grid has still to begin: combinations nobody has begun, and those that wait.

    Args:
        plan: What is searched.
        trials: All trials of the study, whoever chose their values.
    """
    begun = {trial.combination for trial in trials} - {None}
    n_waiting = sum(trial.state is TrialState.WAITING for trial in trials)
    return max(0, plan.combinations - len(begun)) + n_waiting
