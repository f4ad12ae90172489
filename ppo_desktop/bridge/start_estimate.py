"""What the next start of something would do, how long that takes, and which engine does it."""

from __future__ import annotations

import time

from ppo_desktop.bridge.estimating import Estimator
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import Workload


class StartEstimate(Estimator):
    """Knows how long runs would take that begin now, and learns from what they took.

    All runs of a comparison or a study use the same engine.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._begun: tuple[Workload, float] | None = None

    # ---- the engine ----------------------------------------------------------------------------

    @property
    def serving(self) -> str:
        """Name of the engine that serves what is set up once it is prepared; empty for nothing."""
        raise NotImplementedError

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        return self._is_awaited(self.serving)

    @property
    def engine(self) -> str:
        """The fast engine, unless it could not be prepared."""
        return PYTORCH if self._session.preparation.state is PreparationState.FAILED else COMPILED

    @property
    def note(self) -> str:
        """What there is to say of the engine beside how long something takes."""
        if PYTORCH in (self.serving, self.engine):
            return " on the PyTorch engine"
        return ", once the fast engine is prepared" if self.is_waiting_for_engine else ""

    def _is_awaited(self, engine: str) -> bool:
        return engine == COMPILED and self._session.preparation.state is PreparationState.GOING_ON

    # ---- the time ------------------------------------------------------------------------------

    def seconds(self, workload: Workload) -> float | None:
        """Return how long work takes; None while that is measured, or the engine is not prepared."""
        is_awaited = any(self._is_awaited(kind.engine) for kind in workload.kinds)
        return None if is_awaited else super().seconds(workload)

    def take_time(self, planned: Workload) -> None:
        """Take the processor time of what begins now."""
        self._begun = planned, time.process_time()

    def forget(self) -> None:
        """Draw no conclusion from what it takes: it rests in between, or ends early."""
        self._begun = None

    def finish(self) -> None:
        """All is done: take note of what it took."""
        if self._begun is not None:
            planned, used = self._begun
            planned.learn(speeds(), time.process_time() - used)
        self._begun = None
