"""Searches that are really trained, small enough for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.study.place import Place
from ppo_desktop.study.search import Search, SearchEvent, TrialEnded
from ppo_desktop.study.storage import OpenStudy, create_study
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.trials import TrialRecord
from ppo_desktop.study.wanted import parse_space
from tests.comparisons import SMALL

STEPS = 1000
RATES = "learning_rate=0.001:0.05,gae_lambda"
"""What is searched unless a test says otherwise: runs that differ by these differ in their returns."""
Watch = Callable[[SearchEvent, Search], None]


def planned(
    vary: str = RATES,
    *,
    environment_id: str = "CartPole-v1",
    objective: Objective = Objective.LEARNING_CURVE,
    total_steps: int = STEPS,
    n_seeds: int = 1,
    **values: Any,
) -> StudyPlan:
    """Return a plan of short runs of tiny networks."""
    base = SMALL.changed(values)
    space = parse_space(vary)
    return StudyPlan(environment_id, Algorithm.PPO, base, space, objective, total_steps, n_seeds)


def new_study(
    folder: Path, plan: StudyPlan, strategy: Strategy | None = None, name: str = "study"
) -> OpenStudy:
    """Make a study in a file of its own, and open it."""
    return create_study(Place(folder / f"{name}.db", name), plan, strategy or Strategy("random"))


def searched(
    study: OpenStudy,
    n_trials: int | None,
    trials_at_once: int = 1,
    watch: Watch = lambda event, search: None,
    engine: str = COMPILED,
) -> list[SearchEvent]:
    """Search to the end and return all events.

    Args:
        study: The study.
        n_trials: How many trials; None for as many as there are.
        trials_at_once: How many of them at a time.
        watch: Is told each event, and the search, which it may stop.
        engine: What does the arithmetic.
    """
    search = Search(study, engine, n_trials, trials_at_once)
    events = []
    for event in search.events():
        events.append(event)
        watch(event, search)
    return events


def ended(events: list[SearchEvent]) -> list[TrialRecord]:
    """Return the trials that have ended, in that order."""
    return [event.record for event in events if isinstance(event, TrialEnded)]
