"""What stands below an environment in which a policy is played: how it acts, and what it has reached."""

from __future__ import annotations

from enum import Enum
from statistics import fmean

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ppo_desktop.bridge.playing import Playing, Watched
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.player import Acting
from ppo_desktop.views.controls import Segments, laid_out, push_button, refresh_at
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


class ActingSegments(Segments):
    """How a policy and its ghost choose their actions.

    Args:
        playing: What is played.
        name: What the names of its buttons begin with.
    """

    def __init__(self, playing: Playing, name: str) -> None:
        super().__init__(is_flat=True)
        for acting in Acting:
            label = acting.label.capitalize()
            self.add(acting, label, f"{name}_{acting.value}_button", f"Act {acting.label}", "acting")
        self.chosen.connect(playing.act)
        refresh_at(lambda: self.show_value(playing.acting), playing.changed)


class PlayedLines(QWidget):
    """What a policy and its ghost have reached, and what was done by hand; lines of nothing take no room.

    Args:
        playing: What is played.
        name: What the names of its parts begin with.
    """

    def __init__(self, playing: Playing, name: str = "") -> None:
        super().__init__()
        self._playing = playing
        self._shown = Shown.SCENE
        self._restore = push_button(
            "Restore map", f"{name}restore_map_button", "by_hand", playing.restore_map, role="flat"
        )
        watched, ghost, by_hand = self._lines = (
            StatusLabel(
                f"{name}watched_label", "Returns watched", "watched", lambda: _line(playing.watched), ""
            ),
            StatusLabel(f"{name}ghost_label", "Returns of the ghost", "ghost", self._ghost_line, ""),
            StatusLabel(f"{name}by_hand_label", "Done by hand", "by_hand", self._by_hand_line, ""),
        )
        self._changed = laid_out(QHBoxLayout(), (by_hand, 1), self._restore, spacing=0)
        laid_out(QVBoxLayout(self), watched, ghost, self._changed, margins=(0, 0, 0, 0), spacing=0)
        refresh_at(self._show, playing.changed)

    def show_how(self, shown: Shown) -> None:
        """Say what can be done by hand on what is shown now."""
        if shown is not self._shown:
            self._shown = shown
            self._show()

    @property
    def height_shown(self) -> int:
        """Height of what is said only while somebody watches, in pixels."""
        *returns, _ = self._lines
        height = sum(line.sizeHint().height() for line in returns if not line.isHidden())
        return height + max(0, self._changed.sizeHint().height())

    def _show(self) -> None:
        self._restore.setVisible(self._playing.grid_map != GridMap())
        for line in self._lines:
            line.refresh()

    def _ghost_line(self) -> str:
        ghost = self._playing.ghost
        return "" if ghost is None else f"Ghost, {_line(ghost)}"

    def _by_hand_line(self) -> str:
        """Return what was last done by hand; before, and where nothing can be, how it is done."""
        playing = self._playing
        if playing.watched is None or not (playing.pushed or playing.has_grid):
            return ""
        if not playing.done_by_hand or self._shown is Shown.MAP:
            return self._shown.how_to_push if playing.pushed else self._shown.how_to_move
        return f"By hand: {playing.done_by_hand}"


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
