"""What the next start of something would do, how long that takes, and which engine does it."""

from __future__ import annotations

import logging
import threading
import time

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.runs.abandoned import join_for_a_moment
from ppo_desktop.runs.cost import EngineNotReady, RunKind
from ppo_desktop.runs.processors import free_processors, give_way
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.runs.workload import Workload

FRESH_SECONDS = 60.0
"""Time after which it is looked again how busy the machine is, when it is asked for: not all the time."""
_CLOSING_SECONDS = 5.0
"""How long closing waits for a measurement; of an environment that is not ours it waits for none."""

logger = logging.getLogger(__name__)


class StartEstimate(QObject):
    """Knows how long runs would take that begin now, and learns from what they took.

    What is not known is measured in a thread of its own, just before it is said; nothing before `set_active`,
    so that a hidden page takes no time. All runs of a comparison or a study use the same engine.
    """

    measured = Signal()
    """Something can be said that could not, or is no longer as it was."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._begun: tuple[Workload, float] | None = None
        self._free: dict[int, tuple[float, float]] = {}
        self._failed: set[RunKind] = set()
        self._wanted: Workload | None = None
        self._thread: threading.Thread | None = None
        self._is_measuring = False
        self._is_active = False
        self._is_closed = False
        application = QCoreApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._look_again)

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

    def set_active(self, active: bool) -> None:
        """Measure what is asked for from now on; or rest."""
        if active is self._is_active:
            return
        self._is_active = active
        if active:
            self.measured.emit()

    @Slot(Qt.ApplicationState)
    def _look_again(self, state: Qt.ApplicationState) -> None:
        """Say what can be said now to somebody who comes back to the window."""
        if self._is_active and state is Qt.ApplicationState.ApplicationActive:
            self.measured.emit()

    def seconds(self, workload: Workload) -> float | None:
        """Return how long work takes; None while that is measured, or the engine is not prepared."""
        is_awaited = any(self._is_awaited(kind.engine) for kind in workload.kinds)
        return None if is_awaited else self._measured_seconds(workload)

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

    def close(self) -> None:
        """Measure nothing more; waits for a measurement, but not of an environment that is not ours."""
        self._is_closed = True
        if self._thread is not None and self._wanted is not None:
            is_ours = all(kind.environment_id in KNOWN_ENVIRONMENTS for kind in self._wanted.kinds)
            join_for_a_moment([self._thread], _CLOSING_SECONDS if is_ours else 0.0)

    # ---- how it is measured --------------------------------------------------------------------

    def _measured_seconds(self, workload: Workload) -> float | None:
        """Return how long work takes; None while that is measured, or where it cannot be."""
        known = speeds()
        missing = [kind for kind in workload.kinds if not known.is_known(kind)]
        processors, looked_at = self._free.get(workload.threads, (0.0, 0.0))
        is_stale = not processors or time.monotonic() - looked_at > FRESH_SECONDS
        if self._failed.isdisjoint(missing) and (missing or is_stale):
            self._measure(workload)
        return None if missing or not processors else workload.seconds(known, processors)

    def _measure(self, workload: Workload) -> None:
        """Begin to measure unless a measurement goes on; what it delays is measured when asked for again."""
        if self._is_active and not self._is_closed and not self._is_measuring:
            self._wanted = workload
            self._is_measuring = True
            self._thread = threading.Thread(target=self._look, args=(workload,), name="estimate", daemon=True)
            self._thread.start()

    def _look(self, workload: Workload) -> None:
        give_way()
        try:
            is_new = self._find_out(workload)
        finally:
            self._is_measuring = False  # before the signal, whose receivers may ask for something else
        if is_new and not self._is_closed:
            self.measured.emit()

    def _find_out(self, workload: Workload) -> bool:
        """Measure what is not known; return whether there is anything new to say."""
        for kind in workload.kinds:
            if self._is_closed:
                return False
            try:
                speeds().measure(kind)
            except EngineNotReady:
                return False  # measured when it is there and asked for again
            except Exception as error:
                logger.warning("What %s costs could not be measured: %s", kind, what_went_wrong(error))
                self._failed.add(kind)
        if not self._is_closed:
            self._free[workload.threads] = free_processors(workload.threads), time.monotonic()
        return True
