"""The columns of the table of trials: a row for each trial. No widgets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.tune.wording import objective_text, short_name, written

BEST = "★"
_STATES = list(TrialState)


@dataclass(frozen=True, eq=False)
class TrialColumn:
    """One column; texts are made when they are looked at, numbers when they are sorted by: of thousands.

    Attributes:
        header: What stands above it.
        meaning: Its tooltip.
        measure: Returns the number of a trial by which it is sorted; nan if there is none.
        trials: The trials, in the order of rows.
        write: Returns what stands in a row.
        widest: Texts that are as wide as any: the column is made to fit them.
        is_words: Whether it holds words, which stand at the left.
    """

    header: str
    meaning: str
    measure: Callable[[TrialRecord], float]
    trials: Sequence[TrialRecord]
    write: Callable[[TrialRecord], str]
    widest: tuple[str, ...]
    is_words: bool = False

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The number of each trial by which the column is sorted."""
        return np.array([*map(self.measure, self.trials)], float)

    def text(self, row: int) -> str:
        """Return what stands in a row."""
        return self.write(self.trials[row])


def trial_columns(digest: StudyDigest, retried: dict[int, int]) -> list[TrialColumn]:
    """Return the columns, the most important first.

    Args:
        digest: What the study says.
        retried: {trial: the one that tried it again}.
    """
    trials = digest.trials
    is_elsewhere = len({trial.worker for trial in trials if trial.worker}) > 1
    return [
        _number_column(digest),
        _state_column(trials),
        _objective_column(trials, digest.plan.environment_id),
        *(_value_column(trials, dimension) for dimension in digest.plan.space),
        _seconds_column(trials),
        *([_worker_column(trials)] if is_elsewhere else []),
        _note_column(digest, retried),
    ]


def note(trial: TrialRecord, best: int | None, retried: dict[int, int]) -> str:
    """Return what else is to be known of a trial, in words."""
    parts = []
    if trial.number == best:
        parts.append("best")
    if trial.is_random:
        parts.append("random")
    if trial.retry_of is not None:
        parts.append(f"tries {trial.retry_of} again")
    if trial.number in retried:
        parts.append(f"tried again as {retried[trial.number]}")
    if trial.reason:
        parts.append(trial.reason)
    return "; ".join(parts)


def _number_column(digest: StudyDigest) -> TrialColumn:
    best = None if digest.best is None else digest.best.number

    def write(trial: TrialRecord) -> str:
        return f"{BEST} {trial.number}" if trial.number == best else str(trial.number)

    widest = (f"{BEST} {len(digest.trials)}0",)
    meaning = "Number of the trial; ★ is the best"
    return TrialColumn("Trial", meaning, lambda trial: trial.number, digest.trials, write, widest)


def _state_column(trials: Sequence[TrialRecord]) -> TrialColumn:
    words = tuple(state.label for state in TrialState)
    return TrialColumn(
        "State",
        "What has become of the trial",
        lambda trial: _STATES.index(trial.state),
        trials,
        lambda trial: trial.state.label,
        words,
        True,
    )


def _objective_column(trials: Sequence[TrialRecord], environment_id: str) -> TrialColumn:
    return TrialColumn(
        "Objective",
        "What is maximised, mean over the seeds; of a pruned trial its last report",
        lambda trial: math.nan if trial.objective is None else trial.objective,
        trials,
        lambda trial: objective_text(trial.objective, environment_id),
        ("−1 234.5",),
    )


def _value_column(trials: Sequence[TrialRecord], dimension: Dimension) -> TrialColumn:
    field = dimension.field

    def number(trial: TrialRecord) -> float:
        if field not in trial.values:
            return math.nan
        value = trial.values[field]
        if dimension.choices and value in dimension.choices:
            return float(dimension.choices.index(value))
        return float(value) if isinstance(value, int | float) else math.nan

    def write(trial: TrialRecord) -> str:
        return written(field, trial.values[field]) if field in trial.values else "—"

    ends = tuple(text for _, text in dimension.ticks()[:: max(1, len(dimension.ticks()) - 1)])
    widest = (*ends, "1.23e-4") if dimension.is_range else ends
    label = DECLARATIONS[field].explanation.title
    return TrialColumn(short_name(field), label, number, trials, write, widest)


def _seconds_column(trials: Sequence[TrialRecord]) -> TrialColumn:
    def number(trial: TrialRecord) -> float:
        return math.nan if trial.seconds is None else trial.seconds

    def write(trial: TrialRecord) -> str:
        return "—" if trial.seconds is None else f"{trial.seconds:.1f}"

    return TrialColumn("Seconds", "How long the trial took", number, trials, write, ("1234.5",))


def _worker_column(trials: Sequence[TrialRecord]) -> TrialColumn:
    names = sorted({trial.worker for trial in trials})
    return TrialColumn(
        "Worker",
        "The program that did it: machine:process",
        lambda trial: names.index(trial.worker),
        trials,
        lambda trial: trial.worker,
        (max(names, key=len),),
        True,
    )


def _note_column(digest: StudyDigest, retried: dict[int, int]) -> TrialColumn:
    best = None if digest.best is None else digest.best.number

    def write(trial: TrialRecord) -> str:
        return note(trial, best, retried)

    return TrialColumn(
        "Note",
        "Whether its values were drawn at random, why it failed, and what was tried again",
        lambda trial: 0.0 if write(trial) else 1.0,
        digest.trials,
        write,
        ("tried again as 1000",),
        True,
    )
