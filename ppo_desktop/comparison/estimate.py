"""How long a comparison will take, before it has begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.ppo.engines.choice import serving, useful_threads
from ppo_desktop.runs.cost import kind_of, run_work
from ppo_desktop.runs.workload import Batch, Workload

_RECORDING = 1.1
"""What runs cost that are recorded, against one that only learns: 1.0 to 1.2 was measured."""
UNKNOWN_TIME = "time not known yet"
"""What stands in the place of an estimate before there is one."""


def workload(
    comparison: Comparison,
    engine: str,
    job: str,
    keys: Iterable[RunKey] | None = None,
    *,
    together: bool = True,
    beside: float = 0.0,
    after: float = 0.0,
) -> Workload:
    """Return what there is to do of a comparison.

    Args:
        comparison: What is compared.
        engine: Name of the engine that is wanted.
        job: See `Workload`.
        keys: The runs to come; None for all.
        together: See `Experiment`.
        beside: See `Workload`.
        after: See `Workload`.
    """
    serves = serving(engine, comparison.environment_id)
    wanted = list(comparison.run_keys() if keys is None else keys)
    batches = []
    for number, n_runs in _in_order([key.variant for key in wanted], together=together):
        variant = comparison.variants[number]
        settings = comparison.settings(RunKey(number, seed=1))
        work = run_work(variant.algorithm, variant.hyperparameters, comparison.steps_of(number))
        batches.append(Batch(kind_of(settings, serves), work, n_runs))
    threads = max(1, min(useful_threads(engine, comparison.environment_id), len(wanted)))
    return Workload(job, tuple(batches), threads, together, beside=beside, after=after, overhead=_RECORDING)


def _in_order(variants: list[int], *, together: bool) -> Iterable[tuple[int, int]]:
    """Return each variant and how many runs of it follow one another."""
    return Counter(variants).items() if together else ((number, 1) for number in variants)


def duration(seconds: float) -> str:
    """Return a time as it is written everywhere: "12 s", "4 min", "1.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
