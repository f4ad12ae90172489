"""The players of a comparison, side by side, in a thread of their own at the rate of a film."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from ppo_desktop.ppo.engines.choice import LOADING
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.learnt import Learnt
from ppo_desktop.ppo.settings import RunSettings

if TYPE_CHECKING:
    from ppo_desktop.ppo.player import Player

FRAMES_PER_SECOND = 30
"""The rate of a film."""
END_SECONDS = 0.6
"""How long the end of an episode is shown."""

logger = logging.getLogger(__name__)


@dataclass
class _Part:
    """A player and when it takes its next step; it rests until it has learnt something."""

    player: Player
    next_at: float = math.inf
    has_failed: bool = False


def _make_player(run: RunSettings) -> Player:
    with LOADING:
        from ppo_desktop.ppo.player import Player

        return Player(run)


class _Ensemble(QObject):
    """Lives in the stage's thread; its slots are the commands."""

    played = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._casting = 0
        self._parts: dict[int, _Part] = {}
        self._picture = False
        self._acknowledged = True
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
                self._parts[number] = _Part(_make_player(run))
            except Exception:
                logger.exception("An environment could not be made to be looked at")

    @Slot(object)
    def learn(self, learnt: Mapping[int, Learnt]) -> None:
        """Let players act as these runs do by now."""
        for number, known in learnt.items():
            part = self._parts.get(number)
            if part is not None and not part.has_failed:
                self._teach(part, known)

    def _teach(self, part: _Part, known: Learnt) -> None:
        try:
            part.player.learn_from(known)
            if math.isinf(part.next_at):
                part.next_at = time.perf_counter()
        except ValueError:
            logger.exception("What a run has learnt does not fit its networks")

    @Slot(int)
    def play(self, frames_per_second: int) -> None:
        """Play at this rate at the most; 0 is to rest."""
        if frames_per_second:
            self._timer.start(1000 // frames_per_second)
        else:
            self._timer.stop()

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

    def _step(self, part: _Part, now: float) -> Frame | None:
        try:
            frame = part.player.step(picture=self._picture)
        except Exception:
            logger.exception("An environment that is looked at failed")
            part.next_at, part.has_failed = math.inf, True
            return None
        pause = END_SECONDS if frame.episode_over else 1 / part.player.steps_per_second
        part.next_at = max(part.next_at + pause, now)  # at the right pace on average; no race to catch up
        return frame

    def _dismiss(self) -> None:
        for part in self._parts.values():
            part.player.close()
        self._parts.clear()


class Stage(QObject):
    """What the window sees of the players.

    Attributes:
        frames: {number of a variant: what its player last saw}.
    """

    frames_changed = Signal()

    _cast = Signal(int, object, bool)
    _learn = Signal(object)
    _play = Signal(int)
    _acknowledge = Signal()
    _shut_down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.frames: dict[int, Frame] = {}
        self._casting = 0
        self._ensemble = _Ensemble()
        self._thread = QThread()
        self._thread.setObjectName("stage")
        self._ensemble.moveToThread(self._thread)
        for command, slot in (
            (self._cast, self._ensemble.cast),
            (self._learn, self._ensemble.learn),
            (self._play, self._ensemble.play),
            (self._acknowledge, self._ensemble.acknowledge),
            (self._shut_down, self._ensemble.shut_down),
        ):
            command.connect(slot)
        self._ensemble.played.connect(self._receive)

    def cast(self, settings: Mapping[int, RunSettings], *, picture: bool) -> None:
        """Have a player for each of these runs; none for nothing to see.

        Args:
            settings: {number of a variant: the run whose policy is shown}.
            picture: Whether frames need Gymnasium's own picture.
        """
        self._thread.start()
        self.frames = {}
        self.frames_changed.emit()
        self._casting += 1
        self._cast.emit(self._casting, dict(settings), picture)

    def learn(self, learnt: Mapping[int, Learnt]) -> None:
        """Let the players act as their runs do by now."""
        self._learn.emit(dict(learnt))

    def play(self, frames_per_second: int) -> None:
        """Play at this rate at the most; 0 is to rest, while nobody looks."""
        self._play.emit(frames_per_second)

    def close(self) -> None:
        """End the players and their thread."""
        if self._thread.isRunning():
            self._shut_down.emit()
            self._thread.wait()

    @Slot(int, object)
    def _receive(self, casting: int, frames: dict[int, Frame]) -> None:
        if casting == self._casting:
            self.frames |= frames
            self.frames_changed.emit()
        self._acknowledge.emit()
