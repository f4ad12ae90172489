"""What a comparison has to do and how long that takes, before it has begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ppo_desktop.comparison.plan import SETTINGS, Comparison, RunKey
from ppo_desktop.ppo.engines.choice import serving, useful_threads
from ppo_desktop.ppo.messages import UNKNOWN_TIME, counted, duration, grouped
from ppo_desktop.runs.cost import kind_of, run_work
from ppo_desktop.runs.workload import EqualRuns, Workload

_RECORDING = 1.1
"""What runs cost that are recorded, against one that only learns: 1.0 to 1.2 was measured."""


def engine_of_comparison(comparison: Comparison, engine: str) -> str:
    """Return the engine that serves all of a comparison's runs where `engine` is wanted."""
    return serving(engine, *(comparison.settings(RunKey(n, seed=1)) for n in range(len(comparison.variants))))


def comparison_workload(
    comparison: Comparison,
    engine: str,
    job: str,
    keys: Iterable[RunKey] | None = None,
    *,
    together: bool = True,
    beside: float = 0.0,
    after: float = 0.0,
) -> Workload:
    """Return what there is to do of a comparison where `engine` is wanted; of some of its runs, or of all.

    `together` as for `Experiment`; `job`, `beside` and `after` as in `Workload`.
    """
    wanted = list(comparison.run_keys() if keys is None else keys)
    parts = []
    for number, n_runs in _in_order([key.variant for key in wanted], together=together):
        variant = comparison.variants[number]
        settings = comparison.settings(RunKey(number, seed=1))
        work = run_work(variant.algorithm, variant.hyperparameters, comparison.steps_of(number))
        parts.append(EqualRuns(kind_of(settings, serving(engine, settings)), work, n_runs))
    threads = max(1, min(useful_threads(engine_of_comparison(comparison, engine)), len(wanted)))
    return Workload(job, tuple(parts), threads, together, beside=beside, after=after, overhead=_RECORDING)


def _in_order(variants: list[int], *, together: bool) -> Iterable[tuple[int, int]]:
    """Return each variant and how many runs of it follow one another."""
    return Counter(variants).items() if together else ((number, 1) for number in variants)


def describe_workload(comparison: Comparison, to_come: int, seconds: float | None, share: float = 1.0) -> str:
    """Return how many runs there are, and the work and time of those to come.

    Example: "5 values × 3 seeds = 15 runs · 2 250 240 steps · about 12 s".

    Args:
        comparison: What is to be compared.
        to_come: How many of its runs have not been done.
        seconds: How long these take together; None while that is unknown.
        share: The part of their work that is left: less than 1 where some have been stopped on their way.
    """
    what = "configuration" if comparison.field == SETTINGS else "value"
    values, seeds = counted(len(comparison.variants), what), counted(comparison.n_seeds, "seed")
    runs = f"{values} × {seeds} = {counted(comparison.n_runs, 'run')}"
    if to_come < comparison.n_runs:
        runs += f", {grouped(to_come)} of them to come"
    time = UNKNOWN_TIME if seconds is None else f"about {duration(seconds)}"
    steps = comparison.work * to_come / comparison.n_runs * share
    return f"{runs} · {grouped(steps)} steps · {time}"
