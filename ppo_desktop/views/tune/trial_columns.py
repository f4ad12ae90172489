"""The columns of the table of trials: a row for each trial. No widgets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.tune.wording import objective_text, short_name, written

BEST = "★"
_STATES = list(TrialState)


def trial_columns(digest: StudyDigest, retried: dict[int, int]) -> list[Column]:
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


def _column(
    header: str,
    meaning: str,
    number: Callable[[TrialRecord], float],
    trials: Sequence[TrialRecord],
    write: Callable[[TrialRecord], str],
    widest: tuple[str, ...],
    *,
    is_words: bool = False,
    has_tip: bool = False,
) -> Column:
    """Return a column whose texts are made when they are seen, its numbers when sorted by: of thousands."""

    def text(row: int) -> str:
        return write(trials[row])

    return Column(
        header,
        meaning,
        lambda: np.array([*map(number, trials)], float),
        text,
        widest,
        is_words,
        text if has_tip else None,
    )


def _number_column(digest: StudyDigest) -> Column:
    best = None if digest.best is None else digest.best.number

    def write(trial: TrialRecord) -> str:
        return f"{BEST} {trial.number}" if trial.number == best else str(trial.number)

    widest = (f"{BEST} {len(digest.trials)}0",)
    meaning = "Number of the trial; ★ is the best"
    return _column("Trial", meaning, lambda trial: trial.number, digest.trials, write, widest)


def _state_column(trials: Sequence[TrialRecord]) -> Column:
    words = tuple(state.label for state in TrialState)
    return _column(
        "State",
        "What has become of the trial",
        lambda trial: _STATES.index(trial.state),
        trials,
        lambda trial: trial.state.label,
        words,
        is_words=True,
    )


def _objective_column(trials: Sequence[TrialRecord], environment_id: str) -> Column:
    return _column(
        "Objective",
        "What is maximised, mean over the seeds; of a pruned trial its last report",
        lambda trial: math.nan if trial.objective is None else trial.objective,
        trials,
        lambda trial: objective_text(trial.objective, environment_id),
        ("−1 234.5",),
    )


def _value_column(trials: Sequence[TrialRecord], dimension: Dimension) -> Column:
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
    return _column(short_name(field), label, number, trials, write, widest)


def _seconds_column(trials: Sequence[TrialRecord]) -> Column:
    def number(trial: TrialRecord) -> float:
        return math.nan if trial.seconds is None else trial.seconds

    def write(trial: TrialRecord) -> str:
        return "—" if trial.seconds is None else f"{trial.seconds:.1f}"

    return _column("Seconds", "How long the trial took", number, trials, write, ("1234.5",))


def _worker_column(trials: Sequence[TrialRecord]) -> Column:
    names = sorted({trial.worker for trial in trials})
    return _column(
        "Worker",
        "The program that did it: machine:process",
        lambda trial: names.index(trial.worker),
        trials,
        lambda trial: trial.worker,
        (max(names, key=len),),
        is_words=True,
    )


def _note_column(digest: StudyDigest, retried: dict[int, int]) -> Column:
    best = None if digest.best is None else digest.best.number

    def write(trial: TrialRecord) -> str:
        return note(trial, best, retried)

    return _column(
        "Note",
        "Whether its values were drawn at random, why it failed, and what was tried again",
        lambda trial: 0.0 if write(trial) else 1.0,
        digest.trials,
        write,
        ("tried again as 1000",),
        is_words=True,
        has_tip=True,
    )
