"""What counts as good: chosen in three fields, and said in a sentence that is always there."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.tune_drafting import TuneDrafting
from ppo_desktop.study.study_plan import Objective
from ppo_desktop.views.controls import Card, explained, laid_out, named, refresh_at, with_role
from ppo_desktop.views.kit.choice_combo import ChoiceCombo
from ppo_desktop.views.kit.fields import SeedsBox, StepsBox
from ppo_desktop.views.kit.form import DraftForm
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
        self._form = DraftForm(self, drafting.changed)
        self._build(notices)
        refresh_at(self._show, drafting.changed)

    def _build(self, notices: Notices) -> None:
        drafting, add = self._drafting, self._form.add
        objectives = {objective: objective.label for objective in Objective}
        combo = ChoiceCombo("objective_combo", "What is maximised", "tune_objective", objectives)
        add(combo, lambda: drafting.draft.objective, drafting.choose_objective)
        steps = named(StepsBox(notices), "tune_steps", "Steps of each run", "tune_steps")
        add(steps, lambda: drafting.draft.total_steps, drafting.set_total_steps)
        seeds = named(SeedsBox(), "tune_seeds", "Seeds of each trial", "tune_seeds")
        add(seeds, lambda: drafting.draft.n_seeds, drafting.set_seeds)
        label = named(QLabel(), "objective_label", "What is maximised", "tune_objective")
        self._sentence = with_role(label, "muted")
        self._sentence.setWordWrap(True)
        title = with_role(explained(QLabel("Objective"), "tune_objective"), "title")
        header = laid_out(QHBoxLayout(), title, 1, combo)
        budget = laid_out(QHBoxLayout(), (steps, 3), (seeds, 2), spacing=6)
        laid_out(QVBoxLayout(self), header, budget, self._sentence, margins=(12, 8, 12, 9), spacing=6)

    def _show(self) -> None:
        draft = self._drafting.draft
        self._form.set_enabled(not self._drafting.is_locked)
        set_text(self._sentence, objective_sentence(draft.objective, draft.total_steps, draft.n_seeds))
