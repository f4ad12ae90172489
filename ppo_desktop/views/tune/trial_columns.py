"""The columns of the table of trials: a row for each trial. No widgets."""

from __future__ import annotations

import math
from functools import partial

from ppo_desktop.ppo.hyperparameters import DECLARATIONS, value_text
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.kit.table import Column, column_over
from ppo_desktop.views.tune.wording import objective_text, short_name

BEST = "★"
_STATES = list(TrialState)


def trial_columns(digest: StudyDigest, retried: dict[int, int]) -> list[Column]:
    """Return the columns, the most important first.

    Args:
        digest: What the study says.
        retried: {trial: the one that tried it again}.
    """
    trials, environment_id = digest.trials, digest.plan.environment_id
    best = None if digest.best is None else digest.best.number
    workers = sorted({trial.worker for trial in trials})
    column = partial(column_over, trials)

    def remarks(trial: TrialRecord) -> str:
        return note(trial, best, retried)

    return [
        column(
            "Trial",
            "Number of the trial; ★ is the best",
            number=lambda trial: trial.number,
            text=lambda trial: f"{BEST} {trial.number}" if trial.number == best else str(trial.number),
            widest=(f"{BEST} {len(trials)}0",),
        ),
        column(
            "State",
            "What has become of the trial",
            number=lambda trial: _STATES.index(trial.state),
            text=lambda trial: trial.state.label,
            widest=[state.label for state in TrialState],
            is_words=True,
        ),
        column(
            "Objective",
            "What is maximised, mean over the seeds; of a pruned trial its last report",
            number=lambda trial: _number(trial.objective),
            text=lambda trial: objective_text(trial.objective, environment_id),
            widest=("−1 234.5",),
        ),
        *(_value_column(digest, dimension) for dimension in digest.plan.space),
        column(
            "Seconds",
            "How long the trial took",
            number=lambda trial: _number(trial.seconds),
            text=lambda trial: "—" if trial.seconds is None else f"{trial.seconds:.1f}",
            widest=("1234.5",),
        ),
        *(
            [
                column(
                    "Worker",
                    "The program that did it: machine:process",
                    number=lambda trial: workers.index(trial.worker),
                    text=lambda trial: trial.worker,
                    widest=(max(workers, key=len),),
                    is_words=True,
                )
            ]
            if sum(map(bool, workers)) > 1
            else []
        ),
        column(
            "Note",
            "Whether its values were drawn at random, why it failed, and what was tried again",
            number=lambda trial: 0.0 if remarks(trial) else 1.0,
            text=remarks,
            widest=("tried again as 1000",),
            is_words=True,
            tip=remarks,
        ),
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


def _value_column(digest: StudyDigest, dimension: Dimension) -> Column:
    field = dimension.field

    def number(trial: TrialRecord) -> float:
        value = trial.values.get(field)
        if dimension.choices and value in dimension.choices:
            return dimension.choices.index(value)
        return _number(value if isinstance(value, int | float) else None)

    def text(trial: TrialRecord) -> str:
        return value_text(field, trial.values[field]) if field in trial.values else "—"

    ends = tuple(text for _, text in dimension.ticks()[:: max(1, len(dimension.ticks()) - 1)])
    widest = (*ends, "1.23e-4") if dimension.is_range else ends
    label = DECLARATIONS[field].explanation.title
    return column_over(digest.trials, short_name(field), label, number=number, text=text, widest=widest)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
