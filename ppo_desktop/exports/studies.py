"""The numbers of a study: every trial with its values, objective and learning curve, as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ppo_desktop import __version__
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.json_lines import without_nan
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord

VERSION = 1


@dataclass(frozen=True, eq=False)
class ExportedStudy:
    """A study as it was when it was looked at."""

    name: str
    plan: StudyPlan
    trials: Sequence[TrialRecord]


def write_study_json(subject: ExportedStudy, fresh: Path, progress: Progress) -> None:
    """Write what was searched, and every trial."""
    plan = subject.plan
    progress(0.0)
    whole = {
        "format": "ppo-desktop study export",
        "version": VERSION,
        "program": __version__,
        "name": subject.name,
        "environment_id": plan.environment_id,
        "algorithm": plan.algorithm.value,
        "objective": plan.objective.value,
        "total_steps": plan.total_steps,
        "seeds": plan.n_seeds,
        "space": [_dimension(dimension) for dimension in plan.space],
        "base": dataclasses.asdict(plan.base),
        "trials": [_trial(trial) for trial in subject.trials],
    }
    fresh.write_text(json.dumps(without_nan(whole), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _dimension(dimension: Dimension) -> dict[str, Any]:
    """Return a range, or the choices."""
    if dimension.is_range:
        return {"field": dimension.field, "low": dimension.low, "high": dimension.high}
    return {"field": dimension.field, "choices": list(dimension.choices)}


def _trial(trial: TrialRecord) -> dict[str, Any]:
    """Return a trial; of one that was pruned the objective is that of its last report."""
    return {
        "number": trial.number,
        "state": trial.state.value,
        "values": dict(trial.values),
        "objective": trial.objective,
        "seed_objectives": list(trial.seed_objectives),
        "curve": [list(point) for point in trial.curve],
        "begun": _time(trial.begun),
        "ended": _time(trial.ended),
        "random": trial.is_random,
        "reason": trial.reason or None,
        "retry_of": trial.retry_of,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
