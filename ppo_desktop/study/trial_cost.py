"""How long trials will take, before there have been any."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from statistics import fmean

from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.engines import PYTORCH
from ppo_desktop.ppo.engines.choice import serving, useful_threads
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import UNKNOWN_TIME, counted, duration, grouped
from ppo_desktop.runs.cost import RunKind, Work, kind_of, run_work
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import EqualRuns, Workload
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.samplers import (
    EXHAUSTIVE,
    GAUSSIAN_PROCESS,
    HALVING,
    MEDIAN,
    NO_PRUNER,
    STARTUP_TRIALS,
)
from ppo_desktop.study.study_plan import EVALUATION_EPISODES, Objective, Strategy, StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

_DRAWN = 32
"""Trials that are drawn to estimate one: their costs differ by the number of their gradient steps."""
_NETWORKS_DRAWN = 8
"""The same where their networks differ, each of which has to be measured."""
_EPISODE_STEPS = 200
"""Of an episode that is evaluated: its length is unknown."""
_CHOOSING_SECONDS = {NO_PRUNER: 0.04, MEDIAN: 0.15, HALVING: 0.1}
"""Of a trial: its values are chosen, its reports written down, and the pruner is asked at each of them."""
_MODEL_SECONDS = {GAUSSIAN_PROCESS: 0.1}
"""The same of a sampler that computes more than a moment."""
_SHARE_LEFT = {NO_PRUNER: 1.0, MEDIAN: 0.5, HALVING: 0.45}
"""Part of its work that a trial does on the average, once trials are pruned."""


def engine_of_study(plan: StudyPlan, engine: str) -> str:
    """Return the engine that serves whatever trial of a study where `engine` is wanted."""
    if any(DECLARATIONS[field].pytorch_only for field in plan.fields):
        return PYTORCH
    return serving(engine, plan.settings(plan.base_values, seed=1))


def trials_workload(
    plan: StudyPlan,
    strategy: Strategy,
    n_trials: int,
    at_once: int,
    engine: str,
    job: str,
    trials: Sequence[TrialRecord] = (),
) -> Workload:
    """Return what there is to do in so many trials; `job` as in `Workload`, `trials` of the study so far."""
    n_runs = n_trials * plan.n_seeds
    mean_work = _mean_work(plan, strategy.sampler in EXHAUSTIVE, engine)
    parts = tuple(EqualRuns(kind, work, n_runs) for kind, work in mean_work)
    threads = useful_threads(engine_of_study(plan, engine))
    threads = max(1, min(threads, min(n_trials, at_once) * plan.n_seeds))
    share = _share(plan, strategy, n_trials, trials)
    return Workload(job, parts, threads, share=share, beside=_choosing_seconds(strategy, n_trials))


def learn_choosing(strategy: Strategy, n_trials: int, taken: float) -> None:
    """Take note of the processor time of the thread that has chosen and attended to so many trials."""
    speeds().correct(_choosing(strategy), _usual_choosing_seconds(strategy, n_trials), taken)


def _choosing_seconds(strategy: Strategy, n_trials: int) -> float:
    return _usual_choosing_seconds(strategy, n_trials) * speeds().factor(_choosing(strategy))


def _usual_choosing_seconds(strategy: Strategy, n_trials: int) -> float:
    return n_trials * (_CHOOSING_SECONDS[strategy.pruner] + _MODEL_SECONDS.get(strategy.sampler, 0.0))


def _choosing(strategy: Strategy) -> str:
    """Return by what name it is remembered what choosing takes."""
    return f"trials {strategy.sampler} {strategy.pruner}"


@lru_cache(maxsize=8)
def _mean_work(plan: StudyPlan, is_grid: bool, engine: str) -> tuple[tuple[RunKind, Work], ...]:
    """Return {kind: work} of a mean run of trials drawn from the space, whose kinds differ by their networks.

    Trials that cannot be trained are left out.
    """
    has_networks = not {"hidden_units", "hidden_layers"}.isdisjoint(plan.fields)
    dice = random.Random(1)
    drawn: list[tuple[RunKind, Work]] = []
    for _ in range(_NETWORKS_DRAWN if has_networks else _DRAWN):
        values = {dimension.field: _drawn(dimension, is_grid, dice) for dimension in plan.space}
        with suppress(InvalidHyperparameter):
            drawn.append(_run(plan, values, engine))
    drawn = drawn or [_run(plan, plan.base_values, engine)]
    total: dict[RunKind, Work] = {}
    for kind, work in drawn:
        total[kind] = total.get(kind, Work()).plus(work.times(1 / len(drawn)))
    return tuple(total.items())


def _drawn(dimension: Dimension, is_grid: bool, dice: random.Random) -> Value:
    return dice.choice(dimension.grid_values()) if is_grid else dimension.value_at(dice.random())


def _run(plan: StudyPlan, values: Mapping[str, Value], engine: str) -> tuple[RunKind, Work]:
    """Return kind and work of a run with these values."""
    settings = plan.settings(values, seed=1)
    steps = settings.hyperparameters.whole_rollouts(plan.total_steps)
    work = run_work(settings.algorithm, settings.hyperparameters, steps)
    if plan.objective is Objective.EVALUATION:
        played = EVALUATION_EPISODES * _EPISODE_STEPS
        work = work.plus(Work(time_steps=played, samples=played))
    return kind_of(settings, serving(engine, settings)), work


def _share(plan: StudyPlan, strategy: Strategy, n_trials: int, trials: Sequence[TrialRecord]) -> float:
    """Return the part of all work that is done where trials are pruned.

    Trials of the study that have been pruned say it; before that, what is usual.
    """
    if strategy.pruner == NO_PRUNER:
        return 1.0
    ended = [trial for trial in trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    if any(trial.state is TrialState.PRUNED for trial in ended):
        return fmean(trial.curve[-1][0] / plan.total_steps if trial.curve else 1.0 for trial in ended)
    n_whole = min(n_trials, max(0, STARTUP_TRIALS - len(ended)))
    return (n_whole + (n_trials - n_whole) * _SHARE_LEFT[strategy.pruner]) / n_trials


def describe_work(
    plan: StudyPlan,
    n_trials: int | None,
    seconds_per_trial: float | None,
    *,
    is_grid: bool,
    n_left: int | None = None,
    with_time: bool = True,
    combination: str = "combination",
) -> str:
    """Return how many trials come next, and the work and time they are.

    Examples: "60 trials × 2 seeds × 50 000 steps = 6 000 000 steps · about 50 s";
    "5 × 5 × 5 × 5 = 625 combinations, 60 of them now · 6 000 000 steps · about 50 s";
    "5 × 5 = 25 combinations, 3 of them still to be tried · 300 000 steps · about 3 s";
    "Until stopped: each trial 2 seeds × 50 000 steps · about 0.8 s".

    Args:
        plan: What is searched.
        n_trials: How many trials are wanted; None for until stopped.
        seconds_per_trial: How long a trial takes, of several at a time its share; None if that is unknown.
        is_grid: Whether a grid is searched, which has an end.
        n_left: How many combinations of the grid are still to be tried; None for all.
        with_time: Whether to say how long it takes.
        combination: What one of the grid is called.
    """
    each = f"{counted(plan.n_seeds, 'seed')} × {grouped(plan.total_steps)} steps"
    if is_grid:
        n_left = plan.combinations if n_left is None else n_left
        if n_left == 0:
            return f"{_grid(plan, combination)} · nothing is left to try"
        n_trials = min(n_trials or n_left, n_left)
        what = _grid(plan, combination)
        what += f", {grouped(n_left)} of them still to be tried" if n_left < plan.combinations else ""
        what += f", {grouped(n_trials)} of them now" if n_trials < n_left else ""
    elif n_trials is None:
        return f"Until stopped: each trial {each}{_time(seconds_per_trial, _short) if with_time else ''}"
    else:
        what = f"{counted(n_trials, 'trial')} × {each}"
    steps = f"{grouped(n_trials * plan.n_seeds * plan.total_steps)} steps"
    joint = " · " if is_grid else " = "
    seconds = None if seconds_per_trial is None else n_trials * seconds_per_trial
    return f"{what}{joint}{steps}{_time(seconds, duration) if with_time else ''}"


def _time(seconds: float | None, written: Callable[[float], str]) -> str:
    return f" · {UNKNOWN_TIME}" if seconds is None else f" · about {written(seconds)}"


def _grid(plan: StudyPlan, combination: str) -> str:
    """Return the size of a full grid: "5 × 2 = 10 combinations"."""
    sizes = [grouped(len(dimension.grid_values())) for dimension in plan.space]
    total = counted(plan.combinations, combination)
    return total if len(sizes) == 1 else f"{' × '.join(sizes)} = {total}"


def _short(seconds: float) -> str:
    """Return a time that may be a fraction of a second."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)
