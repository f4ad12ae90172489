"""A lesson: what a pupil is asked, what runs for it, and what is shown meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.lessons.claim import Claim
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings

UPDATE_PICTURES = (
    "objective",
    "samples",
    "spread",
    "ratio_histograms",
    "effective_samples",
    "kl_estimates",
    "normalised_advantages",
    "loss_terms",
    "forward_pass",
    "value_scatter",
    "cut_off_episode",
    "value_loss_steps",
)
"""Ids of what can be shown of an update; all of it stands on one card."""
PICTURES = ("environment", *UPDATE_PICTURES)
"""Ids of what is no curve."""
CURVES = ("mean_return", *UPDATE_QUANTITIES)
"""Ids of those that are: of the returns, and of each number of an update."""
CARDS = (*PICTURES, *CURVES)
"""Everything a lesson can show."""
CONTROLS = ("step", "speed", "reset", "new_seed")
"""Ids of the controls of the run that a lesson can hide."""
FIRST_SEED = 1
"""The seed of the run that plays, and the first of those that make pairs."""

AnyStep = TypeVar("AnyStep", bound="Step")


class Part(Labelled):
    """The part of the course a lesson belongs to, in their order."""

    RATIO = "ratio", "The ratio"
    CLIPPING = "clipping", "The clip"
    ENTROPY = "entropy", "Entropy"
    BATCHES = "batches", "Batches"
    SEARCH = "search", "Search"
    FOLKLORE = "folklore", "Often said"


class Begin(Labelled):
    """What has happened when a lesson opens."""

    PLAYING = "playing", "The run begins."
    COLLAPSED = "collapsed", "The run has gone wrong."


@dataclass(frozen=True)
class Choice:
    """An answer that can be chosen: its letter, which answers are kept by, and what it says."""

    id: str
    text: str


@dataclass(frozen=True)
class Step:
    """One step of a lesson. `text` stands above it; it may be empty."""

    text: str


@dataclass(frozen=True)
class Predict(Step):
    """What will happen? The run waits for an answer and a line of reason."""

    question: str
    choices: tuple[Choice, ...]
    reason: str


@dataclass(frozen=True)
class Run(Step):
    """The settings are changed and all learn. The changes are the variants of the lesson's comparison."""


@dataclass(frozen=True)
class Look(Step):
    """What was seen? Asked before it is explained.

    Attributes:
        expected: Id of the right choice; empty where none is marked.
        point: Id of the card that is lit; empty for none.
    """

    question: str
    choices: tuple[Choice, ...]
    expected: str = ""
    point: str = ""


@dataclass(frozen=True)
class Explain(Step):
    """Why it was so.

    Attributes:
        explanation: Its paragraphs, separated by empty lines.
        point: As of `Look`.
    """

    explanation: str
    point: str = ""


@dataclass(frozen=True)
class Verdict(Step):
    """What the runs of paired seeds say to the lesson's claims."""

    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Transfer(Step):
    """Where to try it next: another environment, with these settings."""

    settings: RunSettings


@dataclass(frozen=True)
class Axis:
    """The fixed ends of the axis of a curve, in the unit of the events, a percentage as a share of 1."""

    low: float
    high: float


@dataclass(frozen=True)
class Lesson:
    """Everything that stands in a lesson's file.

    Attributes:
        id: What it is known by; it never changes.
        comparison: What runs: first the lesson's own settings, then each change, with paired seeds.
        show: Ids of the cards that are shown, in their order.
        sliders: The hyperparameters a pupil may see and change.
        locked: Ids of the controls of the run that are hidden.
        axes: {id of a curve: the ends of its axis}.
        steps: Predict, Run, one Look or more, Explain, Verdict, and perhaps Transfer.
    """

    id: str
    title: str
    part: Part
    minutes: int
    comparison: Comparison
    show: tuple[str, ...]
    sliders: tuple[str, ...]
    locked: tuple[str, ...]
    axes: dict[str, Axis]
    begin: Begin
    steps: tuple[Step, ...]

    def settings(self, variant: int = 0) -> RunSettings:
        """Return what makes the run that plays: the lesson's own settings, or those of a change."""
        first = self.comparison.variants[variant]
        return RunSettings(self.comparison.environment_id, first.algorithm, first.hyperparameters, FIRST_SEED)

    def step(self, kind: type[AnyStep]) -> AnyStep:
        """Return its first step of a kind, of which it has one."""
        return next(step for step in self.steps if isinstance(step, kind))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What it claims of its runs."""
        return self.step(Verdict).claims

    @property
    def transfer(self) -> Transfer | None:
        """Where to try it next; None where it does not say."""
        last = self.steps[-1]
        return last if isinstance(last, Transfer) else None
