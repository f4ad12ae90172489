"""The map the window shows: a study of two hyperparameters, cell by cell."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal

from ppo_desktop.bridge.map_drafting import MapDrafting
from ppo_desktop.bridge.map_inquiry import MapInquiry
from ppo_desktop.bridge.session import Session
from ppo_desktop.bridge.study_session import StudySession
from ppo_desktop.comparison.measures import FINAL_ENTROPY
from ppo_desktop.comparison.plan import MOST_VARIANTS, Comparison, InvalidComparison, varied
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.library import path_for
from ppo_desktop.study.map_digest import MapDigest, MapQuestion, trials_of_cells
from ppo_desktop.study.ready_maps import ReadyMap
from ppo_desktop.study.samplers import MAP
from ppo_desktop.study.study_actor import Opened, StudyNews
from ppo_desktop.study.trials import TrialRecord


class MapSession(StudySession[tuple[MapQuestion, ...], tuple[MapDigest, ...]]):
    """A map, and everything one may ask of it.

    Attributes:
        chosen: The number of the cell that is looked at, row by row from 0; None for none. What is pointed at
            are cells, too.
    """

    chosen_changed = Signal()
    opened_in_compare = Signal(object, int)
    """A comparison that is to be set up there, and the number of its reference."""

    drafting: MapDrafting
    inquiry: MapInquiry
    _work = "map"
    each = "cell"

    def __init__(self, session: Session, folder: Path) -> None:
        drafting = MapDrafting(session, lambda name: path_for(folder, name).exists())
        super().__init__(session, folder, drafting, MapInquiry(lambda: self.trials))
        self.chosen: int | None = None

    # ---- what one may read ---------------------------------------------------------------------

    def trial_of(self, cell: int) -> TrialRecord | None:
        """Return the trial of a cell that the map shows: one that is done, else the one at work."""
        if self.plan is None:
            return None
        found = trials_of_cells({cell: self.plan.combination_values(cell)}, self.trials).get(cell)
        if found is not None and found.state.is_done:
            return found
        return next((trial for trial in self.running if trial.combination == cell), found)

    # ---- what is done --------------------------------------------------------------------------

    def set_up(self, ready: ReadyMap) -> None:
        """Set up a ready-made map; it is asked for what shows it best."""
        self.drafting.set_up(ready)
        self.inquiry.choose(0, result=ready.measure)

    def show_second(self, is_shown: bool) -> None:
        """Show the entropy of the policy beside the first map, until something else is chosen; or nothing."""
        self.inquiry.show_second(MapQuestion(FINAL_ENTROPY.name) if is_shown else None)

    def choose(self, cell: int | None) -> None:
        """Look at a cell; None at none."""
        if cell != self.chosen:
            self.chosen = cell
            self.chosen_changed.emit()

    def open_cell_in_train(self, cell: int) -> None:
        """Show a cell's values in Train, ready to begin, with its first seed."""
        if self.plan is not None:
            values = self.plan.combination_values(cell)
            self.use_values_in_train(values, "The cell")

    def compare_along(self, cell: int, place: int) -> None:
        """Set up in Compare the row (0) or column (1) of a cell: one axis varies, the other does not.

        Of more values than Compare can tell apart it takes some, evenly spread, that of the cell among them.
        """
        plan = self.plan
        if plan is None:
            return
        values = plan.combination_values(cell)
        varying, fixed = plan.fields[place], plan.fields[1 - place]
        chosen = spread_values(plan.dimension(varying).grid_values(), values[varying], MOST_VARIANTS)
        try:
            base = plan.base.changed({fixed: values[fixed]})
            comparison = varied(
                plan.environment_id,
                plan.algorithm,
                base,
                varying,
                chosen,
                plan.n_seeds,
                plan.total_steps,
            )
        except (InvalidComparison, InvalidHyperparameter) as error:
            self.notices.say(str(error), is_warning=True)
            return
        self._open_in_compare(comparison, chosen.index(values[varying]), fixed, values[fixed])

    def _open_in_compare(self, comparison: Comparison, reference: int, fixed: str, value: Value) -> None:
        declaration = DECLARATIONS[fixed]
        title = f"{comparison.title}, {declaration.short_name} = {declaration.format(value)}"
        self.opened_in_compare.emit(comparison.titled(title), reference)

    # ---- how it is done ------------------------------------------------------------------------

    def _emit_all_changed(self) -> None:
        """Also of the cell that was looked at, which a study keeps under another name."""
        self.choose(None)
        super()._emit_all_changed()

    def _receive_opening(self, news: StudyNews) -> None:
        """Show no study that is no map."""
        if isinstance(news, Opened) and (news.strategy.sampler != MAP or len(news.plan.space) != 2):
            self._give_up()
            self.notices.say(f"{news.place.name} is no map; Tune opens it.", is_warning=True)
            return
        super()._receive_opening(news)

    @property
    def _everything_tried(self) -> str:
        return "Every cell of the map has been measured."

    def _say_nothing_is_left(self) -> None:
        self.notices.say(
            "Every cell of this map is measured. A new map can have other values.",
            holds=lambda: self._estimate.combinations_left == 0,
        )


def spread_values(values: list[Value], own: Value, most: int) -> list[Value]:
    """Return at most so many of the values, in order and evenly spread; both ends and `own` are there."""
    if len(values) <= most:
        return values
    places = {round(index * (len(values) - 1) / (most - 2)) for index in range(most - 1)}
    return [values[place] for place in sorted(places | {values.index(own)})]
