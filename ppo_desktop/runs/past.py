"""What has happened in a kept run up to any moment, and the run itself there, as if it had just happened."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.events import (
    Event,
    FinishReason,
    MinibatchOptimized,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.rollout import PATH_STEPS
from ppo_desktop.ppo.trainer import LONGEST_STRIDE
from ppo_desktop.runs.history import History
from ppo_desktop.runs.keeping import KeptTrainer
from ppo_desktop.runs.kept import KeptRun

_ENDS_AGAIN = (FinishReason.COMPLETED, FinishReason.SOLVED, FinishReason.DIVERGED)


class GivenUp(Exception):
    """Nobody wants to know any more."""


@dataclass(eq=False)
class Visit:
    """A kept run at one of its moments.

    Attributes:
        run: It goes on from there when it is asked for the next of `events`.
        events: What happens from then on.
        wanted: The values that are, or will be, in force there.
        history: All that has happened before, but for its end.
        minibatch: The last one before.
        update: The last update before; None at the very beginning.
        end: How it ended there, if it has.
    """

    run: KeptTrainer
    events: Generator[Event, None, None]
    wanted: Hyperparameters
    history: History
    minibatch: MinibatchOptimized | None = None
    update: UpdateFinished | None = None
    end: RunFinished | None = None

    def take(self, event: Event) -> None:
        """Take in what happens before that moment."""
        match event:
            case RunFinished():
                self.end = event
                return
            case MinibatchOptimized():
                self.minibatch = event
            case UpdateFinished():
                self.update = event
            case _:
                pass
        self.history.add(event)


class Past:
    """All of a kept run, with what came before it in those it is a branch of."""

    def __init__(self, kept: KeptRun) -> None:
        self.kept = kept

    @cached_property
    def whole(self) -> History:
        """Everything that is known of it."""
        return self.history(self.kept.journal.updates)

    @cached_property
    def of_parent(self) -> History | None:
        """Everything that is known of the run it is a branch of; None where it is none, or that is gone."""
        return Past(self.kept.line[1][0]).whole if len(self.kept.line) > 1 else None

    @property
    def branched_at(self) -> int | None:
        """The environment step at which it left that run; None where it has not, or that is not known."""
        journal = self.kept.journal
        keyframe = journal.keyframes.get(journal.begins_after)
        return None if journal.parent is None or keyframe is None else keyframe.steps

    def history(self, update: int) -> History:
        """Return what had happened by the end of an update."""
        line = [(kept, min(last, update)) for kept, last in reversed(self.kept.line)]
        changes = [
            change for kept, last in line for change in kept.journal.changes() if change.update <= last
        ]
        pieces = chain.from_iterable(kept.journal.pieces(last) for kept, last in line)
        return History.of_past(self.kept.settings, pieces, changes)

    def owner(self, update: int) -> KeptRun:
        """Return the run that has learnt in an update: this one, or one that it goes on from."""
        return next(
            (kept for kept, _ in self.kept.line if update > kept.journal.begins_after), self.kept.line[-1][0]
        )

    def visit(
        self, update: int, *, as_branch: bool = False, given_up: Callable[[], bool] = lambda: False
    ) -> Visit:
        """Return the run at the end of an update, and where that was its last one, at its own end.

        Args:
            update: One that is kept.
            as_branch: Whether it will go on in another way: what was asked of it later is not asked again.
            given_up: Whether nobody wants to know any more, asked again and again.

        Raises:
            NotResumable: It cannot go on from any keyframe before.
            GivenUp: Nobody wants to know any more.
            UnsupportedEnvironment: The environment cannot be trained on.
            EnvironmentFailure: It failed.
        """
        last, end = self.kept.journal.updates, self.kept.journal.end
        shown = 1 + PATH_STEPS // self.kept.settings.hyperparameters.rollout_length
        if as_branch:
            run = self.kept.resumed(update, replayed=shown)
        else:
            run = self.kept.resumed(replayed=last - update + shown)
        has_ended = update == last and not as_branch and end is not None and end.reason in _ENDS_AGAIN
        visit = Visit(run, run.events(), run.wanted, self.history(run.update))
        run.stride = LONGEST_STRIDE
        try:
            visit.take(next(visit.events))
            while run.update < update or (has_ended and visit.end is None):
                if run.update > update or (visit.end is not None and not has_ended):
                    raise NotResumable("it does not go on as it did")
                if given_up():
                    raise GivenUp("something else was asked for")
                visit.take(next(visit.events))
        except BaseException:
            visit.events.close()
            raise
        run.stride = 1
        visit.wanted = run.asked_for if update == last else run.wanted
        return visit
