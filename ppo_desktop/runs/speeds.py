"""What runs cost on this machine, kept from one start to the next and refined by every run."""

from __future__ import annotations

import json
import logging
import math
import os
import platform
import threading
import time
from collections import Counter
from collections.abc import Generator
from functools import cache, reduce
from pathlib import Path
from typing import Any

from ppo_desktop import __version__
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.events import EngineChanged, Event, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.cost import Cost, RunKind, Work, kind_of, measure_cost, processor_time, update_work
from ppo_desktop.user_files import cache_folder
from ppo_desktop.whole_files import write_whole

SCHEMA = 1
_SAVING_SECONDS = 1.0
"""Shortest time between two times that the file is written because of what runs took."""
_LEARNING = 0.4
"""Weight of what was taken last against all that was taken before."""
_LARGEST_FACTOR = 2.5
_SHORTEST_SECONDS = 0.2
"""What was taken in a shorter time says nothing."""
_MEASURED_SAMPLES = 2048
"""Of the updates that make so many samples one is measured: a busy system is slow to tell a thread's time."""
_ASKING = threading.Lock()
"""Held while it is looked up what is known: runs side by side ask first when they end, all at once."""

logger = logging.getLogger(__name__)


class Speeds:
    """What each kind of work costs here: measured once, corrected by what it has taken since.

    Any thread may use it. A file that is damaged, of another version or of another machine is not used: all
    is measured anew when it is asked for.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._saved_at = -math.inf
        self._costs: dict[RunKind, Cost] = {}
        self._factors: dict[str, float] = {}
        try:
            self._read(json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            logger.warning("What runs cost is measured anew: %s: %s", file, error)
            self._costs, self._factors = {}, {}

    def is_known(self, kind: RunKind) -> bool:
        """Return whether this kind of run has been measured."""
        return kind in self._costs

    def seconds(self, kind: RunKind, work: Work) -> float:
        """Return the processor time that work of a kind that is known takes."""
        return self._costs[kind].seconds(work) * self.factor(_name(kind))

    def factor(self, name: str, usual: float = 1.0) -> float:
        """Return how much longer than expected something named so has taken; `usual` before it was done."""
        return self._factors.get(name, usual)

    def measure(self, kind: RunKind) -> None:
        """Measure a kind of run, if it is not known; raise whatever the environment does that fails."""
        if not self.is_known(kind):
            cost = measure_cost(kind)
            with self._lock:
                self._costs[kind] = cost
            self._save()

    def learn(self, kind: RunKind, work: Work, taken: float) -> None:
        """Take note of the processor time that work of a kind has taken."""
        if self.is_known(kind):
            self.correct(_name(kind), self._costs[kind].seconds(work), taken)

    def correct(self, name: str, expected: float, taken: float, usual: float = 1.0) -> None:
        """Take note of how much longer than expected something has taken; what was last weighs most.

        Both are in seconds; `usual` as for `factor`.
        """
        if min(expected, taken) <= _SHORTEST_SECONDS:
            return
        factor = min(max(taken / expected, 1 / _LARGEST_FACTOR), _LARGEST_FACTOR)
        with self._lock:
            before = self.factor(name, usual)
            self._factors[name] = before ** (1 - _LEARNING) * factor**_LEARNING
        if time.monotonic() - self._saved_at > _SAVING_SECONDS:
            self._save()

    # ---- the file ------------------------------------------------------------------------------

    def _save(self) -> None:
        """Write it so that a crash in the middle leaves the old file; a failure is logged."""
        with self._lock:
            self._saved_at = time.monotonic()
            kept = {
                "schema": SCHEMA,
                "machine": _machine(),
                "costs": [[*kind, list(cost)] for kind, cost in self._costs.items()],
                "factors": self._factors,
            }
            try:
                write_whole(self._file, json.dumps(kept))
            except OSError as error:
                logger.warning("What runs cost could not be kept in %s: %s", self._file, error)

    def _read(self, kept: dict[str, Any]) -> None:
        """Raise one of several errors unless this has been written by `_save`."""
        if kept["schema"] != SCHEMA or kept["machine"] != _machine():
            raise ValueError("it is of another version or another machine")
        for engine, environment_id, layers, units, numbers in kept["costs"]:
            cost = Cost(*map(_checked, numbers))
            self._costs[RunKind(str(engine), str(environment_id), int(layers), int(units))] = cost
        self._factors = {str(name): _checked(factor) for name, factor in kept["factors"].items()}
        if any(not 1 / _LARGEST_FACTOR <= factor <= _LARGEST_FACTOR for factor in self._factors.values()):
            raise ValueError("a factor is out of range")


def speeds() -> Speeds:
    """Return what is known of this machine, the same in all of this process."""
    with _ASKING:
        return _speeds_in(cache_folder() / "speeds.json")


@cache
def _speeds_in(file: Path) -> Speeds:
    return Speeds(file)


def _name(kind: RunKind) -> str:
    return f"{kind.engine} {kind.environment_id} {kind.hidden_layers}×{kind.hidden_units}"


def _machine() -> list[str]:
    """Return what makes numbers of another machine or version useless here."""
    return [__version__, platform.node(), platform.machine(), str(os.cpu_count())]


def _checked(number: object) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < math.inf:
        raise ValueError(f"{number!r} is not a time")
    return float(number)


class MeasuredTrainer(Trainer):
    """A run that takes note of what its updates cost: at the end `speeds` knows it.

    Some updates stand for all. The first update of an engine does not count, for libraries may be loaded in
    it, nor any in which each step was looked at.
    """

    def __init__(self, settings: RunSettings, engine: Engine) -> None:
        super().__init__(settings, engine)
        self._updates: Counter[tuple[Hyperparameters, int]] = Counter()
        self._seconds = 0.0

    def events(self) -> Generator[Event, None, None]:
        """Yield what happens; see `Trainer.events`."""
        events = super().events()
        taken: float | None = None
        try:
            while True:
                if self.stride == 1:
                    taken = None
                begun = 0.0 if taken is None else processor_time()
                event = next(events, None)
                if taken is not None:
                    taken += processor_time() - begun
                match event:
                    case None:
                        return
                    case UpdateFinished():
                        if taken is not None:
                            self._count(event, taken)
                        taken = None if event.update % self._stands_for() else 0.0
                    case EngineChanged():
                        self._updates.clear()
                        self._seconds, taken = 0.0, None
                    case _:
                        pass
                yield event
        finally:
            events.close()
            speeds().learn(kind_of(self.settings, self.engine.name), self._work_done(), self._seconds)

    def _stands_for(self) -> int:
        """Return how many updates one stands for that is measured."""
        return max(1, _MEASURED_SAMPLES // self.hyperparameters.samples_per_rollout)

    def _count(self, update: UpdateFinished, seconds: float) -> None:
        self._updates[self.hyperparameters, update.epochs_run] += self._stands_for()
        self._seconds += self._stands_for() * seconds

    def _work_done(self) -> Work:
        """Return the work of the updates that count."""
        each = (
            update_work(self.settings.algorithm, values, n_epochs).times(number)
            for (values, n_epochs), number in self._updates.items()
        )
        return reduce(Work.plus, each, Work())
