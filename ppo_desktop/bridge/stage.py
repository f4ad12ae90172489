"""The players of a comparison, side by side, in a thread of their own at the rate of a film."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from ppo_desktop.bridge.threads import Watchdog, join_thread
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.player import Player
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.abandoned import abandon

FRAMES_PER_SECOND = 30
"""The rate of a film."""
END_SECONDS = 0.6
"""How long the end of an episode is shown."""
SHOWN_SECONDS = 10
"""How long a player plays before it rests, where nothing learns any more."""

logger = logging.getLogger(__name__)


@dataclass
class _Part:
    """A player and when it takes its next step; it rests until it has learnt something."""

    player: Player
    next_at: float = math.inf
    rests_at: float = math.inf
    has_learnt: bool = False
    has_failed: bool = False

    @property
    def rests(self) -> bool:
        """Whether it could play but does not."""
        return self.has_learnt and not self.has_failed and math.isinf(self.next_at)

    def begin(self) -> None:
        """Play for a while from now on; who plays already goes on."""
        now = time.perf_counter()
        self.rests_at = now + SHOWN_SECONDS
        if math.isinf(self.next_at):
            self.next_at = now


class _Ensemble(QObject):
    """Lives in the stage's thread; its slots are the commands."""

    played = Signal(int, object)
    rested = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._casting = 0
        self._parts: dict[int, _Part] = {}
        self._picture = False
        self._acknowledged = True
        self._resting: frozenset[int] = frozenset()
        self._interval = 0
        self._plays_on = True
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._play)

    @Slot(int, object, bool)
    def cast(self, casting: int, settings: Mapping[int, RunSettings], picture: bool) -> None:
        """Have a player for each of these runs, in the place of those there were.

        Frames are sent with the number of the casting, so that none of an earlier one is shown.
        """
        self._dismiss()
        self._casting, self._picture = casting, picture
        for number, run in settings.items():
            try:
                self._parts[number] = _Part(Player(run))
            except Exception:
                logger.exception("An environment could not be made to be looked at")

    @Slot(object)
    def learn(self, learnt: Mapping[int, PolicyState]) -> None:
        """Let players act as these runs do by now."""
        for number, known in learnt.items():
            part = self._parts.get(number)
            if part is not None and not part.has_failed:
                self._teach(part, known)
        self._follow()

    def _teach(self, part: _Part, known: PolicyState) -> None:
        try:
            part.player.set_policy(known)
            part.has_learnt = True
            part.begin()
        except ValueError:
            logger.exception("What a run has learnt does not fit its networks")

    @Slot(int, bool)
    def play(self, frames_per_second: int, on: bool) -> None:
        """Play at this rate at the most, on and on or each for a while; 0 is to stand still."""
        self._interval = 1000 // frames_per_second if frames_per_second else 0
        self._plays_on = on
        self._follow()

    @Slot(int)
    def play_again(self, number: int) -> None:
        """Have a player play for a while more."""
        part = self._parts.get(number)
        if part is not None and part.has_learnt and not part.has_failed:
            part.begin()
            self._follow()

    def _follow(self) -> None:
        """Let time run only while somebody plays, and tell who rests."""
        plays = not all(math.isinf(part.next_at) for part in self._parts.values())
        if not (plays and self._interval):
            self._timer.stop()
        elif not self._timer.isActive() or self._timer.interval() != self._interval:
            self._timer.start(self._interval)
        resting = frozenset(number for number, part in self._parts.items() if part.rests)
        if resting != self._resting:
            self._resting = resting
            self.rested.emit(self._casting, resting)

    @Slot()
    def acknowledge(self) -> None:
        """The window has shown the last frames and is ready for others."""
        self._acknowledged = True

    @Slot()
    def shut_down(self) -> None:
        """End the players and the thread."""
        self._timer.stop()
        self._dismiss()
        QThread.currentThread().quit()

    def _play(self) -> None:
        if not self._acknowledged:
            return
        now = time.perf_counter()
        due = {number: part for number, part in self._parts.items() if now >= part.next_at}
        frames = {number: self._step(part, now) for number, part in due.items()}
        shown = {number: frame for number, frame in frames.items() if frame is not None}
        if shown:
            self._acknowledged = False
            self.played.emit(self._casting, shown)
        self._follow()

    def _step(self, part: _Part, now: float) -> Frame | None:
        try:
            frame = part.player.step(picture=self._picture)
        except Exception:
            logger.exception("An environment that is looked at failed")
            part.next_at, part.has_failed = math.inf, True
            return None
        pause = END_SECONDS if frame.episode_over else 1 / part.player.steps_per_second
        part.next_at = max(part.next_at + pause, now)  # at the right pace on average; no race to catch up
        if not self._plays_on and now >= part.rests_at:
            part.next_at = math.inf
        return frame

    def _dismiss(self) -> None:
        parts, self._parts = self._parts, {}
        self._resting = frozenset()
        for part in parts.values():
            try:
                part.player.close()
            except EnvironmentFailure:
                logger.exception("An environment that was looked at could not be closed")


