"""What the learner tells the window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.events import Event, Frame, MinibatchOptimized, StepsTaken, Survey
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import History
from ppo_desktop.runs.journal import Parent


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What happened since the last report.

    Attributes:
        events: Everything but steps and minibatches, in order.
        latest: The last step or minibatch: where the run is now.
        minibatch: The last minibatch, with its samples.
        frame: What the chosen agent sees now.
        survey: What policy and critic think everywhere; None if nobody asked, or not long ago.
        taken: Steps and gradient steps since the last report, at most.
        state_entropies: Of the update that led to a moment that was gone to, once it has been done again.
    """

    events: tuple[Event, ...]
    latest: StepsTaken | MinibatchOptimized | None
    minibatch: MinibatchOptimized | None
    frame: Frame | None
    survey: Survey | None = None
    taken: int = 0
    state_entropies: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RunOpened:
    """Run `number` is there, and rests at its first moment, or at one that was asked for.

    Attributes:
        wanted: The values that are, or will be, in force there.
        history: What had happened by then.
        run: Id by which it is kept.
        last_update: Number of its last update that is known.
        is_ours: Whether it is kept when it goes on: not if it learns elsewhere, or is another one.
        doubt: Why it may be another one than was kept, in one line.
        parent: Of which run it is a branch.
        whole: All that is known of it, however much later; None of a new run.
        of_parent: All that is known of the run it is a branch of.
        branched_at: The environment step at which it left that.
    """

    number: int
    settings: RunSettings
    wanted: Hyperparameters
    engine: str
    history: History
    run: str = ""
    last_update: int = 0
    is_ours: bool = True
    doubt: str = ""
    parent: Parent | None = None
    whole: History | None = None
    of_parent: History | None = None
    branched_at: int | None = None


@dataclass(frozen=True, slots=True)
class NoLongerKept:
    """Run `number` goes on without being kept: why, in a few words, and what its last update is that is."""

    number: int
    why: str
    last_update: int


@dataclass(frozen=True, slots=True)
class RoomMade:
    """So many of the oldest runs were removed, so that all that are kept have room."""

    n_runs: int


@dataclass(frozen=True, slots=True)
class RunningChanged:
    """Run `number` goes on, or rests."""

    number: int
    is_running: bool


@dataclass(frozen=True, slots=True)
class BreakpointHit:
    """Run `number` has paused at its breakpoint: where, and by which value, in one line."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class RunRefused:
    """Run `number` could not be made: why, in one line."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something went wrong that ends nothing: what, in one line."""

    message: str


@dataclass(frozen=True, slots=True, eq=False)
class SampleSeen:
    """What the agent of a sample of run `number` saw."""

    number: int
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class PolicyCopied:
    """What run `number` acts with."""

    number: int
    moment: PolicyMoment


News = (
    Report
    | RunOpened
    | NoLongerKept
    | RoomMade
    | RunningChanged
    | BreakpointHit
    | RunRefused
    | Warned
    | SampleSeen
    | PolicyCopied
)
