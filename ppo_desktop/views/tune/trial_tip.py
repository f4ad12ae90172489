"""What is known of one trial, as a tooltip says it. No widgets."""

from __future__ import annotations

import html

from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.tune.wording import objective_text, written

_DOUBLE_CLICK = "Double click: use in Train"


def trial_tip(plan: StudyPlan, trial: TrialRecord, *, is_best: bool = False) -> str:
    """Return a trial's value, state and hyperparameters, and what a double click does, as rich text."""
    lines = [
        f"<b>Trial {grouped(trial.number)}</b>{_result(plan, trial)}",
        ", ".join(_remarks(trial, is_best=is_best)),
        *(
            f"{html.escape(plan.dimension(field).label)}: {html.escape(written(field, value))}"
            for field, value in trial.values.items()
            if field in plan.fields
        ),
        html.escape(trial.reason),
        _DOUBLE_CLICK if trial.values else "",
    ]
    return f"<qt>{'<br>'.join(line for line in lines if line)}</qt>"


def _result(plan: StudyPlan, trial: TrialRecord) -> str:
    if trial.objective is None:
        return ""
    return f": {objective_text(trial.objective, plan.environment_id)}"


def _remarks(trial: TrialRecord, *, is_best: bool) -> list[str]:
    """Return what there is to say besides numbers."""
    remarks = ["the best so far"] if is_best else []
    if trial.state is not TrialState.COMPLETE:
        reached = f" after {grouped(trial.curve[-1][0])} steps" if trial.curve else ""
        remarks.append(f"{trial.state.label}{reached}")
    if trial.is_random:
        remarks.append("drawn at random")
    if trial.retry_of is not None:
        remarks.append(f"again what trial {grouped(trial.retry_of)} tried")
    return remarks
