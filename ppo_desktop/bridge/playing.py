"""A policy that is played without learning, and a ghost beside it; what can be done to both by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from PySide6.QtCore import QObject, Signal, Slot

from ppo_desktop.bridge.notices import Notices
from ppo_desktop.bridge.policy_preview import FRAMES_PER_SECOND, Policy, PolicyPreview
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.environment import KnownEnvironment, Pushed
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.catalogue.grid_world import ENVIRONMENT as GRID_WORLD
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.perturbation import UNCHANGED, AgentPlaced, MapChanged, Perturbation, Perturbed, Push
from ppo_desktop.ppo.player import Acting
from ppo_desktop.ppo.settings import RunSettings

_WATCHED, _GHOST = 0, 1


@dataclass
class Watched:
    """A policy that is played.

    Attributes:
        name: Which moment it is of.
        settings: Of its run.
        policy: It, or what finds it; None for that before learning.
        frame: What it sees; None before its first step.
        returns: Of the episodes that were watched to their end, and not perturbed.
        perturbed_returns: Of those in which something was done by hand.
        is_perturbed: Whether something was done in the episode going on.
        is_on_changed_map: Whether something was done to the map of every episode.
    """

    name: str
    settings: RunSettings
    policy: Policy
    frame: Frame | None = None
    returns: tuple[float, ...] = ()
    perturbed_returns: tuple[float, ...] = ()
    is_perturbed: bool = False
    is_on_changed_map: bool = False

    @property
    def mean_return(self) -> float | None:
        """The mean of the returns; None before any."""
        return fmean(self.returns) if self.returns else None

    def see(self, frame: Frame | None) -> None:
        """Take in what it sees; the end of an episode counts once."""
        if frame is not None and frame is not self.frame:
            self.frame = frame
            if not frame.episode_over:
                return
            if self.is_perturbed or self.is_on_changed_map:
                self.perturbed_returns += (frame.episode_return,)
            else:
                self.returns += (frame.episode_return,)
            self.is_perturbed = False

    def begin(self) -> None:
        """Count anew."""
        self.frame, self.returns, self.perturbed_returns = None, (), ()
        self.is_perturbed = False


class Playing(QObject):
    """What the window sees of it. Both begin every episode in the same start state, one after the other.

    Args:
        notices: Say why it is not played, where it cannot be.

    Attributes:
        acting: How both choose their actions.
        watched: The policy that is played; None for none.
        ghost: Another policy, from the same start states; None for none.
        done_by_hand: What was last done to what is watched, with numbers; empty before.
        grid_map: The map both play on, where that is the grid world.
    """

    changed = Signal()
    frames_changed = Signal()

    def __init__(self, notices: Notices) -> None:
        super().__init__()
        self.acting = Acting.SAMPLED
        self.watched: Watched | None = None
        self.ghost: Watched | None = None
        self.done_by_hand = ""
        self.grid_map = GridMap()
        self._notices = notices
        self._picture = self._is_visible = self._is_held = False
        self._preview: PolicyPreview | None = None

    # ---- what one may ask ----------------------------------------------------------------------

    def watch(self, watched: Watched | None) -> None:
        """Let this policy be played, with the ghost that there is if it plays in the same environment."""
        self.watched = watched
        environment_id = "" if watched is None else watched.settings.environment_id
        if self.ghost is not None and self.ghost.settings.environment_id != environment_id:
            self.ghost = None
        if not self.has_grid:
            self.grid_map = GridMap()
        self._begin()

    def act(self, acting: Acting) -> None:
        """Let both choose their actions in this way, and count anew."""
        self.acting = acting
        self._begin()

    @property
    def pushed(self) -> Pushed | None:
        """What can be pushed by hand now; None for nothing."""
        known = self._known
        return None if known is None else known.pushed

    @property
    def has_grid(self) -> bool:
        """Whether agent, goal and walls can be moved by hand now."""
        known = self._known
        return known is not None and known.environment_id == GRID_WORLD.environment_id

    def push(self, change: float) -> None:
        """Push both by hand, by at most the largest push, where something can be pushed."""
        if (pushed := self.pushed) is not None:
            self._perturb(Push(max(-pushed.largest, min(pushed.largest, change))))

    def place_agent(self, cell: int) -> None:
        """Put both agents into a cell of the grid world, if it is free."""
        if self.has_grid and self.grid_map.is_free(cell):
            self._perturb(AgentPlaced(cell))

    def change_map(self, grid_map: GridMap) -> None:
        """Let both play on another map of the grid world."""
        if self.has_grid and grid_map != self.grid_map:
            self.grid_map = grid_map
            self._perturb(MapChanged(grid_map))

    def restore_map(self) -> None:
        """Let both play on the map of the run again."""
        self.change_map(GridMap())

    def drop_ghost(self) -> None:
        """Let no ghost play any more."""
        self.ghost = None
        self._begin()

    def show_picture(self, wanted: bool) -> None:
        """Have Gymnasium's own picture in each frame, or not."""
        self._picture = wanted
        if self._preview is not None:
            self._preview.show_picture(wanted)

    def hold(self, is_held: bool) -> None:
        """Stand still, or go on, whoever looks."""
        self._is_held = is_held
        if self._preview is not None:
            self._preview.hold(is_held)

    def set_visible(self, is_visible: bool) -> None:
        """Stand still while nobody looks."""
        self._is_visible = is_visible
        self._follow_speed()

    def close(self) -> None:
        """End the players and their thread."""
        if self._preview is not None:
            self._preview.close()

    # ---- how it is done ------------------------------------------------------------------------

    def _set_ghost(self, name: str, policy: Policy) -> None:
        if self.watched is not None:
            self.ghost = Watched(name, self.watched.settings, policy)
            self._begin()

    def _begin(self) -> None:
        """Let them play from the first start state on, and count anew."""
        players = self._players()
        self.done_by_hand = ""
        for watched in players.values():
            watched.begin()
            watched.is_on_changed_map = self.grid_map != GridMap()
        if players or self._preview is not None:
            preview = self._preview_made()
            preview.set_runs(
                {number: watched.settings for number, watched in players.items()},
                picture=self._picture,
                are_together=True,
            )
            preview.act(self.acting)
            if self.grid_map != GridMap():
                preview.perturb(MapChanged(self.grid_map))
            preview.set_weights({number: watched.policy for number, watched in players.items()})
            self._follow_speed()
        self.changed.emit()
        self.frames_changed.emit()

    def _players(self) -> dict[int, Watched]:
        both = {_WATCHED: self.watched, _GHOST: self.ghost}
        return {number: watched for number, watched in both.items() if watched is not None}

    def _preview_made(self) -> PolicyPreview:
        if self._preview is None:
            self._preview = PolicyPreview()
            self._preview.frames_changed.connect(self._see)
            self._preview.perturbed.connect(self._see_perturbed)
            self._preview.failed.connect(self._say_why)
            self._preview.hold(self._is_held)
        return self._preview

    @Slot()
    def _follow_speed(self) -> None:
        """Play at the rate that is wanted while somebody looks."""
        if self._preview is not None:
            self._preview.play(self._rate if self.watched is not None and self._is_visible else 0)

    @property
    def _rate(self) -> float:
        """Frames a second: that of a film."""
        return FRAMES_PER_SECOND

    @Slot()
    def _see(self) -> None:
        assert self._preview is not None
        n_episodes = self._n_episodes
        for number, watched in self._players().items():
            watched.see(self._preview.frames.get(number))
        self.frames_changed.emit()
        if self._n_episodes != n_episodes:
            self.changed.emit()

    def _perturb(self, perturbation: Perturbation) -> None:
        if self.watched is not None:
            self._preview_made().perturb(perturbation)

    @Slot(object)
    def _see_perturbed(self, perturbed: Mapping[int, Perturbed]) -> None:
        """Take in what was done; an episode that was perturbed once is so to its end."""
        for number, watched in self._players().items():
            watched.is_perturbed |= number in perturbed
            watched.is_on_changed_map = self.grid_map != GridMap()
        if _WATCHED in perturbed:
            self.done_by_hand = perturbed[_WATCHED].text
        elif self.has_grid:  # between two episodes the map is changed, and nothing else
            self.done_by_hand = self.grid_map.changes or UNCHANGED
        else:
            self.done_by_hand = "nothing: the episode is over"
        self.changed.emit()

    @property
    def _known(self) -> KnownEnvironment | None:
        """What the catalogue knows of what is played in; None where that cannot be perturbed."""
        return None if self.watched is None else KNOWN_ENVIRONMENTS.get(self.watched.settings.environment_id)

    @Slot(str)
    def _say_why(self, message: str) -> None:
        self._notices.say(message, is_warning=True, holds=lambda: self.watched is not None)

    @property
    def _n_episodes(self) -> int:
        return sum(
            len(watched.returns) + len(watched.perturbed_returns) for watched in self._players().values()
        )