class Stage(QObject):
    """What the window sees of the players.

    Attributes:
        frames: {number of a variant: what its player last saw}.
        resting: Numbers of those that have played for a while and rest.
    """

    frames_changed = Signal()
    resting_changed = Signal()

    _cast = Signal(int, object, bool)
    _learn = Signal(object)
    _play = Signal(int, bool)
    _play_again = Signal(int)
    _acknowledge = Signal()
    _shut_down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.frames: dict[int, Frame] = {}
        self.resting: frozenset[int] = frozenset()
        self._casting = 0
        self._has_foreign = False
        self._begin()

    def _begin(self) -> None:
        """Have a new thread, with no players yet."""
        self._ensemble = _Ensemble()
        self._thread = QThread()
        self._thread.setObjectName("stage")
        self._ensemble.moveToThread(self._thread)
        for command, slot in (
            (self._cast, self._ensemble.cast),
            (self._learn, self._ensemble.learn),
            (self._play, self._ensemble.play),
            (self._play_again, self._ensemble.play_again),
            (self._acknowledge, self._ensemble.acknowledge),
            (self._shut_down, self._ensemble.shut_down),
        ):
            command.connect(slot)
        self._ensemble.played.connect(self._receive)
        self._ensemble.rested.connect(self._receive_resting)
        self._watchdog = Watchdog(self._thread)

    def _give_up_if_held(self) -> None:
        """Leave a thread that an environment does not let go of to itself, and have a new one."""
        if not self._watchdog.seconds or not self._has_foreign:
            return
        self._shut_down.emit()
        self._watchdog.stop()
        self._ensemble.blockSignals(True)
        for command in (
            self._cast,
            self._learn,
            self._play,
            self._play_again,
            self._acknowledge,
            self._shut_down,
        ):
            command.disconnect()
        abandon((self._thread, self._ensemble), self._thread.objectName())
        self._begin()

    def cast(self, settings: Mapping[int, RunSettings], *, picture: bool) -> None:
        """Have a player for each of these runs; none for nothing to see.

        Args:
            settings: {number of a variant: the run whose policy is shown}.
            picture: Whether frames need Gymnasium's own picture.
        """
        self._give_up_if_held()
        self._has_foreign = any(run.environment_id not in KNOWN_ENVIRONMENTS for run in settings.values())
        self._thread.start()
        self.frames = {}
        self.frames_changed.emit()
        self._casting += 1
        self._receive_resting(self._casting, frozenset())
        self._cast.emit(self._casting, dict(settings), picture)

    def learn(self, learnt: Mapping[int, PolicyState]) -> None:
        """Let the players act as their runs do by now."""
        self._learn.emit(dict(learnt))

    def play(self, frames_per_second: int, *, on: bool = True) -> None:
        """Play at this rate at the most; 0 is to stand still, while nobody looks.

        Args:
            frames_per_second: The rate.
            on: Play on and on; else each player rests after `SHOWN_SECONDS`, until it has learnt something
                new or is to play again.
        """
        self._play.emit(frames_per_second, on)

    def play_again(self, number: int) -> None:
        """Have the player in this place play for a while more."""
        self._play_again.emit(number)

    def close(self) -> None:
        """End the players and their thread."""
        if self._thread.isRunning():
            self._watchdog.stop()
            self._shut_down.emit()
            join_thread(self._thread, self._ensemble)

    @Slot(int, object)
    def _receive(self, casting: int, frames: dict[int, Frame]) -> None:
        if casting == self._casting:
            self.frames |= frames
            self.frames_changed.emit()
        self._acknowledge.emit()

    @Slot(int, object)
    def _receive_resting(self, casting: int, resting: frozenset[int]) -> None:
        if casting == self._casting and resting != self.resting:
            self.resting = resting
            self.resting_changed.emit()
