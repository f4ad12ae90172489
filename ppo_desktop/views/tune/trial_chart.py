"""A figure of a study's trials: what is pointed at are their numbers."""

from __future__ import annotations

import html

from ppo_desktop.ppo.hyperparameters import value_text
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.shapes import Key
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.wording import objective_text

DOUBLE_CLICK = "Double click: use in Train"


class TrialChart(Chart):
    """Shows what a study says of its trials."""

    def __init__(self, theme: Theme, object_name: str, name: str, explanation: str) -> None:
        super().__init__(theme, object_name, name, explanation)
        self._digest: StudyDigest | None = None

    def show_digest(self, digest: StudyDigest | None, *, is_other: bool = False) -> None:
        """Show what a study says; None for nothing. What is drawn already is not drawn again.

        Args:
            digest: What it says.
            is_other: Whether something else is asked of it than before.
        """
        before, self._digest = self._digest, digest
        if is_other or digest is None or not digest.shows_the_same_trials_as(before):
            self.redraw()

    def first_key(self) -> int | None:
        """Return the number of the best trial."""
        return None if self._digest is None or self._digest.best is None else self._digest.best.number

    def tip(self, key: Key) -> str:
        """Return what is known of a trial."""
        record = self._record(key)
        if record is None or self._digest is None:
            return ""
        return trial_tip(self._digest.plan, record, is_best=key == self.first_key())

    def _record(self, number: Key) -> TrialRecord | None:
        """Return a trial by its number."""
        trials = () if self._digest is None else self._digest.trials
        return next((trial for trial in trials if trial.number == number), None)


def trial_tip(plan: StudyPlan, trial: TrialRecord, *, is_best: bool = False) -> str:
    """Return a trial's value, state and hyperparameters, and what a double click does, as rich text."""
    lines = [
        f"<b>Trial {grouped(trial.number)}</b>{_result(plan, trial)}",
        ", ".join(_remarks(trial, is_best=is_best)),
        *(
            f"{html.escape(plan.dimension(field).label)}: {html.escape(value_text(field, value))}"
            for field, value in trial.values.items()
            if field in plan.fields
        ),
        html.escape(trial.reason),
        DOUBLE_CLICK if trial.values else "",
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
