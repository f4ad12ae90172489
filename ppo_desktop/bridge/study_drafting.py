"""What is set up of a study, for Tune or as a map: every choice on its own, and the study they make."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.samplers import check_strategy
from ppo_desktop.study.study_draft import StudyDraft
from ppo_desktop.study.study_plan import MOST_AT_ONCE, Strategy, StudyPlan

DraftT = TypeVar("DraftT", bound=StudyDraft)


class StudyDrafting(QObject, Generic[DraftT]):
    """The study that the next start would begin, or go on with.

    Environment, algorithm and all values that are not searched are those of Train, as long as no study is
    shown. Once another environment than Train's is chosen, it stays, with the values of its first preset.
    While a study is shown, its plan is; then only the strategy, the number of trials and how many of them
    go on at once can be chosen, and `is_locked` says so. While one is being opened or made nothing can be.

    A choice that cannot be is refused, and nothing changes but `refusal` (`changed` is emitted all the
    same, so that what was typed gives way to what holds); choices that contradict each other make no
    plan, and `complaint` says why.

    Attributes:
        draft: What was chosen of the plan.
        strategy: Sampler, pruner and the sampler's seed.
        n_trials: Trials of the next search; None for all that are left, or until stopped.
        trials_at_once: How many trials go on at a time.
        shows_a_study: Whether a study is shown, whose plan cannot change.
        is_held: Whether one is being opened or made.
        plan: The plan it makes, None if it makes none.
        complaint: Why it makes none, or why the sampler cannot search it; else empty.
        refusal: Why what was chosen or typed last cannot be; empty again at the next choice.
    """

    changed = Signal()

    def __init__(
        self, session: Session, draft: DraftT, strategy: Strategy, is_taken: Callable[[str], bool]
    ) -> None:
        """Set up what Train trains.

        Args:
            session: What Train shows.
            draft: What is chosen of the plan at first.
            strategy: How its trials are chosen and cut short at first.
            is_taken: Whether a study of that name is kept already, so that a name that was not chosen is
                another one.
        """
        super().__init__()
        self._session = session
        self._is_taken = is_taken
        self._given_name = ""
        self._has_trains_environment = True
        self._is_following = True
        self.strategy = strategy
        self.n_trials: int | None = None
        self.trials_at_once = os.cpu_count() or 1
        self.shows_a_study = self.is_held = False
        self.plan: StudyPlan | None = None
        self.complaint = ""
        self.refusal = ""
        self.draft = draft
        self._set(draft)
        session.settings_changed.connect(self._follow)

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def is_locked(self) -> bool:
        """Whether the plan cannot be changed."""
        return self.shows_a_study or self.is_held

    @property
    def name(self) -> str:
        """What the study will be called, or is called."""
        return self._given_name or self._free_name

    @property
    def follows_train(self) -> bool:
        """Whether what is not searched is as in Train; in another environment it is as in its preset."""
        return self.draft.environment_id == self._session.settings.environment_id and not self.is_locked

    # ---- what one may choose -------------------------------------------------------------------

    def set_name(self, name: str) -> None:
        """Call the study something; empty: what it would be called by itself."""
        if not self.is_locked:
            self._given_name = one_line(name)
            self._accept()

    def choose_environment(self, environment_id: str) -> None:
        """Search in another environment."""
        if not self.is_locked and environment_id != self.draft.environment_id:
            self._has_trains_environment = environment_id == self._session.settings.environment_id
            self._set(replace(self.draft, environment_id=environment_id, chosen_steps=None))

    def set_range(self, field: str, low: float, high: float) -> None:
        """Search a hyperparameter between these ends."""
        self._choose(lambda draft: draft.with_range(field, low, high))

    def set_points(self, field: str, points: int) -> None:
        """Let a grid take so many values of a hyperparameter's range."""
        self._choose(lambda draft: draft.with_points(field, points))

    def set_total_steps(self, total_steps: int) -> None:
        """Let each run learn for so many steps."""
        self._choose(lambda draft: replace(draft, chosen_steps=total_steps))

    def set_seeds(self, n_seeds: int) -> None:
        """Let each trial be so many runs."""
        self._choose(lambda draft: replace(draft, n_seeds=n_seeds))

    def set_trials_at_once(self, n: int) -> None:
        """Let so many trials go on at a time."""
        self.trials_at_once = min(max(1, n), MOST_AT_ONCE)
        self._accept()

    def refuse(self, reason: str) -> None:
        """Say why something that was typed or chosen cannot be, until something else is chosen."""
        self.refusal = reason
        self.changed.emit()

    # ---- for the study that is shown -----------------------------------------------------------

    def _draft_of(self, plan: StudyPlan) -> DraftT:
        """Return the draft that makes exactly this plan."""
        raise NotImplementedError

    def lock(self, name: str, plan: StudyPlan, strategy: Strategy) -> None:
        """Show a study's plan, which cannot change."""
        self.shows_a_study = True
        self._given_name, self.strategy = name, strategy
        self._set(self._draft_of(plan))

    def unlock(self) -> None:
        """Set up another study: what the one shown was, with the values that Train has by now."""
        if not self.shows_a_study:
            return
        self.shows_a_study = False
        self._given_name = ""
        self._has_trains_environment = self.draft.environment_id == self._session.settings.environment_id
        self._set(self.draft)

    def hold(self, is_held: bool) -> None:
        """Let nothing be chosen, or again: what is being made is what was set up."""
        if is_held != self.is_held:
            self.is_held = is_held
            self._set(self.draft)

    # ---- how it is done ------------------------------------------------------------------------

    @property
    def _free_name(self) -> str:
        usual = name = self.draft.usual_name
        number = 1
        while self._is_taken(name):
            number += 1
            name = f"{usual} {number}"
        return name

    def follow_train(self, is_followed: bool) -> None:
        """Be as Train is from now on, in what is not chosen here; or stay as it is until further notice."""
        self._is_following = is_followed
        self._follow()

    def _follow(self) -> None:
        if self._is_following and not self.is_locked and self._as_in_train(self.draft) != self.draft:
            self._set(self.draft)

    def _choose(self, chosen: Callable[[DraftT], DraftT]) -> None:
        """Make a choice; one that cannot be is refused."""
        if self.is_locked:
            return
        try:
            draft = chosen(self.draft)
        except InvalidStudy as error:
            self.refuse(str(error))
            return
        self._set(draft)

    def _accept(self) -> None:
        """Emit that something has been chosen."""
        self.refusal = ""
        self.changed.emit()

    def _set(self, draft: DraftT) -> None:
        self.draft = draft if self.is_locked else self._as_in_train(draft)
        try:
            self.plan = self.draft.plan()
        except (InvalidStudy, InvalidHyperparameter) as error:
            self.plan, self.complaint = None, str(error)
        else:
            self.complaint = _complaint(self.plan, self.strategy)
        self._accept()

    def _as_in_train(self, draft: DraftT) -> DraftT:
        settings = self._session.settings
        if self._has_trains_environment:
            draft = replace(draft, environment_id=settings.environment_id)
        if draft.environment_id == settings.environment_id:
            base = settings.hyperparameters
        else:
            base = presets_for(draft.environment_id)[0].hyperparameters
        return replace(draft, algorithm=settings.algorithm, base=base)


def _complaint(plan: StudyPlan, strategy: Strategy) -> str:
    """Return why a plan cannot be searched in this way, empty if it can."""
    try:
        check_strategy(plan, strategy)
    except InvalidStudy as error:
        return str(error)
    return ""
