"""How much there is to be done before a search goes on, in one line."""

from __future__ import annotations

from collections.abc import Callable

from ppo_desktop.ppo.messages import UNKNOWN_TIME, counted, duration, grouped
from ppo_desktop.study.plan import StudyPlan


def extent(
    plan: StudyPlan,
    n_trials: int | None,
    seconds_per_trial: float | None,
    *,
    is_grid: bool,
    n_left: int | None = None,
    with_time: bool = True,
) -> str:
    """Return how many trials come next, and the work and time they are.

    Examples: "60 trials × 2 seeds × 50 000 steps = 6 000 000 steps · about 50 s";
    "5 × 5 × 5 × 5 = 625 combinations, 60 of them now · 6 000 000 steps · about 50 s";
    "5 × 5 = 25 combinations, 3 of them still to be tried · 300 000 steps · about 3 s";
    "Until stopped: each trial 2 seeds × 50 000 steps · about 0.8 s".

    Args:
        plan: What is searched.
        n_trials: How many trials are wanted; None for until stopped.
        seconds_per_trial: How long a trial takes, of several at a time its share; None if nobody knows.
        is_grid: Whether a grid is searched, which has an end.
        n_left: How many combinations of the grid are still to be tried; None for all.
        with_time: Whether to say how long it takes.
    """
    each = f"{counted(plan.n_seeds, 'seed')} × {grouped(plan.total_steps)} steps"
    if is_grid:
        n_left = plan.combinations if n_left is None else n_left
        if n_left == 0:
            return f"{_grid(plan)} · nothing is left to try"
        n_trials = min(n_trials or n_left, n_left)
        what = _grid(plan)
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


def _grid(plan: StudyPlan) -> str:
    """Return the size of a full grid: "5 × 2 = 10 combinations"."""
    sizes = [grouped(len(dimension.grid_values())) for dimension in plan.space]
    total = counted(plan.combinations, "combination")
    return total if len(sizes) == 1 else f"{' × '.join(sizes)} = {total}"


def _short(seconds: float) -> str:
    """Return a time that may be a fraction of a second."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)
