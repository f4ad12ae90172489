"""Luck or fate: one moment of a kept run, gone on from again and again with other random numbers."""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ppo_desktop import library
from ppo_desktop.jobs.job import Ended, EndReason, Idle, Job
from ppo_desktop.jobs.moment import USUAL_BRANCHES, Moment
from ppo_desktop.jobs.outbox import Growing
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT, Boundary, NotResumable
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines.choice import make_engine, useful_threads
from ppo_desktop.ppo.events import (
    Event,
    FinishReason,
    HyperparametersChanged,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters, values_line
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.settings import LARGEST_SEED, RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.curve import Curve, Points
from ppo_desktop.runs.history import History
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.keeping import FLUSH_SECONDS, KeptTrainer
from ppo_desktop.runs.kept import Complain, KeptRun, branch
from ppo_desktop.runs.past import Past
from ppo_desktop.runs.runner import RunCancelled, Runner
from ppo_desktop.runs.symptoms import collapse, divergence, fallen_back
from ppo_desktop.user_files import runs_folder

NOTHING: Points = (np.empty(0), np.empty(0))
_ENOUGH = 0.01
"""Part of all steps after which their pace says something."""
_SECONDS = 0.1
"""Shortest time between two times that a branch says how far it is."""
_LONGEST_ON_ITS_WAY = 3.0
"""Seconds for which a moment is waited for that has only just been learnt, and is not on the disk yet."""


class Outcome(Labelled):
    """What has become of a branch by its end; see docs/symptoms.md."""

    COLLAPSED = "collapsed", "collapsed"
    FALLEN_BACK = "fallen_back", "fell back"
    DIVERGED = "diverged", "diverged"
    HELD = "held", "held"
    FAILED = "failed", "failed"


@dataclass(frozen=True, eq=False)
class Branch:
    """How a run has gone on from a moment, with a seed of its own.

    Attributes:
        seed: Of all its random numbers from there on.
        steps: Environment steps since.
        mean_return: Of the last 100 episodes, over environment steps, from the moment on.
        outcome: None while it has not ended.
        message: Why it has failed, in one line.
        run: Id by which it is kept, if it is.
    """

    seed: int
    steps: int = 0
    mean_return: Points = NOTHING
    outcome: Outcome | None = None
    message: str = ""
    run: str = ""


@dataclass(frozen=True, eq=False)
class Fan(Growing):
    """Branches of one moment, as far as they are.

    Attributes:
        settings: Of the run.
        engine: That they learn with.
        moment: Where they begin.
        begins_at: Environment steps of the run at the moment.
        steps: How many each goes on for.
        in_force: The hyperparameters they begin with, but for `changes`.
        can_collapse: Whether actions are discrete: see docs/symptoms.md.
        changes: What is changed for all of them; nothing where only the random numbers are others.
        branches: In the order of their seeds.
        itself: The mean return of the run itself, from the moment on: as long as nothing of it was changed.
        doubt: Why the run may be another one there than was kept, in one line; empty where it is not.
    """

    settings: RunSettings
    engine: str
    moment: Moment
    begins_at: int
    steps: int
    in_force: Hyperparameters
    can_collapse: bool
    changes: Mapping[str, Value]
    branches: tuple[Branch, ...] = ()
    itself: Points = NOTHING
    doubt: str = ""

    @property
    def ended(self) -> list[Branch]:
        """The branches that have ended."""
        return [branch for branch in self.branches if branch.outcome is not None]

    @property
    def is_complete(self) -> bool:
        """Whether all branches have ended."""
        return bool(self.branches) and len(self.ended) == len(self.branches)

    @property
    def counts(self) -> str:
        """How many of those that have ended came to which end, and no more: "6 of 8 collapsed, 2 held".

        With continuous actions, of which no collapse is defined, those that fell back come first.
        """
        ended, first = self.ended, Outcome.COLLAPSED if self.can_collapse else Outcome.FALLEN_BACK
        counts = Counter(branch.outcome for branch in ended)
        most = f"{counts.pop(first, 0)} of {len(ended)} {first.label}"
        others = (f"{counts[outcome]} {outcome.label}" for outcome in Outcome if outcome in counts)
        return ", ".join((most, *others))


class FanJob(Job[Fan]):
    """Lets a run go on from a moment in several branches side by side, for equally many steps.

    Each is the run, gone on with from its checkpoint, with another seed for all that is drawn from there on.
    What would end the run, total steps and being solved, does not end them. Branches are not kept, as equal
    seeds give equal branches; one that is wanted is gone on with again.

    Args:
        moment: Where they begin; the last update that is kept where that is earlier.
        steps: How many environment steps each takes.
        n_branches: How many there are.
        changes: {hyperparameter: value} that all begin with.
        kept_seed: That of the only branch, which is kept in the library; None for several that are not.
    """

    def __init__(
        self,
        moment: Moment,
        steps: int,
        n_branches: int = USUAL_BRANCHES,
        changes: Mapping[str, Value] | None = None,
        *,
        kept_seed: int | None = None,
    ) -> None:
        self._n_branches = 1 if kept_seed is not None else n_branches
        super().__init__(_ENOUGH * steps * self._n_branches)
        self._moment, self._steps, self._changes = moment, steps, changes or {}
        self._kept_seed = kept_seed
        self._learners: list[_Learner] = []

    @property
    def done(self) -> int:
        """Environment steps of all branches so far; those of ended ones count as all of theirs."""
        return sum(learner.steps_done for learner in self._learners)

    @property
    def total(self) -> int:
        """Environment steps of all branches."""
        return self._n_branches * self._steps

    @property
    def worked(self) -> int:
        """Environment steps that have really been taken."""
        return sum(learner.branch.steps for learner in self._learners)

    def _work(self) -> Generator[Fan | Idle, None, Ended]:
        try:
            start = _Start(self._moment, self._steps, self._changes)
        except library.UNUSABLE as error:
            return Ended(EndReason.FAILED, str(error))
        yield (fan := start.fan)
        tell, complaints = partial(self._progressed.put, True), list[str]()
        seeds, complain = other_seeds(fan.settings.seed, self._n_branches), None
        if self._kept_seed is not None:
            seeds, complain = [self._kept_seed], complaints.append
        self._learners = [_Learner(start, seed, tell, complain) for seed in seeds]
        with Runner(useful_threads(fan.engine)) as self._runner:
            self._follow_wishes()
            for learner in self._learners:
                self._runner.add(learner.create, learner.take)
            while not self._is_cancelled and len(fan.ended) < self._n_branches:
                if self._next_progress() is None:
                    yield Idle()
                else:
                    fan = replace(fan, branches=tuple(learner.branch for learner in self._learners))
                    yield fan
        if complaints:
            return Ended(EndReason.FAILED, f"The branch cannot be kept: {complaints[0]}.")
        return Ended(self._reason())


def other_seeds(seed: int, number: int) -> list[int]:
    """Return the seeds of so many branches of a run with `seed`: those that follow it."""
    return [(seed + place) % (LARGEST_SEED + 1) for place in range(1, number + 1)]


def _kept_until(moment: Moment) -> KeptRun:
    """Return a run when a moment of it is on the disk, on its way to which it may be.

    Raises:
        NotResumable: It does not come there.
        Exception: One of `library.UNUSABLE`.
    """
    deadline = time.monotonic() + _LONGEST_ON_ITS_WAY
    while (kept := library.open_run(moment.run)).journal.updates < moment.update:
        if time.monotonic() > deadline:
            raise NotResumable(f"its update {moment.update} is not kept")
        time.sleep(FLUSH_SECONDS / 2)
    return kept


class _Start:
    """Where all branches begin: the checkpoint, what the run had said by then, and how it went on itself.

    Raises:
        NotResumable: The run cannot go on from there.
        Exception: One of `library.UNUSABLE`.
    """

    def __init__(self, moment: Moment, steps: int, changes: Mapping[str, Value]) -> None:
        update = moment.update
        kept, own = _kept_until(moment), dict[str, Value]()
        if update == kept.journal.begins_after and update in kept.journal.keyframes:
            for boundary, values in kept.journal.wishes:
                own |= values if boundary == Boundary(update + 1, BEFORE_ROLLOUT) else {}
        else:
            kept = Past(kept).owner(update)
        run = kept.restore(update)
        with closing(run.engine):
            self._checkpoint = run.checkpoint()
        self._wanted = _unlimited(run.wanted.changed({**own, **changes}), run.steps + steps)
        run.change(self._wanted)  # refused once, instead of by each branch
        self.past = Past(kept).history(update)
        self.past.hyperparameters = run.hyperparameters
        self.fan = Fan(
            settings=replace(run.settings, seed=kept.settings.seed),  # of what comes after the moment
            engine=run.engine.name,
            moment=Moment(kept.folder.name, update),
            begins_at=run.steps,
            steps=steps,
            in_force=run.hyperparameters,
            can_collapse=run.engine.spaces.n_actions is not None,
            changes=changes,
            doubt=kept.doubt_of(run),
        )
        curve = self.new_curve()
        for event in _as_it_went_on(kept, update, own):
            if event.steps <= run.steps + steps:
                curve.append(event.steps, event.mean_return_100)
        self.fan = replace(self.fan, itself=curve.means())

    def new_curve(self) -> Curve:
        """Return what the run's mean return was at the moment, to go on from."""
        curve, before = Curve(), self.past.curve("mean_return").last
        if before is not None:
            curve.append(self.fan.begins_at, before)
        return curve

    def branch(self, seed: int, complain: Complain | None) -> KeptTrainer:
        """Return the run as it goes on with another seed; it is kept where somebody is told why it is not."""
        checkpoint, moment = self._checkpoint, self.fan.moment
        run = KeptTrainer.resumed(checkpoint, make_engine(checkpoint.settings, checkpoint.engine))
        run.reseed(seed)
        if complain is not None:
            branch(runs_folder(), run, Parent(moment.run, moment.update), complain)
        run.change(self._wanted)
        return run


class _Learner:
    """A branch on its way through the runner's threads; `branch` is how far it is."""

    def __init__(self, start: _Start, seed: int, tell: Callable[[], None], complain: Complain | None) -> None:
        self.branch = Branch(seed)
        self._start, self._tell, self._complain = start, tell, complain
        self._history = copy.deepcopy(start.past)
        self._curve = start.new_curve()
        self._told_at = 0.0

    @property
    def steps_done(self) -> int:
        """Environment steps so far; of one that has ended all of them."""
        steps = self._start.fan.steps
        return min(self.branch.steps, steps) if self.branch.outcome is None else steps

    def create(self) -> Trainer:
        """Make the run."""
        run = self._start.branch(self.branch.seed, self._complain)
        if run.keeper is not None:
            self.branch = replace(self.branch, run=run.keeper.folder.name)
        return run

    def take(self, event: Event) -> None:
        """Take in what the run says, and end it when it has gone on for long enough."""
        self._history.add(event)
        match event:
            case UpdateFinished():
                self._advance(event)
            case RunFinished():
                self._show(event.steps)
                self._end(Outcome.FAILED if event.reason is FinishReason.FAILED else None, event.message)
            case _:
                pass

    def _advance(self, event: UpdateFinished) -> None:
        fan, now = self._start.fan, time.monotonic()
        self._curve.append(event.steps, event.mean_return_100)
        if event.steps >= fan.begins_at + fan.steps:
            self._show(event.steps)
            self._end()
            raise RunCancelled
        if now - self._told_at >= _SECONDS:
            self._told_at = now
            self._show(event.steps)
            self._tell()

    def _show(self, steps: int) -> None:
        since = max(0, steps - self._start.fan.begins_at)  # one that could not be made has no steps
        self.branch = replace(self.branch, steps=since, mean_return=self._curve.means())

    def _end(self, outcome: Outcome | None = None, message: str = "") -> None:
        self.branch = replace(self.branch, outcome=outcome or _outcome(self._history), message=message)
        self._tell()


def _unlimited(wanted: Hyperparameters, until: int) -> Hyperparameters:
    """Return values with which a run is not over before so many steps."""
    total = None if wanted.total_steps is None else max(wanted.total_steps, until)
    return wanted.changed({"stop_when_solved": False, "total_steps": total})


def _as_it_went_on(kept: KeptRun, update: int, own: Mapping[str, Value]) -> Iterator[UpdateFinished]:
    """Yield the updates of a run after one of them, as long as nothing but to its own values was changed."""
    for event in kept.events():
        if isinstance(event, UpdateFinished) and event.update > update:
            yield event
        elif isinstance(event, HyperparametersChanged) and event.update > update and _is_other(event, own):
            return


def _is_other(event: HyperparametersChanged, own: Mapping[str, Value]) -> bool:
    """Whether something was changed to another value than its own."""
    return any(own.get(name, old) != new for name, (old, new) in event.changes.items())


def _outcome(history: History) -> Outcome:
    """Return what has become of a run by the symptoms it shows."""
    detectors = {
        Outcome.DIVERGED: divergence,
        Outcome.COLLAPSED: collapse,
        Outcome.FALLEN_BACK: fallen_back,
    }
    return next((outcome for outcome, detect in detectors.items() if detect(history)), Outcome.HELD)


def moment_words(fan: Fan) -> str:
    """Return which moment of which run the branches begin at."""
    settings = fan.settings
    name = run_name(settings.environment_id, settings.algorithm, settings.seed)
    return _going_on(name, f"update {grouped(fan.moment.update)}, step {grouped(fan.begins_at)}", fan.steps)


def planned_words(name: str, moment: Moment, steps: int) -> str:
    """Return at which moment of a run branches are to begin, before it is known at which of its steps.

    Args:
        name: As of `run_name`.
        moment: Where they are to begin.
        steps: How many each is to go on for.
    """
    return _going_on(name, f"update {grouped(moment.update)}", steps)


def run_name(environment_id: str, algorithm: Algorithm, seed: int) -> str:
    """Return what a run is called: "CartPole-v1, PPO, seed 1"."""
    return f"{environment_id}, {algorithm.label}, seed {seed}"


def _going_on(name: str, after: str, steps: int) -> str:
    return f"{name}, after {after}: {counted(steps, 'step')} each, with other random numbers"


def change_words(fan: Fan) -> str:
    """Return what is changed in a fan."""
    return values_line(fan.changes) or "Nothing changed"


def result_words(fan: Fan, *, is_growing: bool) -> str:
    """Return how many branches of a fan came to which end; one that does not grow any more may be stopped."""
    what = change_words(fan)
    if fan.is_complete:
        return f"{what}: {fan.counts}"
    furthest = max((branch.steps for branch in fan.branches), default=0)
    if not is_growing:
        counts = fan.counts if fan.ended else "no branch had ended"
        return f"{what}, stopped after {counted(furthest, 'step')}: {counts}"
    if fan.ended:
        return f"{what}, so far: {fan.counts}"
    return f"{what}, so far {grouped(furthest)} of {counted(fan.steps, 'step')}: no branch has ended yet"
