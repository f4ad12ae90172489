"""Tune's status bar: how far the trials are, how long still, the best, the workers, and where it is kept."""

from __future__ import annotations

from functools import partial

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import counted, duration, grouped
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel
from ppo_desktop.views.kit.study_status import study_place, workers_label
from ppo_desktop.views.tune.wording import objective_text

_WIDEST_PHASE = "finishing · 100 of 100 trials "


class TuneFooter(Footer):
    """Shows where the study is, whenever the session says that it has come further."""

    def __init__(self, tune: TuneSession) -> None:
        key, counts, n_pruned = "tune_progress", "trial_counts", "10 pruned · 0 failed "
        super().__init__(
            (
                ShareBar("tune_progress", "Progress of the trials", key, partial(_share, tune)),
                StatusLabel("tune_phase", "Phase", key, partial(_phase, tune), _WIDEST_PHASE, is_bold=True),
                StatusLabel(
                    "tune_time_left", "Time left", "time_left", partial(_left, tune), "about 10 min left "
                ),
                StatusLabel("tune_best", "Best", "tune_best", partial(_best, tune), "best 1 234.5 "),
                StatusLabel(counts, "Pruned and failed", counts, partial(_counts, tune), n_pruned),
                workers_label(tune, "workers_label"),
            ),
            (study_place(tune, "study_place"),),
            tune.progress_changed,
            tune.state_changed,
            tune.study_changed,
            tune.digest_changed,
            tune.workers_changed,
            tune.session.preparation.changed,
        )


def _share(tune: TuneSession) -> float:
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


def _left(tune: TuneSession) -> str:
    return "" if tune.seconds_left is None else f"about {duration(tune.seconds_left)} left"


def _best(tune: TuneSession) -> str:
    best = tune.best
    if best is None or tune.plan is None:
        return ""
    return f"best so far {objective_text(best.objective, tune.plan.environment_id)}"


def _counts(tune: TuneSession) -> str:
    if not tune.trials:
        return ""
    pruned, failed = (
        sum(trial.state is state for trial in tune.trials) for state in (TrialState.PRUNED, TrialState.FAILED)
    )
    return f"{grouped(pruned)} pruned · {grouped(failed)} failed"
