"""Freeze: all that learns and plays stands still, and what is on the screen stays, until it is lifted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from ppo_desktop.bridge.job_session import JobSession, JobState
from ppo_desktop.bridge.session import RunState, Session


@dataclass(frozen=True)
class _Moving:
    """Something that goes on by itself.

    Attributes:
        goes_on: Whether it does now.
        pause: Lets it rest.
        resume: Lets it go on from there, unless it has come to its end.
    """

    goes_on: Callable[[], bool]
    pause: Callable[[], object]
    resume: Callable[[], object]


class Freeze(QObject):
    """Pauses what goes on, holds players, and lets go on later what it has paused, and nothing else.

    What is told to go on while it is frozen lifts it: then players play again, and all else rests.

    Attributes:
        is_on: Whether everything stands still.
        changed: Emitted with that; players listen to it.
    """

    changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.is_on = False
        self._moving: list[_Moving] = []
        self._paused: list[_Moving] = []

    def include_run(self, session: Session, resume: Callable[[], object] | None = None) -> None:
        """Freeze a run, too; what is shown in its place meanwhile, or has come to its end, stays at rest.

        Args:
            session: The run.
            resume: Lets it go on, where it depends on more than the run whether it may.
        """

        def train() -> None:
            if session.state in (RunState.RUNNING, RunState.PAUSED):  # the former: it is about to pause
                session.train()

        moving = self._include(
            lambda: session.state is RunState.RUNNING, session.pause, resume or train, session.state_changed
        )
        session.run_changed.connect(partial(self._forget, moving))

    def include_job(self, job: JobSession) -> None:
        """Freeze a job, too."""
        self._include(lambda: job.state is JobState.RUNNING, job.pause, job.resume, job.state_changed)

    def _include(
        self,
        goes_on: Callable[[], bool],
        pause: Callable[[], object],
        resume: Callable[[], object],
        changed: SignalInstance,
    ) -> _Moving:
        moving = _Moving(goes_on, pause, resume)
        self._moving.append(moving)
        changed.connect(partial(self._follow, moving))
        return moving

    @Slot()
    def toggle(self) -> None:
        """Let everything stand still, or go on as before."""
        if self.is_on:
            paused = self._paused
            self._lift()
            for moving in paused:
                moving.resume()
            return
        self._paused = [moving for moving in self._moving if moving.goes_on()]
        for moving in self._paused:
            moving.pause()
        self._set(on=True)

    def _follow(self, moving: _Moving) -> None:
        """Hold nothing any more when the user has let something go on."""
        if self.is_on and moving.goes_on():
            self._lift()

    def _forget(self, moving: _Moving) -> None:
        """Let something rest that has been paused, when all is lifted."""
        self._paused = [one for one in self._paused if one is not moving]

    def _lift(self) -> None:
        self._paused = []
        self._set(on=False)

    def _set(self, *, on: bool) -> None:
        self.is_on = on
        self.changed.emit(on)
