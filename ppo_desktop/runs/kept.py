"""Runs on disk: a folder each, with a journal and keyframes; opened, and gone on with from any update."""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path

from filelock import FileLock, Timeout

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.checkpoint import Checkpoint, NotResumable, Wishes
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.engines import COMPILED, ENGINE_LABELS
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.hyperparameters import changed_fields
from ppo_desktop.ppo.messages import counted, one_line
from ppo_desktop.ppo.policy_state import PolicyMoment, Snapshot
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.journal import (
    FORMAT,
    LONGEST_LINE,
    Journal,
    KeptEvent,
    Keyframe,
    Parent,
    Row,
    journal_of,
)
from ppo_desktop.runs.keeping import JOURNAL, Keeper, KeptTrainer, RunWriter, keyframe_file
from ppo_desktop.runs.keyframe import LARGEST, UnreadableKeyframe, checkpoint_of
from ppo_desktop.schema import NOT_UNDERSTOOD, JsonObject, UnusableFile, check_module, fault_of, text
from ppo_desktop.whole_files import read_bounded

LARGEST_JOURNAL = 1_000_000_000
"""Bytes; as many numbers as there may be have room."""
_LOCK = "open"
logger = logging.getLogger(__name__)

Complain = Callable[[str], None]
"""Called once, in another thread, with why a run is no longer kept."""


BEGINS_NEW_EPISODES = (
    "The environment does not do again what it has done: "
    "the run goes on with what it had learnt, in new episodes."
)


class UnreadableRun(ValueError):
    """A folder that holds no run, or one that cannot be understood; the message is one line."""


