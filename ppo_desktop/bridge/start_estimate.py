"""What the next start of something would do, how long that takes, and which engine does it."""

from __future__ import annotations

import time

from ppo_desktop.bridge.estimating import Estimator
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import Workload


class StartEstimate:
    """Knows how long runs would take that begin now, and learns from what they took.

    All runs of a comparison or a study use the same engine.

    Attributes:
        estimator: Measures.
    """

    def __init__(self, session: Session, estimator: Estimator) -> None:
        self.estimator = estimator
        self._session = session
        self._begun: tuple[Workload, float] | None = None

    # ---- the engine ----------------------------------------------------------------------------

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        raise NotImplementedError

    @property
    def engine(self) -> str:
        """The fast engine, unless it could not be prepared."""
        return PYTORCH if self._session.preparation.state is PreparationState.FAILED else COMPILED

    def is_awaited(self, serves: str) -> bool:
        """Return whether the engine that serves once it is prepared is being prepared."""
        return serves == COMPILED and self._session.preparation.state is PreparationState.GOING_ON

    def note(self, serves: str) -> str:
        """Return what there is to say, beside how long something takes, of what serves once prepared."""
        if PYTORCH in (serves, self.engine):
            return " on the PyTorch engine"
        return ", once the fast engine is prepared" if self.is_awaited(serves) else ""

    # ---- the time ------------------------------------------------------------------------------

    def seconds(self, planned: Workload) -> float | None:
        """Return how long work takes; None while that is measured, or the engine is not prepared."""
        is_awaited = any(self.is_awaited(kind.engine) for kind in planned.kinds)
        return None if is_awaited else self.estimator.seconds(planned)

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
