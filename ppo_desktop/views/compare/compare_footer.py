"""Compare's status bar: how far the runs are, how fast, how long still, and whose policies are shown."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.ppo.engines import ENGINE_LABELS
from ppo_desktop.ppo.messages import counted, duration, grouped
from ppo_desktop.views.controls import named, without_wheel
from ppo_desktop.views.fitting_combo import set_items
from ppo_desktop.views.status_labels import (
    ShareBar,
    StatusBar,
    preparation_text,
    roomy_label,
    set_text,
    status_label,
)

_WIDEST_PHASE = "stopped · 100 of 160 runs done "


class CompareFooter(StatusBar):
    """Shows where the comparison is, whenever the session says that it has come further."""

    def __init__(self, comparisons: ComparisonSession) -> None:
        super().__init__()
        self._comparisons = comparisons
        self._build()
        for signal in (
            comparisons.progress_changed,
            comparisons.state_changed,
            comparisons.comparison_changed,
            comparisons.digest_changed,
            comparisons.session.preparation.changed,
        ):
            signal.connect(self.refresh)
        comparisons.seed_changed.connect(self._show_seeds)
        comparisons.comparison_changed.connect(self._show_seeds)
        self._show_seeds()
        self.refresh()

    def _build(self) -> None:
        key = "comparison_progress"
        self._progress = named(ShareBar(130), "compare_progress", "Progress of all runs", key)
        self._phase = roomy_label("compare_phase", "Phase", key, _WIDEST_PHASE, bold=True)
        self._percent = roomy_label("compare_percent", "Part of all steps done", key, "100 % ")
        self._steps = roomy_label("compare_steps_done", "Steps each", "steps_each", "10 000 000 steps each ")
        self._speed = roomy_label("compare_rate", "Steps a second", "rate", "1 000 000 steps/s together ")
        self._left = roomy_label("compare_time_left", "Time left", "time_left", "about 10 min left ")
        self._engine = status_label("compare_engine", "Engine", "engine")
        self._seeds = named(without_wheel(QComboBox()), "stage_seed_combo", "Seed shown", "seed_shown")
        self._seeds.activated.connect(lambda index: self._comparisons.choose_seed(index + 1))
        self.set_groups(
            (self._progress, self._phase, self._percent, self._steps, self._speed, self._left),
            (self._engine, self._seeds),
        )

    def refresh(self) -> None:
        """Show the present state."""
        comparisons = self._comparisons
        share, digest = comparisons.share_done, comparisons.digest
        self._progress.show_share(share)
        set_text(self._phase, _phase(comparisons))
        is_there = comparisons.comparison is not None
        set_text(self._percent, f"{int(100 * share)} %" if is_there else "")
        set_text(self._steps, f"{grouped(digest.steps)} steps each" if digest is not None else "")
        rate, left = comparisons.steps_per_second, comparisons.seconds_left
        set_text(self._speed, f"{grouped(round(rate, -2))} steps/s together" if rate else "")
        set_text(self._left, f"about {duration(left)} left" if left is not None else "")
        for label in (self._speed, self._left):  # what stands at their right has the room they do not need
            label.setVisible(bool(label.text()))
        set_text(self._engine, _engine_text(comparisons))

    def _show_seeds(self) -> None:
        shown = self._comparisons.comparison
        seeds = [] if shown is None else [f"seed {seed} shown" for seed in shown.seeds]
        set_items(self._seeds, seeds)
        self._seeds.setCurrentIndex(self._comparisons.seed - 1 if seeds else -1)
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


def _engine_text(comparisons: ComparisonSession) -> str:
    """Return which engine computes, or how far it is prepared."""
    if comparisons.comparison is not None:
        return ENGINE_LABELS[comparisons.engine]
    preparation = comparisons.session.preparation
    if preparation.state is PreparationState.GOING_ON:
        return preparation_text(preparation.share)
    return ""
