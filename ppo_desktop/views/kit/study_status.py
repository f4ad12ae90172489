"""Labels of a study in the status bar of its page: the workers at it, and where it is kept."""

from __future__ import annotations

from functools import partial
from typing import Any

from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.study_session import StudySession
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.trials import WorkerStatus
from ppo_desktop.views.kit.footer import StatusLabel, preparation_text

AnyStudy = StudySession[Any, Any]


def workers_label(study: AnyStudy, object_name: str) -> StatusLabel:
    """Return the label that says which workers run trials, as far as there are others."""
    text, note = partial(_workers, study), partial(_workers_note, study)
    return StatusLabel(object_name, "Workers", "workers", text, "", note=note)


def study_place(study: AnyStudy, object_name: str) -> StatusLabel:
    """Return the label that says where a study is kept, or how far the engine is prepared."""
    return StatusLabel(object_name, "Where it is stored", "study_place", partial(_place, study))


def _workers(study: AnyStudy) -> str:
    """Return which workers run trials, as far as there are others."""
    here = sum(worker.n_running for worker in study.workers if worker.is_here)
    elsewhere = sum(worker.n_running > 0 for worker in study.workers if not worker.is_here)
    parts = [f"{counted(here, study.each)} running here"] if here else []
    if elsewhere:
        parts.append(f"{counted(elsewhere, 'other worker')} at it")
    return " · ".join(parts)


def _workers_note(study: AnyStudy) -> str:
    lines = []
    for worker in study.workers:
        name = worker.name + _standing(worker)
        seen = "" if worker.last_seen is None else f", last seen {worker.last_seen:%H:%M:%S} by its clock"
        lines.append(f"{name}: {worker.n_running} running, {worker.n_done} done{seen}")
    return "\n".join(lines)


def _standing(worker: WorkerStatus) -> str:
    """Return what a worker is beside its name: many are earlier sessions of the same program."""
    if worker.is_here:
        return " (this window)"
    return "" if worker.n_running else " (earlier)"


def _place(study: AnyStudy) -> str:
    """Return where the study is kept, or how far the engine is prepared."""
    preparation = study.session.preparation
    if preparation.state is PreparationState.GOING_ON:
        return preparation_text(preparation.share)
    return "" if study.place is None else f"stored in {study.place.label}"
