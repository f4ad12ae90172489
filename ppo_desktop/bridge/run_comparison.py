"""The comparison that is set up from kept runs."""

from __future__ import annotations

from collections.abc import Sequence

from ppo_desktop.bridge.library_items import RunItem
from ppo_desktop.comparison.plan import (
    FEWEST_STEPS,
    MOST_STEPS,
    Comparison,
    Configuration,
    InvalidComparison,
    opposed,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import Hyperparameters


def comparison_of(runs: Sequence[RunItem]) -> Comparison:
    """Return the comparison of the settings of runs, each once, with as many seeds and steps as they have.

    Raises:
        InvalidComparison: They are in different environments, or all alike, or too many.
        InvalidHyperparameter: One cannot be trained.
    """
    summaries = [run.entry.summary for run in runs]
    environments = {summary.environment_id for summary in summaries}
    if len(environments) != 1:
        raise InvalidComparison("Only runs in the same environment can be compared.")
    total_steps = min(max(FEWEST_STEPS, *(summary.steps for summary in summaries)), MOST_STEPS)
    configurations: dict[tuple[Algorithm, Hyperparameters], Configuration] = {}
    for run, summary in zip(runs, summaries, strict=True):
        algorithm = Algorithm(summary.algorithm)
        values = Hyperparameters().changed({**summary.hyperparameters, **summary.changed})
        values = values.with_budget(total_steps)
        name = run.labels.name or run.differing or run.preset
        configurations.setdefault((algorithm, values), Configuration(name, algorithm, values))
    if len(configurations) < 2:
        raise InvalidComparison("These runs have the same settings: select some that differ.")
    n_seeds = len({summary.seed for summary in summaries})
    return opposed(environments.pop(), [*configurations.values()], n_seeds, total_steps)
