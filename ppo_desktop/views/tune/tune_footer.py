"""Tune's status bar: how far the trials are, how long still, the best, the workers, and where it is kept."""

from __future__ import annotations

import html

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import counted, duration, grouped
from ppo_desktop.study.trials import TrialRecord, TrialState, WorkerStatus
from ppo_desktop.views.controls import explained, named
from ppo_desktop.views.status_labels import (
    ShareBar,
    StatusBar,
    preparation_text,
    roomy_label,
    set_text,
    status_label,
)
from ppo_desktop.views.tune.wording import objective_text

_WIDEST_PHASE = "finishing · 100 of 100 trials "


class TuneFooter(StatusBar):
    """Shows where the study is, whenever the session says that it has come further."""

    def __init__(self, tune: TuneSession) -> None:
        super().__init__()
        self._tune = tune
        self._build()
        for signal in (
            tune.progress_changed,
            tune.state_changed,
            tune.study_changed,
            tune.digest_changed,
            tune.workers_changed,
            tune.session.preparation.changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        self._progress = named(ShareBar(130), "tune_progress", "Progress of the trials", "tune_progress")
        self._phase = roomy_label("tune_phase", "Phase", "tune_progress", _WIDEST_PHASE, bold=True)
        self._left = roomy_label("tune_time_left", "Time left", "time_left", "about 10 min left ")
        self._best = roomy_label("tune_best", "Best", "tune_best", "best 1 234.5 ")
        self._workers = roomy_label("workers_label", "Workers", "workers", "")
        self._counts = roomy_label(
            "trial_counts", "Pruned and failed", "trial_counts", "10 pruned · 0 failed "
        )
        self._place = status_label("study_place", "Where it is stored", "study_place")
        self.set_groups(
            (self._progress, self._phase, self._left, self._best, self._counts, self._workers), (self._place,)
        )

    def refresh(self) -> None:
        """Show the present state."""
        tune = self._tune
        trials = tune.trials
        set_text(self._phase, _phase(tune))
        self._progress.show_share(_share_done(tune))
        left = tune.seconds_left
        set_text(self._left, "" if left is None else f"about {duration(left)} left")
        set_text(self._best, _best(tune))
        set_text(self._counts, _counts(trials))
        set_text(self._workers, _workers_text(tune.workers))
        explained(self._workers, "workers")
        if tune.workers:
            self._workers.setToolTip(_workers_tip(tune.workers))
        set_text(self._place, _place_text(tune))
        for label in (self._left, self._best, self._counts, self._workers):
            label.setVisible(bool(label.text()))


def _share_done(tune: TuneSession) -> float:
    if tune.n_wanted is None:
        return 0.0
    return min(1.0, tune.n_done / max(1, tune.n_wanted))


def _phase(tune: TuneSession) -> str:
    """Return what it is doing, in words."""
    done = grouped(tune.n_done)
    trials = (
        counted(tune.n_done, "trial")
        if tune.n_wanted is None
        else f"{done} of {grouped(tune.n_wanted)} trials"
    )
    match tune.state:
        case JobState.EMPTY:
            return "nothing searched yet"
        case JobState.OPENING:
            return "opening…"
        case JobState.RUNNING:
            return trials
        case JobState.PAUSED:
            return f"paused · {trials}"
        case JobState.FINISHING:
            return f"finishing · {trials}"
        case _:
            finished = sum(trial.state.is_done for trial in tune.trials)
            return f"{counted(finished, 'trial')} done"


def _best(tune: TuneSession) -> str:
    best = tune.best
    if best is None or tune.plan is None:
        return ""
    return f"best so far {objective_text(best.objective, tune.plan.environment_id)}"


def _counts(trials: tuple[TrialRecord, ...]) -> str:
    if not trials:
        return ""
    pruned, failed = (
        sum(trial.state is state for trial in trials) for state in (TrialState.PRUNED, TrialState.FAILED)
    )
    return f"{grouped(pruned)} pruned · {grouped(failed)} failed"


def _workers_text(workers: tuple[WorkerStatus, ...]) -> str:
    """Return which workers run trials, as far as there are others."""
    here = sum(worker.n_running for worker in workers if worker.is_here)
    elsewhere = sum(worker.n_running > 0 for worker in workers if not worker.is_here)
    parts = [f"{counted(here, 'trial')} running here"] if here else []
    if elsewhere:
        parts.append(f"{counted(elsewhere, 'other worker')} at it")
    return " · ".join(parts)


def _workers_tip(workers: tuple[WorkerStatus, ...]) -> str:
    lines = []
    for worker in workers:
        name = worker.name + _standing(worker)
        seen = "" if worker.last_seen is None else f", last seen {worker.last_seen:%H:%M:%S} by its clock"
        lines.append(f"{name}: {worker.n_running} running, {worker.n_done} done{seen}")
    return f"<qt>{'<br>'.join(html.escape(line) for line in lines)}</qt>"


def _standing(worker: WorkerStatus) -> str:
    """Return what a worker is beside its name: many are earlier sessions of the same program."""
    if worker.is_here:
        return " (this window)"
    return "" if worker.n_running else " (earlier)"


def _place_text(tune: TuneSession) -> str:
    """Return where the study is kept, or how far the engine is prepared."""
    preparation = tune.session.preparation
    if preparation.state is PreparationState.GOING_ON:
        return preparation_text(preparation.share)
    return "" if tune.place is None else f"stored in {tune.place.label}"
