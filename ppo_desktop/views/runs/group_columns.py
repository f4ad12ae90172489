"""The columns of the table of groups of kept runs: a row for each group. No widgets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ppo_desktop.bridge.run_groups import ALGORITHM, RunGroup
from ppo_desktop.comparison.csv_text import csv_text
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.kit.table import Column, column_over, interval_text
from ppo_desktop.views.runs.run_columns import return_text


def group_columns(groups: Sequence[RunGroup], field: str) -> list[Column]:
    """Return the columns of groups by a field, the most important first."""
    column = partial(column_over, groups)
    environments = sorted({group.environment_id for group in groups})
    algorithms = sorted({group.algorithm for group in groups})

    def value(header: str, meaning: str, of: Callable[[RunGroup], float], name: str) -> Column:
        def text(group: RunGroup) -> str:
            return return_text(of(group), group.environment_id)

        return column(header, meaning, number=of, text=text, widest=("−1 234.5",), name=name)

    def count(header: str, meaning: str, of: Callable[[RunGroup], int], name: str) -> Column:
        return column(header, meaning, number=of, text=lambda group: str(of(group)), name=name)

    common = column(
        field_name(field),
        "What the runs of a group have in common",
        number=lambda group: group.rank,
        text=lambda group: group.value,
        name=field,
    )
    return [
        column(
            "Environment",
            "What they learn: returns of different environments are never put together",
            number=lambda group: environments.index(group.environment_id),
            text=lambda group: group.environment_id,
            is_words=True,
            name="environment",
        ),
        column(
            "Algorithm",
            "By which they learn",
            number=lambda group: algorithms.index(group.algorithm),
            text=lambda group: group.algorithm,
            is_words=True,
            name=ALGORITHM,
        ),
        *([] if field == ALGORITHM else [common]),
        count("Runs", "How many runs it has", lambda group: len(group.items), "runs"),
        count(
            "Seeds",
            "How many seeds they have; a seed with several runs counts once",
            lambda group: group.n_seeds,
            "seeds",
        ),
        value(
            "Best mean",
            "Highest mean return of 100 episodes: mean over seeds",
            lambda g: g.best,
            "best_return",
        ),
        value(
            "Last mean",
            "Mean return of the last 100 episodes: mean over seeds",
            lambda g: g.last,
            "last_return",
        ),
        column(
            "95 % interval",
            "Bootstrap interval of the mean over seeds of the last return, too narrow with few of them. "
            "Sorted by its width.",
            number=lambda group: group.high - group.low,
            text=_interval,
            widest=("−1 234.5 to −1 234.5",),
            name="interval",
        ),
        column(
            "Differ also in",
            "What else is not the same in all runs of the group: the value alone does not explain the return",
            number=lambda group: len(group.differing) or math.nan,
            text=lambda group: group.differing,
            is_words=True,
            tip=lambda group: group.differing,
            name="differing",
        ),
    ]


def field_name(field: str) -> str:
    """Return what a group has in common, in a word or two."""
    return "Algorithm" if field == ALGORITHM else DECLARATIONS[field].short_name


def groups_csv(groups: Sequence[RunGroup], field: str) -> str:
    """Return a row for each group."""
    return csv_text(_row(group, field) for group in groups)


def _row(group: RunGroup, field: str) -> dict[str, Any]:
    return {
        "environment_id": group.environment_id,
        "algorithm": group.algorithm,
        **({} if field == ALGORITHM else {field: group.value}),
        "runs": len(group.items),
        "seeds": group.n_seeds,
        "best_return": group.best,
        "last_return": group.last,
        "last_return_low": group.low,
        "last_return_high": group.high,
        "differing": group.differing,
    }


def _interval(group: RunGroup) -> str:
    return interval_text(group.low, group.high, lambda end: return_text(end, group.environment_id))
