"""Trials of a study made by hand: where each lies and what it was worth is what the test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.study.dimension import usual_dimension
from ppo_desktop.study.study_digest import StudyDigest, StudyDigester, StudyQuestion
from ppo_desktop.study.study_plan import Objective, StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

Worth = Callable[[Mapping[str, float]], float]


def searched(*fields: str, n_seeds: int = 2) -> StudyPlan:
    """Return a study of the usual ranges of some hyperparameters, with tiny networks and budgets."""
    return StudyPlan(
        "CartPole-v1",
        Algorithm.PPO,
        Hyperparameters(n_envs=2, rollout_length=16, n_minibatches=2, hidden_units=8),
        tuple(usual_dimension(field) for field in fields),
        Objective.EVALUATION,
        total_steps=2_000,
        n_seeds=n_seeds,
    )


def complete(plan: StudyPlan, number: int, at: Sequence[float], objective: float) -> TrialRecord:
    """Return a complete trial at some positions, each 0…1 on its hyperparameter's own scale."""
    values = {
        dimension.field: dimension.value_at(position)
        for dimension, position in zip(plan.space, at, strict=True)
    }
    return TrialRecord(number, TrialState.COMPLETE, values, objective)


def drawn(plan: StudyPlan, n: int, worth: Worth, noise: float = 0.0, seed: int = 0) -> list[TrialRecord]:
    """Return trials spread at random.

    Args:
        plan: What is searched.
        n: How many.
        worth: The objective by {field: position, 0…1}.
        noise: Standard deviation of what is added to it.
        seed: Of where they lie, and of the noise.
    """
    random = np.random.default_rng(seed)
    trials = []
    for number in range(n):
        at = random.random(len(plan.space))
        objective = worth(dict(zip(plan.fields, at, strict=True))) + noise * random.normal()
        trials.append(complete(plan, number, list(at), float(objective)))
    return trials


def settled(digester: StudyDigester, trials: Sequence[TrialRecord], question: StudyQuestion) -> StudyDigest:
    """Return what is said in the end, when nothing is left to be resampled."""
    while not (digest := digester.digest(trials, question)).is_settled:
        pass
    return digest
