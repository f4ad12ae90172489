"""What runs cost: the processor time that each kind of work takes on this machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import EpisodeEnded, RunFinished, StepsTaken, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer

# Windows tells a thread's own time in steps of 16 ms, which is too coarse for an update.
processor_time = time.perf_counter if sys.platform == "win32" else time.thread_time
"""Seconds that this thread has computed: the same however busy the machine is, but on Windows."""


LONGEST_MEASURING = 5.0
"""Seconds after which an environment is too slow to be tried before its runs; see `_time_not_waited`."""
_SCHEDULING = Path("/proc/thread-self/schedstat")
"""Where Linux tells what a thread has had of the processors."""


class EngineNotReady(RuntimeError):
    """Another engine serves as yet; the message is one line."""


class RunKind(NamedTuple):
    """What runs have in common whose work costs the same: engine, environment, size of the networks."""

    engine: str
    environment_id: str
    hidden_layers: int
    hidden_units: int


class Work(NamedTuple):
    """What one or several runs do.

    Attributes:
        time_steps: Steps, however many agents take them at once.
        samples: Steps of single agents, evaluated and measured.
        gradient_samples: Samples of all gradient steps.
    """

    runs: float = 0.0
    time_steps: float = 0.0
    samples: float = 0.0
    updates: float = 0.0
    gradient_steps: float = 0.0
    gradient_samples: float = 0.0

    def plus(self, other: Work) -> Work:
        """Return both together."""
        return Work(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def times(self, number: float) -> Work:
        """Return the same so many times."""
        return Work(*(number * mine for mine in self))


class Cost(NamedTuple):
    """Seconds of one processor that one of each item of `Work` takes, beside the items after it."""

    run: float
    time_step: float
    sample: float
    update: float
    gradient_step: float
    gradient_sample: float

    def seconds(self, work: Work) -> float:
        """Return what work costs."""
        return sum(cost * number for cost, number in zip(self, work, strict=True))


def kind_of(settings: RunSettings, engine: str) -> RunKind:
    """Return the kind of a run that this engine serves."""
    values = settings.hyperparameters
    return RunKind(engine, settings.environment_id, values.hidden_layers, values.hidden_units)


def update_work(algorithm: Algorithm, values: Hyperparameters, n_epochs: int | None = None) -> Work:
    """Return the work of one update; of so many epochs, if the target KL ended it early."""
    plan = update_plan(algorithm, values)
    n_epochs = plan.n_epochs if n_epochs is None else n_epochs
    return Work(
        time_steps=values.rollout_length,
        samples=plan.samples,
        updates=1,
        gradient_steps=n_epochs * plan.n_minibatches,
        gradient_samples=n_epochs * plan.samples,
    )


def run_work(algorithm: Algorithm, values: Hyperparameters, steps: int) -> Work:
    """Return the work of a whole run of so many environment steps."""
    n_updates = steps / values.samples_per_rollout
    return Work(runs=1).plus(update_work(algorithm, values).times(n_updates))


# ---- how it is measured ------------------------------------------------------------------------

_SMALL = Hyperparameters(n_envs=1, rollout_length=128, n_minibatches=4, n_epochs=1)
_LARGE = Hyperparameters(n_envs=4, rollout_length=128, n_minibatches=1, n_epochs=1)
_MORE_EPOCHS = 5
_COLLECTING_SECONDS = 0.2
"""Time that the large rollout may take: an environment may be slow."""
_SHORTEST_ROLLOUT = 16
_REPEATS = 3
"""Fewest updates that are measured of a kind; their mean counts, for runs are made of slow ones, too."""
_MEASURING_SECONDS = 0.05
"""Time that they take at least: a single update of the fast engine is over in a millisecond."""
_PATIENCE = 1.0
"""Seconds after which the fewest do, on a machine so busy that they take longer."""


class _Measured(NamedTuple):
    """What making a run took, the rollout of an update, a gradient step, and all else of the update."""

    run: float
    collecting: float
    gradient_step: float
    update: float


def measure_cost(kind: RunKind) -> Cost:
    """Learn from a small and a large rollout, and return what each kind of work took.

    It takes some tenths of a second; more in an environment that is slow. What is loaded when an engine is
    used for the first time is not counted.

    Raises:
        EngineNotReady: The fast engine is still to be prepared.
        Exception: The environment cannot be made, fails, or takes more than `LONGEST_MEASURING`.
    """
    small = _measure(kind, _SMALL)
    longest = int(_SMALL.rollout_length * _COLLECTING_SECONDS / max(small.collecting, 1e-9) / _LARGE.n_envs)
    length = max(_SHORTEST_ROLLOUT, min(_LARGE.rollout_length, longest))
    large = _measure(kind, _LARGE.changed({"rollout_length": length}))
    n_small, n_large = _SMALL.rollout_length, length * _LARGE.n_envs
    time_step, sample = _line((1, small.collecting / n_small), (_LARGE.n_envs, large.collecting / length))
    update, evaluated_sample = _line((n_small, small.update), (n_large, large.update))
    gradient_step, gradient_sample = _line(
        (n_small / _SMALL.n_minibatches, small.gradient_step), (n_large, large.gradient_step)
    )
    return Cost(large.run, time_step, sample + evaluated_sample, update, gradient_step, gradient_sample)


def _line(near: tuple[float, float], far: tuple[float, float]) -> tuple[float, float]:
    """Return offset and slope, neither negative, of the line through two points; it meets the far one."""
    if far[0] <= near[0]:
        return 0.0, far[1] / far[0]
    slope = min(max(0.0, (far[1] - near[1]) / (far[0] - near[0])), far[1] / far[0])
    return far[1] - slope * far[0], slope


def _measure(kind: RunKind, values: Hyperparameters) -> _Measured:
    """Train a run for some updates, the later ones with more epochs."""
    values = values.changed({"hidden_layers": kind.hidden_layers, "hidden_units": kind.hidden_units})
    begun = processor_time()
    settings = RunSettings(kind.environment_id, Algorithm.PPO, values, seed=1)
    trainer = Trainer(settings, make_engine(settings, kind.engine))
    made = processor_time() - begun
    if trainer.engine.name != kind.engine:
        trainer.engine.close()
        raise EngineNotReady(f"The {kind.engine} engine is not prepared yet.")
    with closing(_updates(trainer, _time_not_waited() + LONGEST_MEASURING)) as updates:
        next(updates)  # loads what there is to
        few = _mean(updates)
        trainer.change(values.changed({"n_epochs": _MORE_EPOCHS}))
        many = _mean(updates)
    learning = few.learning
    gradient_step = max(0.0, many.learning - learning) / ((_MORE_EPOCHS - 1) * values.n_minibatches)
    return _Measured(
        run=made,
        collecting=(few.collecting + many.collecting) / 2,
        gradient_step=gradient_step,
        update=max(0.0, learning - values.n_minibatches * gradient_step),
    )


class _Update(NamedTuple):
    """What the rollout of an update took, and all else of it."""

    collecting: float
    learning: float


def _mean(updates: Iterator[_Update]) -> _Update:
    """Return what an update takes on the average."""
    measured: list[_Update] = []
    patient_until = time.perf_counter() + _PATIENCE
    while len(measured) < _REPEATS or (
        sum(map(sum, measured)) < _MEASURING_SECONDS and time.perf_counter() < patient_until
    ):
        measured.append(next(updates))
    return _Update(*map(fmean, zip(*measured, strict=True)))


def _updates(trainer: Trainer, deadline: float) -> Generator[_Update, None, None]:
    """Yield how long each update takes; raise RuntimeError after `deadline` (of `_time_not_waited`)."""
    trainer.stride, trainer.looks_within = LONGEST_STRIDE, True  # in one call nothing could be told apart
    collecting = learning = 0.0
    with closing(trainer.events()) as events:
        begun = processor_time()
        for event in events:
            seconds = processor_time() - begun
            if _time_not_waited() > deadline:
                raise RuntimeError(
                    f"{trainer.settings.environment_id} is too slow to be measured before it runs."
                )
            match event:
                case StepsTaken() | EpisodeEnded():
                    collecting += seconds
                case RunFinished():
                    raise RuntimeError(event.message)
                case _:
                    learning += seconds
            if isinstance(event, UpdateFinished):
                yield _Update(collecting, learning)
                collecting = learning = 0.0
            begun = processor_time()


def _time_not_waited() -> float:
    """Return the time in seconds without that in which this thread had to wait for a processor.

    What others make of a busy machine is no fault of an environment. Only Linux tells how long that was;
    elsewhere all time counts.
    """
    return time.perf_counter() - _seconds_waited()


def _seconds_waited() -> float:
    try:
        return int(_SCHEDULING.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
