"""Studies for TensorBoard: every trial in a folder of its own, for its HParams page."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np

from ppo_desktop.exports.event_file import EventFile, Status
from ppo_desktop.exports.format import CannotExport, Progress
from ppo_desktop.exports.studies import ExportedStudy
from ppo_desktop.exports.tensorboard import ABOUT, MEAN_RETURN, group_of, session_values, table
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState

OBJECTIVE, LAST_REPORT = "study/objective", "study/last_report"
_STATUS = {
    TrialState.RUNNING: Status.RUNNING,
    TrialState.COMPLETE: Status.SUCCESS,
    TrialState.PRUNED: Status.SUCCESS,
    TrialState.FAILED: Status.FAILURE,
    TrialState.INTERRUPTED: Status.FAILURE,
}


def write_study(subject: ExportedStudy, fresh: Path, progress: Progress) -> None:
    """Write the trials of a study that have begun: values, learning curve, and objective.

    A pruned trial has what it had reached in the place of an objective, under another name.

    Raises:
        CannotExport: None has begun.
    """
    begun = [trial for trial in subject.trials if trial.state is not TrialState.WAITING]
    if not begun:
        raise CannotExport("No trial of the study has begun.")
    now = time.time()
    for number, trial in enumerate(begun):
        began = _seconds(trial.begun, now)
        with EventFile(fresh / f"trial_{trial.number}", began) as file:
            _write_trial(file, subject.plan, trial, began, _seconds(trial.ended, now))
        progress((number + 1) / len(begun))


def _seconds(moment: datetime | None, otherwise: float) -> float:
    return otherwise if moment is None else moment.timestamp()


def _write_trial(file: EventFile, plan: StudyPlan, trial: TrialRecord, began: float, ended: float) -> None:
    base = asdict(plan.base.with_budget(plan.total_steps))
    fixed = {name: value for name, value in base.items() if name not in plan.fields}
    values = session_values(plan.environment_id, plan.algorithm, fixed | dict(trial.values))
    file.begin_session(values, group_of(values), began)
    if trial.curve:
        steps, returns = np.array(trial.curve, float).T
        times = np.interp(steps, [0.0, steps[-1]], [began, ended])
        file.add_scalars(steps, times, {MEAN_RETURN: returns})
    if trial.objective is not None:
        is_pruned = trial.state is TrialState.PRUNED
        at = trial.pruned_after_steps or plan.total_steps
        value = {LAST_REPORT if is_pruned else OBJECTIVE: np.array([trial.objective])}
        file.add_scalars(np.array([float(at)]), np.array([ended]), value)
    about = {
        "trial": trial.number,
        "state": trial.state.label,
        "objective": f"{plan.objective.label}, mean of {counted(plan.n_seeds, 'seed')}",
        "objective of each seed": ", ".join(map(repr, trial.seed_objectives)),
        "steps of each seed": plan.total_steps,
        "reason": trial.reason,
    }
    file.add_text(ABOUT, 0, began, table(about))
    file.end_session(_STATUS[trial.state], ended)
