"""A small study to be set up, and what waits for it: for tests of the bridge and of the Tune page."""

from __future__ import annotations

from pathlib import Path

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.place import Place
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from tests.comparisons import SMALL

STEPS = 1000
ENDLESS = 10_000_000
"""Steps of runs that are still at work when a test has seen enough."""
PLAN = StudyPlan(
    "CartPole-v1",
    Algorithm.PPO,
    SMALL,
    (Dimension("clip_range", 0.1, 0.4), Dimension("learning_rate", 1e-3, 1e-2)),
    Objective.LEARNING_CURVE,
    STEPS,
    n_seeds=1,
)


def set_up(
    tune: TuneSession, n_trials: int | None = 3, total_steps: int = STEPS, sampler: str = "random"
) -> None:
    """Set up trials of one short run each, of two hyperparameters."""
    for field in ("entropy_coef", "rollout_length"):
        tune.drafting.tick(field, False)
    tune.drafting.choose_objective(Objective.LEARNING_CURVE)
    tune.drafting.set_seeds(1)
    tune.drafting.set_total_steps(total_steps)
    tune.drafting.set_trials(n_trials)
    tune.drafting.set_trials_at_once(2)
    tune.drafting.choose_sampler(sampler)


def make_study(folder: Path, name: str = "kept", plan: StudyPlan = PLAN) -> Place:
    """Keep a study without trials, and return where it is."""
    from ppo_desktop.study.library import path_for
    from ppo_desktop.study.storage import create_study

    place = Place(path_for(folder, name), name)
    create_study(place, plan, Strategy("random")).close()
    return place
