"""What a study says: the best trial above, the figures, and all trials below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.hyperparameters import values_line
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.check import FRESH_SEEDS
from ppo_desktop.views.controls import (
    Card,
    Segments,
    explained,
    laid_out,
    named,
    push_button,
    refresh_at,
)
from ppo_desktop.views.figure import Exportable
from ppo_desktop.views.kit.footer import ShareBar, StatusLabel
from ppo_desktop.views.kit.overflow import HANDLE, StackedSplitter, WrappingSplitter
from ppo_desktop.views.kit.page import PagePart
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.check_card import CheckCard
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.history_card import HistoryCard
from ppo_desktop.views.tune.importance_card import ImportanceCard
from ppo_desktop.views.tune.parallel_card import ParallelCard
from ppo_desktop.views.tune.trial_curves_card import TrialCurvesCard
from ppo_desktop.views.tune.trial_table import TrialsCard
from ppo_desktop.views.tune.wording import objective_text
from ppo_desktop.views.wording_label import ElidedLabel, set_text


class StudyResults(QWidget):
    """Lays them out.

    Attributes:
        figures: {title: card} of all that can be exported as a figure.
        parts: What can be shown of the page alone.
    """

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        self._tune = tune
        self._was_checking = False
        self._best = BestStrip(tune)
        self._history, self._curves = HistoryCard(tune, theme), TrialCurvesCard(tune, theme)
        self._importance, self._contour = ImportanceCard(tune, theme), ContourCard(tune, theme)
        self._parallel = _without_frame(ParallelCard(tune, theme))
        self._trials, self._check = TrialsCard(tune, theme), CheckCard(tune, theme)
        self._tabs = ResultsTabs()
        self._fill_tabs()
        tune.checking.progress_changed.connect(self._show_check)
        self._lay_out()
        self.figures: dict[str, Exportable] = {
            "Optimisation history": self._history,
            "Learning curves": self._curves,
            "Importance": self._importance,
            "Contour or slice": self._contour,
            "Parallel coordinates": self._parallel,
            "Check on fresh seeds": self._check,
        }

        self.parts = (
            PagePart("Results", lambda: (self._best, self._history, self._importance)),
            PagePart("Space", lambda: (self._contour, self._curves)),
            PagePart("Trials", lambda: (self._tabs,)),
        )

    def _fill_tabs(self) -> None:
        self._tabs.add("Trials", "show_trials_button", "trials_table", self._trials, self._trials.corner)
        key = "parallel_coordinates"
        self._tabs.add("Parallel coordinates", "show_parallel_button", key, self._parallel)
        self._tabs.add("Fresh seeds", "show_fresh_seeds_button", "fresh_seeds", self._check)

    def _show_check(self) -> None:
        """Show what fresh seeds say once they have been asked."""
        if self._tune.checking.is_under_way and not self._was_checking:
            self._tabs.show_tab(self._check)
        self._was_checking = self._tune.checking.is_under_way

    def _lay_out(self) -> None:
        middle = StackedSplitter({self._history: 1000, self._curves: 1000})
        right = StackedSplitter({self._importance: 400, self._contour: 600})
        figures = WrappingSplitter({middle: 1, right: 1})
        figures.setSizes([1000, 1000])
        everything = StackedSplitter({figures: 540, self._tabs: 220})
        everything.setStretchFactor(0, 5)
        everything.setStretchFactor(1, 2)
        laid_out(QVBoxLayout(self), self._best, (everything, 1), margins=(0, 0, 0, 0), spacing=HANDLE)


def _without_frame(card: ParallelCard) -> ParallelCard:
    """Return a card that stands within another one, whose tab is its title."""
    card.setObjectName("parallel_coordinates")
    card.column.setContentsMargins(0, 0, 0, 0)
    card.title.hide()
    return card


class ResultsTabs(Card):
    """A card with a row of tabs; each may bring a control that stands beside them while it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = QStackedWidget()
        self._corners = QStackedWidget()
        self._segments = Segments()
        header = laid_out(QHBoxLayout(), self._segments, 1, self._corners)
        laid_out(QVBoxLayout(self), header, (self._stack, 1), margins=(10, 6, 10, 8), spacing=4)
        self._segments.chosen.connect(self._show)

    def add(
        self, title: str, object_name: str, explanation: str, widget: QWidget, corner: QWidget | None = None
    ) -> None:
        """Add a tab; the first one is shown.

        Args:
            title: The word on it.
            object_name: Its name for tests.
            explanation: Key of its explanation.
            widget: What is shown.
            corner: Stands beside the tabs while it is shown.
        """
        # Before the others: Tab goes through them in this order.
        self._segments.add(widget, title, object_name, title, explanation)
        self._corners.addWidget(corner or QWidget())
        self._stack.addWidget(widget)

    def show_tab(self, widget: QWidget) -> None:
        """Show the tab of a widget."""
        self._segments.show_value(widget)
        self._show(widget)

    def _show(self, widget: QWidget) -> None:
        self._stack.setCurrentWidget(widget)
        self._corners.setCurrentIndex(self._stack.currentIndex())


