"""The line below Compare's bar: ready-made comparisons, all that does not vary, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS, Demonstration, claim_of
from ppo_desktop.comparison.measures import MEASURES
from ppo_desktop.comparison.plan import ALGORITHM, PRESET, SETTINGS, Configuration
from ppo_desktop.views.algorithm_buttons import algorithm_buttons
from ppo_desktop.views.compare.comparison_export_menu import comparison_export_menu
from ppo_desktop.views.compare.kept_menu import kept_menu
from ppo_desktop.views.controls import captioned, menu_button, refresh_at
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.inline_questions import InlineQuestions
from ppo_desktop.views.kit.library_menu import two_columns
from ppo_desktop.views.wording_label import cut

_WIDEST_TEXT = 70
"""Characters a line for which the bar rather takes another row: a claim is to be read to its end."""
_FRAME = 90
"""Pixels of a menu's item beside its texts."""


class CompareStrip(WrappingBar):
    """One line; a question about the comparison shown stands in the place of the estimate.

    Args:
        comparisons: What is set up and shown.
        exported: Returns the results as a figure, given its title and its caption.

    Attributes:
        export: The button of the menu of exports.
        details: What does not vary.
    """

    def __init__(self, comparisons: ComparisonSession, exported: Callable[[str, str], Figure]) -> None:
        super().__init__()
        self._comparisons = comparisons
        self._planning = comparisons.planning
        session = comparisons.session
        self._form = DraftForm(
            self, self._planning.changed, session.settings_changed, session.baseline_changed
        )
        self._build(exported)
        refresh_at(self._show_base, self._planning.changed)
        refresh_at(
            self._show_estimate,
            comparisons.estimate_changed,
            comparisons.state_changed,
            comparisons.comparison_changed,
        )
        comparisons.comparison_changed.connect(self._questions.leave)
        comparisons.state_changed.connect(self._questions.leave_deletion)

    # ---- its parts -----------------------------------------------------------------------------------

    def _build(self, exported: Callable[[str, str], Figure]) -> None:
        self.details = self._all_else()
        self._demonstrations = DemonstrationMenu(self._comparisons, self)
        kept = kept_menu(self._comparisons, self)
        names = "estimate_label", "What is set up", "comparison_estimate"
        kept.questions = self._questions = InlineQuestions(*names, delete_explanation="delete_comparison")
        export = comparison_export_menu(self._comparisons, exported, self)
        self.export = _menu_button("Export", "export_button", "export", export)
        self.setContentsMargins(12, 4, 12, 0)
        self.set_groups(
            (
                _menu_button("Ready-made", "demonstrations_button", "ready_made", self._demonstrations),
                *self.details,
            ),
            (
                self._questions,
                _menu_button("Kept", "kept_button", "kept_comparisons", kept),
                self.export,
            ),
        )

    def _all_else(self) -> tuple[QWidget, ...]:
        planning, add = self._planning, self._form.add
        self._base = ChoiceCombo("base_combo", "All that does not vary", "all_else")
        add(self._base, lambda: planning.draft.base, planning.choose_base, self._bases)
        self._algorithms = algorithm_buttons("compare_algorithm", "Train all runs with")
        add(self._algorithms, lambda: planning.draft.base.algorithm, planning.choose_algorithm)
        return *captioned("All else:", self._base), self._algorithms

    def _bases(self) -> dict[Configuration, str]:
        return {base: base.name for base in self._planning.bases()}

    # ---- what is set up ------------------------------------------------------------------------------

    def _show_base(self) -> None:
        field = self._planning.draft.field
        self._base.setEnabled(field != PRESET)
        self._algorithms.setEnabled(field != ALGORITHM)
        for widget in self.details:
            widget.setVisible(field != SETTINGS)  # both sides bring their own

    def _show_estimate(self) -> None:
        label = self._questions.usual
        self._questions.say(self._estimate_text(), self._planning.complaint)
        most = _WIDEST_TEXT * label.fontMetrics().averageCharWidth()
        self._questions.setMinimumWidth(min(label.width_needed(), most))
        is_shown = self._comparisons.is_planned and self._comparisons.is_under_way
        label.setAccessibleName("What is being compared" if is_shown else "What is set up")

    def _estimate_text(self) -> str:
        """Return what the next start would do, and whether that is something else than what is shown.

        Of a ready-made comparison, as long as nothing else is set up, what it claims.
        """
        comparisons = self._comparisons
        shown = comparisons.comparison
        if shown is None or comparisons.state is JobState.EMPTY:
            return comparisons.estimate
        is_all = comparisons.is_planned and (comparisons.is_under_way or not comparisons.continues)
        if is_all and (claim := claim_of(shown)):
            return claim
        if comparisons.is_planned and comparisons.is_under_way:
            return shown.title
        if comparisons.is_planned and not comparisons.continues:
            return f"Shown: {shown.title}. Compare would train all of it anew."
        if comparisons.continues and not comparisons.is_under_way:
            return comparisons.estimate
        return f"Next, not shown yet: {comparisons.estimate}"


def _menu_button(text: str, object_name: str, explanation: str, menu: QMenu) -> QToolButton:
    return menu_button(f"{text} ▾", object_name, text, explanation, menu)


class DemonstrationMenu(QMenu):
    """Name and note of each, folklore below the others.

    Args:
        comparisons: What is set up and started.
        parent: The window, on whose screen the menu opens.
    """

    def __init__(self, comparisons: ComparisonSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._comparisons = comparisons
        self._parent = parent
        self.setObjectName("demonstrations_menu")
        self.setToolTipsVisible(True)
        first_folklore = next((place for place, item in enumerate(DEMONSTRATIONS) if item.is_folklore), None)
        for place, demonstration in enumerate(DEMONSTRATIONS):
            if place == first_folklore:
                self.addSeparator()
            action = self.addAction(demonstration.name, partial(self.begin, demonstration))
            action.setToolTip(demonstration.note)
        self.aboutToShow.connect(self.fit)

    def fit(self) -> None:
        """Write as much of the notes as the screen that has the window is wide."""
        names, metrics = [demonstration.name for demonstration in DEMONSTRATIONS], self.fontMetrics()
        room = (
            self._parent.screen().availableGeometry().width()
            - max(map(metrics.horizontalAdvance, names))
            - _FRAME
        )
        actions = [action for action in self.actions() if not action.isSeparator()]
        for action, demonstration in zip(actions, DEMONSTRATIONS, strict=True):
            note = cut(demonstration.note, metrics, room)
            action.setText(two_columns(demonstration.name, note))

    def begin(self, demonstration: Demonstration) -> None:
        """Set it up and start it; while another is under way, offer to stop that."""
        comparisons = self._comparisons
        if comparisons.is_under_way:
            comparisons.offer_to_stop("Stop it and start this", partial(self.begin, demonstration))
            return
        measure = MEASURES[demonstration.measure]
        comparisons.set_up(demonstration.comparison, measure, demonstration.reference)
        comparisons.start()
