"""Below the environment: Watch, and what is watched; and how good it really is."""

from __future__ import annotations

from enum import Enum
from functools import partial
from statistics import fmean

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ppo_desktop.bridge.watching import Watched, Watching
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.player import Acting
from ppo_desktop.views.controls import Segments, laid_out, menu_button, push_button, refresh_at, with_role
from ppo_desktop.views.kit.bar import WrappingBar
from ppo_desktop.views.kit.footer import StatusLabel


class Shown(Enum):
    """What the environment is seen on, and what can be done there by hand.

    Attributes:
        how_to_push: How something is pushed there.
        how_to_move: How agent, goal and walls of the grid world are moved there.
    """

    SCENE = (
        "Push it: drag on the picture, or press ← → there",
        "Drag agent, goal, walls; keys there: arrows, A, G, Enter",
    )
    PICTURE = (
        "Push it: press ← → on the picture; drag with Gymnasium off",
        "To change it by hand, turn Gymnasium off",
    )
    MAP = ("To push it, show the scene", "To change it by hand, show the scene")

    def __init__(self, how_to_push: str, how_to_move: str) -> None:
        self.how_to_push, self.how_to_move = how_to_push, how_to_move


class WatchStrip(QWidget):
    """Buttons to watch and to judge; while somebody watches, how it acts, ghosts, above what both reach."""

    judgement_asked = Signal()
    """For the moment shown."""

    def __init__(self, watching: Watching) -> None:
        super().__init__()
        self._watching = watching
        self._shown = Shown.SCENE
        self._watch = push_button("Watch", "watch_button", "watch", watching.toggle, role="flat")
        self._watch.setCheckable(True)
        judge = push_button(
            "How good?",
            "judge_button",
            "judgement",
            self.judgement_asked.emit,
            accessible_name="How good is it really?",
            role="flat",
        )
        self._acting = Segments(is_flat=True)
        for acting in Acting:
            label = acting.label.capitalize()
            self._acting.add(acting, label, f"watch_{acting.value}_button", f"Act {acting.label}", "acting")
        self._acting.chosen.connect(watching.act)
        self._menu = QMenu(self)
        self._menu.setObjectName("ghost_menu")
        self._menu.aboutToShow.connect(self._fill_menu)
        self._ghost = with_role(menu_button("Ghost ▾", "ghost_button", "Ghost", "ghost", self._menu), "flat")
        self._restore = push_button(
            "Restore map", "restore_map_button", "by_hand", watching.restore_map, role="flat"
        )
        watched, ghost, by_hand = self._lines = (
            StatusLabel("watched_label", "Returns watched", "watched", lambda: _line(watching.watched), ""),
            StatusLabel("ghost_label", "Returns of the ghost", "ghost", self._ghost_line, ""),
            StatusLabel("by_hand_label", "Done by hand", "by_hand", self._by_hand_line, ""),
        )
        bar = WrappingBar(gap=2)
        bar.set_groups((self._watch, judge), (self._acting, self._ghost))
        self._changed = laid_out(QHBoxLayout(), (by_hand, 1), self._restore, spacing=0)
        laid_out(QVBoxLayout(self), watched, ghost, self._changed, bar, margins=(0, 0, 0, 0), spacing=0)
        refresh_at(self._show, watching.changed)

    def show_how(self, shown: Shown) -> None:
        """Say what can be done by hand on what is shown now."""
        if shown is not self._shown:
            self._shown = shown
            self._show()

    @property
    def height_of_lines(self) -> int:
        """Height of what is said only while somebody watches, in pixels."""
        *returns, _ = self._lines
        height = sum(line.sizeHint().height() for line in returns if not line.isHidden())
        return height + max(0, self._changed.sizeHint().height())

    @Slot()
    def _show(self) -> None:
        is_on = self._watching.is_on
        self._watch.setChecked(is_on)
        for control in (self._acting, self._ghost):
            control.setVisible(is_on)
        self._restore.setVisible(self._watching.grid_map != GridMap())
        self._acting.show_value(self._watching.acting)
        for line in self._lines:
            line.refresh()

    def _ghost_line(self) -> str:
        ghost = self._watching.ghost
        return "" if ghost is None else f"Ghost, {_line(ghost)}"

    def _by_hand_line(self) -> str:
        """Return what was last done by hand; before, and where nothing can be, how it is done."""
        watching = self._watching
        if watching.watched is None or not (watching.pushed or watching.has_grid):
            return ""
        if not watching.done_by_hand or self._shown is Shown.MAP:
            return self._shown.how_to_push if watching.pushed else self._shown.how_to_move
        return f"By hand: {watching.done_by_hand}"

    def _fill_menu(self) -> None:
        watching, menu = self._watching, self._menu
        menu.clear()
        watched = watching.watched
        if watched is not None:
            menu.addAction(f"Keep this moment ({watched.name})", watching.keep_ghost)
        for name, update in watching.earlier_moments.items():
            menu.addAction(f"{name} (update {grouped(update)})", partial(watching.earlier_ghost, update))
        menu.addAction("The policy before learning", watching.untaught_ghost)
        menu.addAction("No ghost", watching.drop_ghost).setEnabled(watching.ghost is not None)


def _perturbed_returns(watched: Watched) -> str:
    """Return the mean of those episodes in which something was done by hand."""
    returns = watched.perturbed_returns
    if not returns:
        return ""
    mean = FINAL_RETURN.write(fmean(returns), watched.settings.environment_id)
    return f" · perturbed: {mean} of {grouped(len(returns))}"


def _line(watched: Watched | None) -> str:
    if watched is None:
        return ""
    perturbed = _perturbed_returns(watched)
    if not watched.returns:
        return f"{watched.name}: {'' if perturbed else 'first episode'}{perturbed.removeprefix(' · ')}"
    mean = FINAL_RETURN.write(watched.mean_return or 0.0, watched.settings.environment_id)
    return f"{watched.name}: mean {mean} of {counted(len(watched.returns), 'episode')}{perturbed}"