class KeptRun:
    """A run in its folder, as far as it is kept.

    Attributes:
        folder: Where it is; its name is the run's id.
        journal: What is said there.

    Raises:
        UnreadableRun: It cannot be read, or holds something else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._size = _size_of(folder / JOURNAL)
        self.journal = _read(folder / JOURNAL)

    @property
    def settings(self) -> RunSettings:
        """What made the run."""
        return self.journal.settings

    @property
    def is_up_to_date(self) -> bool:
        """Whether nothing has been written since it was read."""
        return _size_of(self.folder / JOURNAL) == self._size

    @property
    def damage(self) -> str:
        """What of the run cannot be read, or is not known to this version, in one line."""
        if n_lines := sum(kept.journal.n_left_out for kept, _ in self.line):
            return f"The run is damaged: {counted(n_lines, 'line')} of its file could not be read."
        return self.journal.unknown.sentence("its file")

    def doubt_of(self, run: KeptTrainer) -> str:
        """Return why a run that goes on from here may be another one, in one line; empty where it is not."""
        return run.caveat or self.damage

    @cached_property
    def line(self) -> tuple[tuple[KeptRun, int], ...]:
        """This run and those that it goes on from, each with the last update that counts, nearest first."""
        line, seen = [(self, self.journal.updates)], {self.folder.name}
        parent = self.journal.parent
        while parent is not None and parent.run not in seen and Path(parent.run).name == parent.run:
            seen.add(parent.run)
            try:
                earlier = KeptRun(self.folder.with_name(parent.run))
            except (UnreadableRun, ValueError) as error:
                logger.warning("What %s is a branch of: %s", self.folder.name, error)
                break
            line.append((earlier, min(parent.update, line[-1][1])))
            parent = earlier.journal.parent
        return tuple(line)

    @property
    def first_update(self) -> int:
        """The first one at whose end the run can be had again."""
        return self.line[-1][0].journal.begins_after

    def events(self) -> Iterator[KeptEvent]:
        """Yield what the run has said, as far as it is kept: of an update not its entropies by state."""
        return self.journal.events()

    def restore(self, update: int | None = None) -> KeptTrainer:
        """Return the run after an update, or where it was last.

        Where its environment does not do the same again it is what was learnt by the last keyframe before,
        in new episodes: see `KeptTrainer.caveat`.

        Raises:
            NotResumable: It cannot go on from any keyframe before.
            UnsupportedEnvironment: The environment cannot be trained on.
            EnvironmentFailure: It failed.
        """
        is_there = self.settings.environment_id in KNOWN_ENVIRONMENTS and self.has_exactly(update)
        run = self.resumed(update, replayed=0 if is_there else 1)
        try:
            run.catch_up(self.journal.updates if update is None else update)
            if not run.caveat or run.settings.environment_id in KNOWN_ENVIRONMENTS:
                return run
        except BaseException:
            run.engine.close()
            raise
        run.engine.close()
        return self._with_what_was_learnt(run.update)

    def policy_moment(self, update: int | None = None) -> PolicyMoment:
        """Return what the run acted with after an update, or where it was last.

        Raises:
            NotResumable: It cannot go on from any keyframe before.
            UnsupportedEnvironment: The environment cannot be trained on.
            EnvironmentFailure: It failed.
        """
        run = self.restore(update)
        with closing(run.engine):
            return replace(run.policy_moment(), doubt=self.doubt_of(run))

    def keep(self, run: KeptTrainer, complain: Complain) -> bool:
        """Keep what this run, which goes on from here, will learn.

        Return whether that is done: not where somebody else does it, nor of a run with a caveat. Where its
        folder cannot be written that is complained of when there is something to write.
        """
        lock = lock_of(self.folder)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        except (OSError, NotImplementedError):  # the latter where a file system has no locks
            logger.info("The folder of %s cannot be locked", self.folder.name)
        if not self.is_up_to_date or run.caveat:  # somebody has gone on with it since, or it is another run
            lock.release()
            return False
        run.redo(self.wishes())
        run.keeper = Keeper(RunWriter(self.folder, lock, self.journal, complain), self.journal)
        return True

    def has_exactly(self, update: int | None) -> bool:
        """Whether the run that learnt in an update, by default its last, took a keyframe right after it."""
        return self._exact_keyframe(update) is not None

    def checkpoint_at(self, update: int | None = None) -> Checkpoint | None:
        """Return where the run was right after an update, by default its last; nothing is learnt again.

        Return None where no keyframe was taken then, or it cannot be read.
        """
        found = self._exact_keyframe(update)
        return None if found is None else found[0]._checkpoint(found[1])

    def _exact_keyframe(self, update: int | None) -> tuple[KeptRun, Keyframe] | None:
        update = self.journal.updates if update is None else update
        for kept, last in self.line:
            keyframe = kept.journal.keyframes.get(update)
            if kept.journal.begins_after < update <= last and keyframe is not None:
                return kept, keyframe
        return None

    def resumed(
        self, update: int | None = None, *, replayed: int = 1, known: Mapping[int, Checkpoint] | None = None
    ) -> KeptTrainer:
        """Return the run at most at `update`, which it reaches by itself when it is asked for events.

        What was changed on its way is changed again.

        Args:
            update: Where to go; what was asked of it after that is left out. None for where it was last.
            replayed: Fewest updates that are to be done again, so that there is something to be seen of
                them, as long as the run has as many.
            known: Where it can go on from besides its keyframes, by update.

        Raises:
            NotResumable: It cannot go on from any keyframe before.
            UnsupportedEnvironment: The environment cannot be trained on.
            EnvironmentFailure: It failed.
        """
        begin = (self.journal.updates if update is None else update) - replayed
        wishes = self.wishes() if update is None else self.wishes().until(update)
        for checkpoint in self._checkpoints(begin, known):
            try:
                engine = _engine(checkpoint.settings, checkpoint.engine)
                run = KeptTrainer.resumed(checkpoint, engine)
            except NotResumable as error:
                logger.warning("Keyframe %d of %s: %s", checkpoint.update, self.folder, error)
            else:
                run.before_update = partial(self._learnt_before, checkpoint)
                return self._redone(run, wishes, update)
        first = self.line[-1][0].journal
        if first.parent is not None:
            raise NotResumable("its first keyframe is damaged or missing")
        run = KeptTrainer(first.settings, _engine(first.settings, first.engine))
        return self._redone(run, wishes, update)

    def _redone(self, run: KeptTrainer, wishes: Wishes, update: int | None) -> KeptTrainer:
        """Return a run that does again what was asked of it, and looks whether it comes out as it did."""
        run.redo(wishes)
        run.compare(partial(self._row_of, self.journal.updates if update is None else update))
        return run

    def _learnt_before(self, checkpoint: Checkpoint) -> Snapshot:
        """Return what had been learnt when the update before began; if nothing is earlier, by its end."""
        run = self.resumed(checkpoint.update)
        with closing(run.engine):
            if run.update == checkpoint.update:
                return checkpoint.learner.learnt
            run.catch_up(checkpoint.update)
            return run.before_update()

    def _row_of(self, last: int, update: int) -> Row | None:
        """Return the numbers of an update up to the `last`, where they are known."""
        own = next((kept for kept, until in self.line if kept.journal.begins_after < update <= until), None)
        return None if own is None or update > last else own.journal.row_of(update)

    def _with_what_was_learnt(self, update: int) -> KeptTrainer:
        for checkpoint in self._checkpoints(update):
            engine = _engine(checkpoint.settings, checkpoint.engine)
            run = KeptTrainer.resumed(checkpoint, engine, in_episodes=False)
            run.caveat = BEGINS_NEW_EPISODES
            return run
        raise NotResumable(f"{self.settings.environment_id} does not do again what it has done")

    def wishes(self) -> Wishes:
        """Return what was asked of this run, and of those that it goes on from."""
        own = self.journal.all_wishes()
        earlier = [kept.journal.all_wishes().until(update) for kept, update in reversed(self.line[1:])]
        return Wishes(
            tuple(value for wishes in (*earlier, own) for value in wishes.values),
            own.fast_engine.union(*(wishes.fast_engine for wishes in earlier)),
            {
                kept.journal.begins_after: kept.settings.seed
                for (kept, _), (parent, _) in pairwise(self.line)
                if kept.settings.seed != parent.settings.seed
            },
        )

    def _checkpoints(self, begin: int, known: Mapping[int, Checkpoint] | None = None) -> Iterator[Checkpoint]:
        """Yield those up to an update that can be read, the newest first; of none so early the first.

        Of those that are known otherwise the newest comes before keyframes that are older.
        """
        keyframes = [
            (kept, keyframe)
            for kept, last in self.line
            for keyframe in sorted(kept.journal.keyframes.values(), key=lambda one: -one.update)
            if kept.journal.begins_after <= keyframe.update <= last
        ]
        early = [one for one in keyframes if one[1].update <= begin]
        has_no_beginning = self.line[-1][0].journal.parent is not None
        known = known or {}
        nearest = max((update for update in known if update <= begin), default=0)
        if nearest > max((keyframe.update for _, keyframe in early), default=0):
            yield known[nearest]
        for kept, keyframe in early or keyframes[-1:] * has_no_beginning:
            if checkpoint := kept._checkpoint(keyframe):
                yield checkpoint

    def _checkpoint(self, keyframe: Keyframe) -> Checkpoint | None:
        """Return the checkpoint of a keyframe, None where it is not there any more, or damaged."""
        try:
            contents = read_bounded(keyframe_file(self.folder, keyframe.update), LARGEST)
            if hashlib.sha256(contents).hexdigest() != keyframe.sha256:
                raise UnreadableKeyframe("its checksum is another")
            checkpoint = checkpoint_of(contents, self.settings)
            if checkpoint.update != keyframe.update:
                raise UnreadableKeyframe("it is of another update")
            return checkpoint
        except FileNotFoundError:
            return None
        except (OSError, UnreadableKeyframe, UnusableFile) as error:
            logger.warning("Keyframe %d of %s cannot be used: %s", keyframe.update, self.folder, error)
            return None


def _engine(settings: RunSettings, name: str) -> Engine:
    """Return the engine of a name, or raise NotResumable where it is not there."""
    engine = make_engine(settings, name)
    if engine.name != name:
        engine.close()
        raise NotResumable(f"the {ENGINE_LABELS[name]}, with which it has learnt, is not there yet")
    return engine


def begin(folder: Path, settings: RunSettings, complain: Complain, engine: str = COMPILED) -> KeptTrainer:
    """Return a new run that keeps itself in a folder of its own in `folder`.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed at once.
    """
    run = KeptTrainer(settings, make_engine(settings, engine))
    _keep_in_new_folder(folder, run, None, complain)
    return run


def branch(folder: Path, run: KeptTrainer, parent: Parent, complain: Complain) -> None:
    """Keep in a folder of its own what a run will learn that was restored after an update of another."""
    _keep_in_new_folder(folder, run, parent, complain)
    assert run.keeper is not None
    run.keeper.take_keyframe(run)


def _keep_in_new_folder(folder: Path, run: KeptTrainer, parent: Parent | None, complain: Complain) -> None:
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    own = folder / f"{now}{secrets.token_hex(1)}"
    journal = Journal(run.settings, run.engine.name, parent)
    if parent is not None:
        values = changed_fields(run.settings.hyperparameters, run.hyperparameters)
        journal.returns_before = run.returns
        journal.values_before = {name: new for name, (_, new) in values.items()}
    run.keeper = Keeper(RunWriter(own, lock_of(own), journal, complain), journal)


def _size_of(journal: Path) -> int:
    """Return the length of a journal in bytes, 0 where it is not there."""
    try:
        return journal.stat().st_size
    except OSError:
        return 0


def lock_of(folder: Path) -> FileLock:
    """Return what is held while a run is learning in its folder."""
    return FileLock(folder / _LOCK, thread_local=False)


def _read(path: Path) -> Journal:
    try:
        if not path.is_file():
            raise UnreadableRun(f"{_called(path)} is not a run of PPO Desktop.")
        if path.stat().st_size > LARGEST_JOURNAL:
            raise UnreadableRun(f"{_called(path)} is too large to be a run.")
        with path.open("rb") as file:
            journal = _begun(path, file.readline(LONGEST_LINE))
            while line := file.readline(LONGEST_LINE):
                if line.strip():
                    journal.take(line)
            return journal
    except OSError as error:
        raise UnreadableRun(f"{_called(path)} cannot be read: {error.strerror}.") from error


def _called(journal: Path) -> str:
    return text(journal.parent.name)


def _begun(path: Path, line: bytes) -> Journal:
    """Return the journal that a first line begins; nothing is imported for it."""
    name = _called(path)
    try:
        journal = journal_of(_header(name, line))
        check_module(journal.settings.environment_id)
        return journal
    except (InvalidHyperparameter, UnusableFile) as error:
        raise UnreadableRun(one_line(f"{name} cannot be used: {error}")) from error
    except UnreadableRun:
        raise
    except NOT_UNDERSTOOD as error:
        raise UnreadableRun(f"{name} is damaged: its first line is {fault_of(error)}.") from error


def _header(name: str, line: bytes) -> JsonObject:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise UnreadableRun(f"{name} is not a run of PPO Desktop.")
    return values