class BestStrip(Card):
    """Says which trial is the best; takes it to Train, and checks it on fresh seeds."""

    can_fill_the_page = False

    def __init__(self, tune: TuneSession) -> None:
        super().__init__()
        self._tune = tune
        self._shown: int | None = None
        self._build()
        signals = (tune.digest_changed, tune.study_changed, tune.state_changed)
        refresh_at(self._show, tune.checking.progress_changed, *signals)

    def _build(self) -> None:
        tune = self._tune
        self._best = StatusLabel("best_label", "Best trial", "best_trial", self._best_text, "", is_bold=True)
        self._values = named(
            ElidedLabel(Qt.AlignmentFlag.AlignLeft), "best_values", "Values of the best trial", "best_trial"
        )
        self._use = push_button("Use in Train", "use_in_train_button", "use_in_train", self._use_shown)
        what, share = "Progress of the check", lambda: tune.checking.share_done
        self._progress = ShareBar("check_progress", what, "fresh_seeds", share, width=90)
        self._check = push_button("", "check_button", "fresh_seeds", self._toggle_check)
        items = (self._best, (self._values, 1), self._progress, self._use, self._check)
        laid_out(QHBoxLayout(self), *items, margins=(10, 5, 6, 5), spacing=8)

    def _use_shown(self) -> None:
        if self._shown is not None:
            self._tune.use_in_train(self._shown)

    def _toggle_check(self) -> None:
        if self._tune.checking.is_under_way:
            self._tune.checking.stop()
        else:
            self._tune.start_check()

    def _show(self) -> None:
        best = self._tune.best
        self._shown = None if best is None else best.number
        values = "The first complete trial will be." if best is None else values_line(best.values)
        self._best.refresh()
        set_text(self._values, values)
        explained(self._values, "best_trial", "" if best is None else values)
        self._use.setEnabled(best is not None)
        self._show_check(is_possible=best is not None)

    def _best_text(self) -> str:
        """Return which trial is the best, and how many complete trials are as good, if any other is."""
        best, plan = self._tune.best, self._tune.plan
        if best is None or plan is None:
            return "Best so far: none yet"
        n = sum(trial.is_complete and trial.objective == best.objective for trial in self._tune.trials) - 1
        others = f" (and {counted(n, 'other')})" if n else ""
        objective = objective_text(best.objective, plan.environment_id)
        return f"Best so far: trial {best.number}, {objective}{others}"

    def _show_check(self, *, is_possible: bool) -> None:
        is_checking = self._tune.checking.is_under_way
        text = "Stop the check" if is_checking else f"Check on {FRESH_SEEDS} fresh seeds"
        self._check.setText(text)
        self._check.setAccessibleName(text)
        explained(self._check, "stop_check" if is_checking else "fresh_seeds")
        self._check.setEnabled(is_checking or is_possible)
        self._progress.setVisible(is_checking)
        self._progress.refresh()
