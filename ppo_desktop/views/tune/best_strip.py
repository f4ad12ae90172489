"""The best trial in one line, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.check import FRESH_SEEDS
from ppo_desktop.study.trials import TrialRecord
from ppo_desktop.views.controls import explained, named, push_button
from ppo_desktop.views.status_labels import ElidedLabel, roomy_label, set_text
from ppo_desktop.views.tune.wording import objective_text, values_line

_PROGRESS_STEPS = 1000


class BestStrip(QFrame):
    """Says which trial is the best; takes it to Train, and checks it on fresh seeds."""

    def __init__(self, tune: TuneSession) -> None:
        super().__init__()
        self.setObjectName("card")
        self._tune = tune
        self._shown: int | None = None
        self._build()
        for signal in (tune.digest_changed, tune.study_changed, tune.check_changed, tune.state_changed):
            signal.connect(self._show)
        self._show()

    def _build(self) -> None:
        self._best = roomy_label("best_label", "Best trial", "best_trial", "", bold=True)
        self._values = named(
            ElidedLabel(Qt.AlignmentFlag.AlignLeft), "best_values", "Values of the best trial", "best_trial"
        )
        self._use = push_button("Use in Train", "use_in_train_button", "use_in_train")
        self._use.clicked.connect(self._use_shown)
        self._progress = named(QProgressBar(), "check_progress", "Progress of the check", "fresh_seeds")
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(90)
        self._progress.setRange(0, _PROGRESS_STEPS)
        self._check = push_button("", "check_button", "fresh_seeds")
        self._check.clicked.connect(self._toggle_check)
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 5, 6, 5)
        line.setSpacing(8)
        line.addWidget(self._best)
        line.addWidget(self._values, 1)
        for widget in (self._progress, self._use, self._check):
            line.addWidget(widget)

    def _use_shown(self) -> None:
        if self._shown is not None:
            self._tune.use_in_train(self._shown)

    def _toggle_check(self) -> None:
        if self._tune.is_checking:
            self._tune.stop_check()
        else:
            self._tune.start_check()

    def _show(self) -> None:
        tune = self._tune
        best = tune.best
        self._shown = None if best is None else best.number
        if best is None or tune.plan is None:
            set_text(self._best, "Best so far: none yet")
            set_text(self._values, "The first complete trial will be.")
        else:
            objective = objective_text(best.objective, tune.plan.environment_id)
            set_text(self._best, f"Best so far: trial {best.number}, {objective}{self._others(best)}")
            set_text(self._values, values_line(best.values))
            explained(self._values, "best_trial", values_line(best.values))
        self._use.setEnabled(best is not None)
        self._show_check(is_possible=best is not None)

    def _others(self, best: TrialRecord) -> str:
        """Return how many complete trials are as good as the best, if any other is."""
        n = sum(trial.is_complete and trial.objective == best.objective for trial in self._tune.trials) - 1
        return f" (and {counted(n, 'other')})" if n else ""

    def _show_check(self, *, is_possible: bool) -> None:
        is_checking = self._tune.is_checking
        text = "Stop the check" if is_checking else f"Check on {FRESH_SEEDS} fresh seeds"
        self._check.setText(text)
        self._check.setAccessibleName(text)
        explained(self._check, "stop_check" if is_checking else "fresh_seeds")
        self._check.setEnabled(is_checking or is_possible)
        self._progress.setVisible(is_checking)
        self._progress.setValue(int(_PROGRESS_STEPS * self._tune.check_share))
