"""Compare's status bar: how far the runs are, how fast, how long still, and whose policies are shown."""

from __future__ import annotations

from functools import partial

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.ppo.engines import ENGINE_LABELS
from ppo_desktop.ppo.messages import counted, duration, grouped
from ppo_desktop.views.controls import refresh_at
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel, preparation_text

_WIDEST_PHASE = "stopped · 100 of 160 runs done "


class CompareFooter(Footer):
    """Shows where the comparison is, whenever the session says that it has come further."""

    def __init__(self, comparisons: ComparisonSession) -> None:
        self._comparisons = comparisons
        self._seeds = ChoiceCombo("stage_seed_combo", "Seed shown", "seed_shown")
        self._seeds.chosen.connect(comparisons.choose_seed)
        key = "comparison_progress"
        super().__init__(
            (
                ShareBar("compare_progress", "Progress of all runs", key, lambda: comparisons.share_done),
                StatusLabel(
                    "compare_phase", "Phase", key, partial(_phase, comparisons), _WIDEST_PHASE, is_bold=True
                ),
                StatusLabel("compare_percent", "Part of all steps done", key, self._percent, "100 % "),
                StatusLabel(
                    "compare_steps_done", "Steps each", "steps_each", self._steps, "10 000 000 steps each "
                ),
                StatusLabel(
                    "compare_rate", "Steps a second", "rate", self._rate, "1 000 000 steps/s together "
                ),
                StatusLabel(
                    "compare_time_left", "Time left", "time_left", self._time_left, "about 10 min left "
                ),
            ),
            (StatusLabel("compare_engine", "Engine", "engine", partial(_engine, comparisons)), self._seeds),
            comparisons.progress_changed,
            comparisons.state_changed,
            comparisons.comparison_changed,
            comparisons.digest_changed,
            comparisons.session.preparation.changed,
        )
        refresh_at(self._show_seeds, comparisons.seed_changed, comparisons.comparison_changed)

    def _percent(self) -> str:
        comparisons = self._comparisons
        return f"{int(100 * comparisons.share_done)} %" if comparisons.comparison is not None else ""

    def _steps(self) -> str:
        digest = self._comparisons.digest
        return f"{grouped(digest.steps)} steps each" if digest is not None else ""

    def _rate(self) -> str:
        rate = self._comparisons.steps_per_second
        return f"{grouped(round(rate, -2))} steps/s together" if rate else ""

    def _time_left(self) -> str:
        left = self._comparisons.seconds_left
        return f"about {duration(left)} left" if left is not None else ""

    def _show_seeds(self) -> None:
        shown = self._comparisons.comparison
        seeds = () if shown is None else shown.seeds
        self._seeds.offer({seed: f"seed {seed} shown" for seed in seeds})
        self._seeds.show_value(self._comparisons.seed)
        self._seeds.setVisible(bool(seeds))


def _phase(comparisons: ComparisonSession) -> str:
    """Return what it is doing, in words."""
    shown = comparisons.comparison
    if shown is None:
        return "nothing compared yet"
    match comparisons.state:
        case JobState.RUNNING:
            return f"{counted(shown.n_runs - comparisons.runs_done, 'learner')} side by side"
        case JobState.PAUSED:
            return f"paused · {comparisons.runs_done} of {counted(shown.n_runs, 'run')} done"
        case JobState.RESTING:
            return f"stopped · {comparisons.runs_done} of {counted(shown.n_runs, 'run')} done"
        case _:
            return f"finished · {counted(shown.n_runs, 'run')}"


def _engine(comparisons: ComparisonSession) -> str:
    """Return which engine computes, or how far it is prepared."""
    if comparisons.comparison is not None:
        return ENGINE_LABELS[comparisons.engine]
    preparation = comparisons.session.preparation
    if preparation.state is PreparationState.GOING_ON:
        return preparation_text(preparation.share)
    return ""
