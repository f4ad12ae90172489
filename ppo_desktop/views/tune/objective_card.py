"""What counts as good: chosen in three fields, and said in a sentence that is always there."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.study.study_plan import Objective
from ppo_desktop.views.controls import Card, explained, laid_out, named, with_role, without_wheel
from ppo_desktop.views.fitting_combo import FittingCombo
from ppo_desktop.views.number_boxes import SeedsBox, StepsBox
from ppo_desktop.views.tune.wording import objective_sentence
from ppo_desktop.views.wording_label import set_text


class ObjectiveCard(Card):
    """Shows what is maximised, and lets it be chosen as long as no study is shown.

    Args:
        drafting: What is set up.
        notices: Where it is said what cannot be.
    """

    def __init__(self, drafting: TuneDrafting, notices: Notices) -> None:
        super().__init__()
        self._drafting = drafting
        self._build(notices)
        self._lay_out()
        drafting.changed.connect(self._show)
        self._show()

    def _build(self, notices: Notices) -> None:
        drafting = self._drafting
        self._objectives = named(
            without_wheel(FittingCombo()), "objective_combo", "What is maximised", "tune_objective"
        )
        for objective in Objective:
            self._objectives.addItem(objective.label, objective)
        self._objectives.activated.connect(
            lambda index: drafting.choose_objective(self._objectives.itemData(index))
        )
        self._steps = named(StepsBox(notices), "tune_steps", "Steps of each run", "tune_steps")
        self._steps.valueChanged.connect(drafting.set_total_steps)
        self._seeds = named(SeedsBox(), "tune_seeds", "Seeds of each trial", "tune_seeds")
        self._seeds.valueChanged.connect(drafting.set_seeds)
        label = named(QLabel(), "objective_label", "What is maximised", "tune_objective")
        self._sentence = with_role(label, "muted")
        self._sentence.setWordWrap(True)

    def _lay_out(self) -> None:
        title = with_role(explained(QLabel("Objective"), "tune_objective"), "title")
        header = laid_out(QHBoxLayout(), title, 1, self._objectives)
        budget = laid_out(QHBoxLayout(), (self._steps, 3), (self._seeds, 2), spacing=6)
        laid_out(QVBoxLayout(self), header, budget, self._sentence, margins=(12, 8, 12, 9), spacing=6)

    def _show(self) -> None:
        drafting = self._drafting
        self._objectives.setCurrentIndex(self._objectives.findData(drafting.draft.objective))
        self._seeds.show_value(drafting.draft.n_seeds)
        self._steps.show_value(drafting.draft.total_steps)
        for widget in (self._objectives, self._steps, self._seeds):
            widget.setEnabled(not drafting.is_locked)
        sentence = objective_sentence(
            drafting.draft.objective, drafting.draft.total_steps, drafting.draft.n_seeds
        )
        set_text(self._sentence, sentence)
