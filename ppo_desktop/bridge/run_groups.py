"""Kept runs in groups of equal values: the mean over seeds, and how sure one can be of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from ppo_desktop.bridge.library_items import RunItem
from ppo_desktop.comparison.statistics import Samples, bootstrap_interval
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS

ALGORITHM = "algorithm"
"""To group by nothing else; every other grouping is by a hyperparameter."""
_POINTS = 60
"""Of the curve of a group."""


@dataclass(frozen=True, eq=False)
class RunGroup:
    """Runs in the same environment, by the same algorithm, with the same value.

    Attributes:
        environment_id: What they learn.
        algorithm: By which they learn.
        value: The value, as it is written; empty where they are grouped by the algorithm alone.
        rank: By which values are sorted.
        items: The runs.
        n_seeds: How many seeds they have.
        best: Mean over seeds of the highest mean return; a seed that has several runs counts once.
        last: Likewise of the mean return of the last 100 episodes.
        low: Lower end of the 95 % bootstrap interval of `last`; nan with one seed.
        high: Its upper end.
        differing: Short names of the hyperparameters besides in which they are not all alike.
        curve: Steps, mean over seeds and both ends of its interval, (n, 4), as far as all runs have come.
    """

    environment_id: str
    algorithm: str
    value: str
    rank: float
    items: Sequence[RunItem]
    n_seeds: int
    best: float
    last: float
    low: float
    high: float
    differing: str
    curve: Doubles

    @property
    def key(self) -> tuple[str, str, str]:
        """By which it is known among the groups of one field."""
        return self.environment_id, self.algorithm, self.value


def can_be_grouped(item: RunItem) -> bool:
    """Return whether a run's values are understood, are its own from the beginning, and it has learnt."""
    summary = item.entry.summary
    has_learnt = summary.last is not None and len(summary.curve) > 1
    return bool(item.preset) and summary.parent is None and not summary.changed and has_learnt


def groups_of(items: Sequence[RunItem], field: str) -> list[RunGroup]:
    """Return the groups, in order, of all runs that can be grouped: by a hyperparameter, or `ALGORITHM`."""
    members: dict[tuple[str, str, Value], list[RunItem]] = defaultdict(list)
    for item in items:
        if can_be_grouped(item):
            value = None if field == ALGORITHM else item.entry.summary.hyperparameters.get(field)
            members[item.entry.summary.environment_id, item.algorithm, value].append(item)
    groups = [_group(*key, field, runs) for key, runs in members.items()]
    return sorted(groups, key=lambda group: (group.environment_id, group.algorithm, group.rank, group.value))


def _group(
    environment_id: str, algorithm: str, value: Value, field: str, items: Sequence[RunItem]
) -> RunGroup:
    by_seed: dict[int, list[RunItem]] = defaultdict(list)
    for item in items:
        by_seed[item.entry.summary.seed].append(item)
    last = np.array([_mean([item.entry.summary.last for item in runs]) for runs in by_seed.values()])
    best = [_mean([item.entry.summary.best for item in runs]) for runs in by_seed.values()]
    low, high = bootstrap_interval(last)
    others = {
        name: {item.entry.summary.hyperparameters.get(name) for item in items} for name in TRAINING_FIELDS
    }
    return RunGroup(
        environment_id,
        algorithm,
        "" if field == ALGORITHM else DECLARATIONS[field].format(value),
        float(value) if isinstance(value, int | float) else math.inf,
        items,
        len(by_seed),
        fmean(best),
        float(last.mean()),
        float(low),
        float(high),
        ", ".join(DECLARATIONS[name].short_name for name, values in others.items() if len(values) > 1),
        _curve(list(by_seed.values())),
    )


def _curve(by_seed: Sequence[Sequence[RunItem]]) -> Doubles:
    curves = [[np.array(item.entry.summary.curve) for item in runs] for runs in by_seed]
    every = [curve for runs in curves for curve in runs]
    begin, end = max(curve[0, 0] for curve in every), min(curve[-1, 0] for curve in every)
    if end <= begin:
        return np.empty((0, 4))
    steps = np.linspace(begin, end, _POINTS)
    seeds: Samples = np.stack(
        [np.mean([np.interp(steps, *curve.T) for curve in runs], axis=0) for runs in curves], axis=1
    )
    return np.stack([steps, seeds.mean(axis=1), *bootstrap_interval(seeds)], axis=1)


def _mean(values: Sequence[float | None]) -> float:
    return fmean(value for value in values if value is not None)
