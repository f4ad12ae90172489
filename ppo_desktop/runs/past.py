"""What has happened in a kept run up to any moment, and the run itself there, as if it had just happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from itertools import chain

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT, Boundary, Checkpoint, NotResumable
from ppo_desktop.ppo.events import (
    FinishReason,
    MinibatchOptimized,
    RunFinished,
    RunStarted,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.rollout import PATH_STEPS
from ppo_desktop.ppo.trainer import LONGEST_STRIDE
from ppo_desktop.runs.history import History
from ppo_desktop.runs.keeping import KeptTrainer
from ppo_desktop.runs.kept import KeptRun

REMEMBER_SECONDS = 0.02
"""Seconds of learning again after which it is remembered where the run is."""
MOST_REMEMBERED_BYTES = 32_000_000
"""Of a run; what was remembered first is forgotten."""
_ENDS_AGAIN = (FinishReason.COMPLETED, FinishReason.SOLVED, FinishReason.DIVERGED)


class Visit:
    """A kept run on its way to the end of one of its updates; if it was over after that, to its own end.

    Args:
        run: It goes on from where it is.
        target: The update.
        is_last: Whether that is the last one that is known.
        to_its_end: Whether the run was over after it.
        remember: Called with the run after every update on the way.

    Attributes:
        run: It goes on when it is asked for the next of `events`.
        events: What happens from then on.
        target: The update.
        minibatch: The last one on the way.
        update: The last update on the way; None where it was there at once.
        end: How it ended there, if it has.
    """

    def __init__(
        self,
        run: KeptTrainer,
        target: int,
        remember: Callable[[KeptTrainer], None],
        *,
        is_last: bool,
        to_its_end: bool,
    ) -> None:
        self.run, self.events, self.target = run, run.events(), target
        self.minibatch: MinibatchOptimized | None = None
        self.update: UpdateFinished | None = None
        self.end: RunFinished | None = None
        self._is_last, self._to_its_end = is_last, to_its_end
        self._remember = remember
        run.stride = LONGEST_STRIDE
        next(self.events)  # that it has begun; from now on it closes what it uses

    @property
    def is_there(self) -> bool:
        """Whether the run has arrived."""
        return self.run.update == self.target and (self.end is not None or not self._to_its_end)

    @property
    def updates_left(self) -> int:
        """Updates that are still to be done again."""
        return self.target - self.run.update

    @property
    def wanted(self) -> Hyperparameters:
        """The values that are, or will be, in force there."""
        return self.run.asked_for if self._is_last else self.run.wanted

    def go_on(self) -> None:
        """Take the next event.

        Raises:
            NotResumable: The run does not go on as it did.
        """
        match event := next(self.events, None):
            case None:
                raise _otherwise()
            case RunFinished():
                self.end = event
            case MinibatchOptimized():
                self.minibatch = event
            case UpdateFinished():
                self.update = event
                self._remember(self.run)
            case _:
                pass
        if self.run.update > self.target or (
            self.end is not None and not (self._to_its_end and self.is_there)
        ):
            raise _otherwise()

    def close(self) -> None:
        """Let go of the run."""
        self.events.close()


def _otherwise() -> NotResumable:
    return NotResumable("it does not go on as it did")


class Past:
    """All of a kept run, with what came before it in those it is a branch of."""

    def __init__(self, kept: KeptRun) -> None:
        self.kept = kept
        self._remembered: dict[int, Checkpoint] = {}
        self._remembered_at = 0.0

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

    def history(self, update: int, heard_until: Boundary | None = None) -> History:
        """Return what had happened by the end of an update.

        Args:
            update: One that is kept.
            heard_until: Up to where it counts what was asked of the run; the end of that update if None.
        """
        line = [(kept, min(last, update)) for kept, last in reversed(self.kept.line)]
        changes = [
            change for kept, last in line for change in kept.journal.changes() if change.update <= last
        ]
        pieces = chain.from_iterable(kept.journal.pieces(last) for kept, last in line)
        last = Boundary(update + 1, BEFORE_ROLLOUT) if heard_until is None else heard_until
        wishes = [wish for wish in self.kept.wishes().values if wish[0] <= last]
        return History.of_past(self.kept.settings, pieces, changes, wishes)

    def owner(self, update: int) -> KeptRun:
        """Return the run that has learnt in an update: this one, or one that it goes on from."""
        return next(
            (kept for kept, _ in self.kept.line if update > kept.journal.begins_after), self.kept.line[-1][0]
        )

    def history_of(self, run: KeptTrainer) -> History:
        """Return all that had happened, but for its end, where a run is now that does it again."""
        history = self.history(run.update, run.hears_until)
        history.add(RunStarted(run.settings, run.engine.spaces.n_actions, run.engine.name, run.update))
        history.steps, history.updates, history.best = run.steps, run.update, run.best
        return history

    def visit(self, update: int, *, as_branch: bool = False) -> Visit:
        """Let the run go on from so long before the end of an update that its samples and paths are seen.

        Args:
            update: One that is kept.
            as_branch: Whether it will go on in another way: what was asked of it later is not asked again.

        Raises:
            NotResumable: It cannot go on from any keyframe before.
            UnsupportedEnvironment: The environment cannot be trained on.
            EnvironmentFailure: It failed.
        """
        last, end = self.kept.journal.updates, self.kept.journal.end
        shown = 1 + PATH_STEPS // self.kept.settings.hyperparameters.rollout_length
        if as_branch:
            run = self.kept.resumed(update, replayed=shown, known=self._remembered)
        else:
            run = self.kept.resumed(replayed=last - update + shown, known=self._remembered)
        has_ended = end is not None and end.reason in _ENDS_AGAIN
        return self._visit(run, update, to_its_end=has_ended and update == last and not as_branch)

    def visit_at_once(self, update: int) -> Visit | None:
        """Return the run at the end of an update before its last; None where it must learn again for that.

        Nothing is known of its last rollouts and minibatches. What an environment of somebody else does is
        looked at, and so is always done again.

        Raises: as `visit` does.
        """
        last = self.kept.journal.updates
        is_known = update in self._remembered or self.kept.has_exactly(update)
        if update >= last or not is_known or self.kept.settings.environment_id not in KNOWN_ENVIRONMENTS:
            return None
        run = self.kept.resumed(replayed=last - update, known=self._remembered)
        if run.update == update:
            return self._visit(run, update, to_its_end=False)
        run.engine.close()  # the keyframe is damaged, or has made room
        return None

    def _visit(self, run: KeptTrainer, update: int, *, to_its_end: bool) -> Visit:
        is_last = update == self.kept.journal.updates
        self._remembered_at = time.perf_counter()
        return Visit(run, update, self._remember, is_last=is_last, to_its_end=to_its_end)

    def _remember(self, run: KeptTrainer) -> None:
        """Have the way back here be short for a while."""
        now = time.perf_counter()
        if now - self._remembered_at < REMEMBER_SECONDS or run.caveat or run.update in self._remembered:
            return
        self._remembered_at = now
        with suppress(NotResumable):
            self._remembered[run.update] = run.checkpoint()
        while sum(map(_size_of, self._remembered.values())) > MOST_REMEMBERED_BYTES:
            del self._remembered[next(iter(self._remembered))]


def _size_of(checkpoint: Checkpoint) -> int:
    learnt = checkpoint.learner.learnt
    return learnt.parameters.nbytes + sum(moment.nbytes for moment in learnt.moments.values())
