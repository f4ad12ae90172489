"""What is set up on the Maps page: two hyperparameters, their values, and the map they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.study_drafting import StudyDrafting
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.map_draft import MapDraft, axis_of_line, map_draft_of
from ppo_desktop.study.ready_maps import ReadyMap
from ppo_desktop.study.samplers import MAP
from ppo_desktop.study.study_plan import Strategy, StudyPlan


class MapDrafting(StudyDrafting[MapDraft]):
    """All cells of a map, in the order in which maps are measured."""

    def __init__(self, session: Session, is_taken: Callable[[str], bool] = lambda _name: False) -> None:
        settings = session.settings
        draft = MapDraft(settings.environment_id, settings.algorithm, settings.hyperparameters)
        super().__init__(session, draft, Strategy(sampler=MAP), is_taken)

    def choose_axis(self, place: int, field: str) -> None:
        """Let another hyperparameter go across (0) or up (1)."""
        self._choose(lambda draft: draft.with_axis(place, field))

    def set_values(self, place: int, line: str) -> None:
        """Let the hyperparameter across (0) or up (1) have the values written in a line."""
        try:
            dimension = axis_of_line(self.draft.ticked[place], line)
        except InvalidStudy as error:
            self.refuse(str(error))
            return
        self._choose(lambda draft: draft.with_values(dimension))

    def set_up(self, ready: ReadyMap) -> None:
        """Set up a ready-made map, in its environment."""
        self.choose_environment(ready.environment_id)
        across, up = ready.axes
        self._choose(
            lambda draft: replace(
                draft,
                chosen_axes=(across.field, up.field),
                dimensions={**draft.dimensions, across.field: across, up.field: up},
                chosen_steps=ready.total_steps,
                n_seeds=ready.n_seeds,
            )
        )

    def choose_environment(self, environment_id: str) -> None:
        """Draw the map of another environment, whose usual axes it has then."""
        if not self.is_locked and environment_id != self.draft.environment_id:
            self.draft = replace(self.draft, chosen_axes=(), dimensions={})
        super().choose_environment(environment_id)

    def _draft_of(self, plan: StudyPlan) -> MapDraft:
        return map_draft_of(plan)
