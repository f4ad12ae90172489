"""What the next start of a comparison would do, and how long it would take."""

from __future__ import annotations

from collections.abc import Mapping

from ppo_desktop.bridge.planning import Planning
from ppo_desktop.bridge.preparation import PreparationState
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.estimate import estimated_seconds
from ppo_desktop.comparison.extent import extent as extent_of
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import is_covered


class EngineOutlook:
    """Knows which engine would do runs that begin now: all runs of a comparison or a study use the same."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def engine(self) -> str:
        """The fast engine, unless it could not be prepared."""
        return PYTORCH if self._session.preparation.state is PreparationState.FAILED else COMPILED

    def is_awaited(self, environment_id: str) -> bool:
        """Return whether the fast engine is being prepared and would serve an environment."""
        going_on = self._session.preparation.state is PreparationState.GOING_ON
        return going_on and is_covered(environment_id)

    def is_fast(self, environment_id: str) -> bool:
        """Return whether the fast engine does, or will do, the runs of an environment."""
        return is_covered(environment_id) and self.engine == COMPILED

    def note(self, environment_id: str) -> str:
        """Return what there is to say of the engine beside how long something takes; else empty."""
        if not self.is_fast(environment_id):
            return " on the PyTorch engine"
        return ", once the fast engine is prepared" if self.is_awaited(environment_id) else ""


class Outlook:
    """Compares what is set up with what is shown; knows this machine's speed once runs have run."""

    def __init__(self, session: Session, planning: Planning) -> None:
        self._engine = EngineOutlook(session)
        self._planning = planning
        self._slowness = 1.0

    @property
    def engine(self) -> str:
        """The fast engine, unless it could not be prepared."""
        return self._engine.engine

    @property
    def is_waiting_for_engine(self) -> bool:
        """Whether the fast engine is being prepared and would serve."""
        return self._engine.is_awaited(self._planning.draft.environment_id)

    def take_speed(self, comparison: Comparison, steps_per_second: float) -> None:
        """Take note of how fast the runs of a comparison go on this machine."""
        usual = comparison.work / self._usual_seconds(comparison)
        self._slowness = usual / steps_per_second

    def missing(self, shown: Comparison | None, records: Mapping[RunKey, RunRecord]) -> list[RunKey]:
        """Return the runs that are set up and not done, if they belong to the comparison shown."""
        plan = self._planning.planned
        if shown is None or plan is None or plan.n_seeds < shown.n_seeds:
            return []
        if shown.with_seeds(plan.n_seeds).titled(plan.title) != plan:
            return []
        return [key for key in plan.run_keys() if key not in records or records[key].end is None]

    def extent(self, shown: Comparison | None, records: Mapping[RunKey, RunRecord]) -> str:
        """Return how many runs the next start would train, how much work and time, or why it cannot."""
        plan = self._planning.planned
        if plan is None:
            return self._planning.complaint
        to_come = len(self.missing(shown, records)) or plan.n_runs
        seconds = self._slowness * self._usual_seconds(plan) * to_come / plan.n_runs
        return extent_of(plan, to_come, seconds) + self._engine.note(plan.environment_id)

    def _usual_seconds(self, comparison: Comparison) -> float:
        """How long it would take on the machine that estimates were made on."""
        return estimated_seconds(comparison, fast=self._engine.is_fast(comparison.environment_id))
