"""Maps' bar in the header: which map, what goes across and up, how much is trained, and what drives it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import shortened
from ppo_desktop.study.map_draft import line_of_axis
from ppo_desktop.views.controls import captioned, menu_button, named, refresh_at
from ppo_desktop.views.environment_combo import EnvironmentCombo
from ppo_desktop.views.kit.bar import JobBar, StartButton
from ppo_desktop.views.kit.choice_combo import ChoiceCombo, Options
from ppo_desktop.views.kit.fields import SeedsBox, StepsBox, ValuesLine
from ppo_desktop.views.kit.form import DraftForm
from ppo_desktop.views.kit.library_button import LibraryButton
from ppo_desktop.views.maps.map_menu import map_menu

_STOP_NOW = "Now; cells that are at work are measured again later"
_GIVE_UP = "Wait no longer for the map"
_LONGEST_NAME = 24
"""Characters of a map's name on the button."""
_AXIS_CHARACTERS = 14
"""Of a hyperparameter that are always seen: all of Learning rate α."""
_NARROWEST, _WIDEST = 13, 15
"""Characters for which a line of values has room, as its text wants and as the bar allows."""
_SIDES = ("across", "→"), ("up", "↑")
"""What goes along an axis is chosen after an arrow: there is little room for words."""


class MapsBar(JobBar):
    """Maps; environment, across, up, seeds, steps; Start, Stop.

    Attributes:
        maps_menu: The menu of maps.
    """

    def __init__(self, maps: MapSession) -> None:
        super().__init__()
        self._maps = maps
        self.maps_menu = map_menu(maps, self)
        self._form = DraftForm(self, maps.drafting.changed)
        self._build()
        refresh_at(self._show_buttons, maps.state_changed, maps.study_changed, maps.estimate_changed)

    # ---- its parts -----------------------------------------------------------------------------

    def _build(self) -> None:
        maps, drafting, add = self._maps, self._maps.drafting, self._form.add
        self._library = LibraryButton("maps_button", "Maps", "maps", self.maps_menu)
        environments = EnvironmentCombo("map_environment_combo", "mapped_environment")
        add(environments, lambda: drafting.draft.environment_id, drafting.choose_environment)
        across, up = self._axis(0), self._axis(1)
        seeds = add(
            named(SeedsBox(), "map_seeds", "Seeds of each cell", "map_seeds"),
            self._n_seeds,
            drafting.set_seeds,
        )
        steps = named(StepsBox(maps.notices), "map_steps", "Steps of each run", "map_steps")
        add(steps, lambda: drafting.draft.total_steps, drafting.set_total_steps)
        self.start = StartButton("draw_map_button", "map_start", maps.toggle)
        self._stop = menu_button("Stop ▾", "map_stop_button", "Stop", "stop_map", self._stop_menu())
        fields = (self._library, environments, *across, *up, seeds, steps)
        self.set_groups(fields, (self.start, self._stop))

    def _axis(self, place: int) -> tuple[QWidget, ...]:
        """Return what chooses a hyperparameter and its values."""
        drafting, (side, arrow) = self._maps.drafting, _SIDES[place]
        combo = ChoiceCombo(f"{side}_combo", f"Hyperparameter {side}", "map_axis")
        combo.let_be_cut(_AXIS_CHARACTERS)
        self._form.add(
            combo,
            lambda: drafting.draft.ticked[place],
            partial(drafting.choose_axis, place),
            self._offered,
        )
        line = ValuesLine(
            f"{side}_values", f"Values {side}", "map_values", narrowest=_NARROWEST, widest=_WIDEST
        )
        line.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._form.add(line, self._line(place), partial(drafting.set_values, place))
        return (*captioned(arrow, combo), line)

    def _line(self, place: int) -> Callable[[], str]:
        draft = self._maps.drafting
        return lambda: line_of_axis(draft.draft.dimension(draft.draft.ticked[place]))

    def _n_seeds(self) -> int:
        return self._maps.drafting.draft.n_seeds

    def _offered(self) -> Options:
        """Return all hyperparameters that can be searched; those that are of no use say why."""
        draft = self._maps.drafting.draft
        return {
            name: Option(each.explanation.title, unavailable=draft.inactive_reason(name))
            for name, each in DECLARATIONS.items()
            if name in TRAINING_FIELDS and (each.search is not None or not each.numeric)
        }

    def _stop_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("map_stop_menu")
        self._finish = menu.addAction("After the cells at work", self._maps.finish)
        self._stop_now = menu.addAction(_STOP_NOW, self._maps.stop)
        return menu

    # ---- what it shows -------------------------------------------------------------------------

    def _show_buttons(self) -> None:
        maps, state, place = self._maps, self._maps.state, self._maps.place
        self._library.show_name("New map" if place is None else shortened(place.name, _LONGEST_NAME))
        is_opening, n_left = state is JobState.OPENING, maps.n_trials_to_come
        self.start.show_state(
            state, "Start" if place is None else f"Continue, {n_left} left" if n_left else "Start"
        )
        nothing_comes = bool(maps.why_no_more) or (place is not None and n_left == 0)
        self.start.setEnabled(self.start.isEnabled() and (maps.is_under_way or not nothing_comes))
        self.start.setToolTip(maps.why_no_more)
        self._stop.setEnabled(maps.is_under_way or is_opening)
        self._finish.setEnabled(state in (JobState.RUNNING, JobState.PAUSED))
        self._stop_now.setText(_GIVE_UP if is_opening else _STOP_NOW)
        self._form.set_enabled(not maps.drafting.is_locked)
