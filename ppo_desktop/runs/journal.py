"""The lines of a run's file: what made it, what was changed on its way, and the numbers it reported.

docs/runs.md describes them. The first line says what made the run; each of the others is an event. Numbers
come in blocks, each column packed: compressed, and in base64.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from operator import attrgetter
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop import __version__
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT, Boundary, Wishes
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import COMPILED, ENGINE_LABELS
from ppo_desktop.ppo.events import (
    RETURN_WINDOW,
    EngineChanged,
    EpisodeEnded,
    FinishReason,
    HyperparametersChanged,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.schema import (
    NOT_UNDERSTOOD,
    JsonObject,
    Schema,
    Unknown,
    UnusableFile,
    environment_id_from_json,
    hyperparameters_from_json,
    number,
    one_of,
    refuse,
    text,
    whole,
)

FORMAT = "ppo-desktop run"
SCHEMA = Schema()
UPDATE_COLUMNS = ("steps", *UPDATE_QUANTITIES)
EPISODE_COLUMNS = ("steps", "agent", "return", "length")
_COUNTED = {"steps", "agent", "length"}
_LARGEST_COUNT = 1e12
LARGEST_RETURN = 1e300
"""Of which a hundred can be added."""
Row = tuple[float, ...]
MOST_ROWS = 100_000
"""Of one block."""
LONGEST_LINE = 20_000_000
"""Bytes."""
MOST_NUMBERS = 60_000_000
"""Of one run; a longer one is not kept any further."""
MOST_UNPACKED = 8_000_000
"""Numbers of one run that stay in memory as such, several times those of ten million steps with usual values;
of a longer one the rest stays packed until it is asked for: a small file can hold very many."""

update_row: Callable[[UpdateFinished], Row] = attrgetter(*UPDATE_COLUMNS)
episode_row: Callable[[EpisodeEnded], Row] = attrgetter("steps", "agent", "episode_return", "length")
Columns = dict[str, NDArray[np.float64]]
KeptEvent = EpisodeEnded | UpdateFinished | HyperparametersChanged | EngineChanged | RunFinished
"""The events of which something is kept."""


@dataclass(frozen=True)
class Parent:
    """Of which run another is a branch, and after which update it left it."""

    run: str
    update: int


@dataclass(frozen=True)
class Keyframe:
    """What a journal says of one: the update after which it was taken, its length and its checksum."""

    update: int
    steps: int
    size: int
    sha256: str


class Block:
    """Numbers of updates, or of episodes, in a row.

    Args:
        first: Number of the first update; 0 of episodes.
        columns: {name: (n,)}.
        packed: The same as it is written, from which it is unpacked again when it is asked for; None where
            it stays unpacked.

    Attributes:
        rows: How many there are.
        steps: At which the last one ended.
    """

    def __init__(self, first: int, columns: Columns, packed: JsonObject | None = None) -> None:
        self.first, self.rows = first, len(columns["steps"])
        self.steps = float(columns["steps"][-1])
        self._names = tuple(columns)
        self._columns = columns if packed is None else None
        self._packed = packed

    @property
    def last(self) -> int:
        """Number of the last update."""
        return self.first + self.rows - 1

    @property
    def columns(self) -> Columns:
        """Its numbers, {name: (n,)}."""
        if self._columns is not None:
            return self._columns
        return _unpacked_lately(self)

    def unpacked(self) -> Columns:
        """Return the numbers that are packed."""
        assert self._packed is not None
        return _unpacked(self._names, self.rows, self._packed)


@lru_cache(maxsize=1)
def _unpacked_lately(block: Block) -> Columns:
    """Return the numbers of a block; many of one are often asked for one after the other."""
    return block.unpacked()


# ---- writing -------------------------------------------------------------------------------------


def first_line(journal: Journal) -> bytes:
    """Return the line that says what makes a run."""
    settings, parent = journal.settings, journal.parent
    return _encoded(
        {
            "format": FORMAT,
            "version": SCHEMA.version,
            "program": __version__,
            "environment_id": settings.environment_id,
            "algorithm": settings.algorithm.value,
            "seed": settings.seed,
            "hyperparameters": asdict(settings.hyperparameters),
            "engine": journal.engine,
            "parent": parent and asdict(parent),
            "returns": journal.returns_before,
            "values": journal.values_before,
        }
    )


def resumed_line(update: int) -> bytes:
    """Return the line of a run that goes on after an update."""
    return _event_line("resumed", update=update, program=__version__)


def updates_line(first: int, rows: Sequence[Row]) -> bytes:
    """Return the line of updates in a row, of which the `first` has that number."""
    return _event_line("updates", first=first, **_packed(UPDATE_COLUMNS, rows))


def episodes_line(rows: Sequence[Row]) -> bytes:
    """Return the line of episodes in a row."""
    return _event_line("episodes", **_packed(EPISODE_COLUMNS, rows))


def change_line(event: HyperparametersChanged) -> bytes:
    """Return the line of values that were taken over."""
    return _event_line(
        "change",
        update=event.update,
        steps=event.steps,
        old={name: old for name, (old, _) in event.changes.items()},
        new={name: new for name, (_, new) in event.changes.items()},
    )


def engine_line(event: EngineChanged) -> bytes:
    """Return the line of another engine that goes on."""
    return _event_line("engine", update=event.update, steps=event.steps, engine=event.engine)


def keyframe_line(keyframe: Keyframe) -> bytes:
    """Return the line of a keyframe that is on the disk."""
    return _event_line("keyframe", **vars(keyframe))


def end_line(event: RunFinished) -> bytes:
    """Return the line of an end; it counts unless there are updates after it."""
    return _event_line("end", reason=event.reason.value, steps=event.steps, message=event.message)


def wish_line(boundary: Boundary, values: Mapping[str, Value]) -> bytes:
    """Return the line of values that are to be taken over, and are heard at a boundary."""
    return _event_line("wish", **boundary._asdict(), values=dict(values))


def _event_line(event: str, **values: Any) -> bytes:
    return _encoded({"event": event, "version": SCHEMA.version, **values})


def _encoded(line: JsonObject) -> bytes:
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"


def _packed(names: Sequence[str], rows: Sequence[Row]) -> JsonObject:
    columns = np.array(rows, "<f8").T
    return {
        "n": len(rows),
        "columns": {
            name: base64.b64encode(zlib.compress(column.tobytes(), 1)).decode("ascii")
            for name, column in zip(names, columns, strict=True)
        },
    }


# ---- reading -------------------------------------------------------------------------------------


@dataclass
class Journal:
    """What the file of a run says, or as much of it as has been read.

    Attributes:
        settings: What made the run.
        engine: Name of the engine it began with.
        parent: Of which it is a branch.
        returns_before: Those of the last 100 episodes of the run of which it is a branch.
        values_before: Those in force where it left that run, as far as they differ from the settings.
        keyframes: By update.
        end: How it ended; None while it has not, or has gone on or been changed since.
        changed: What was changed.
        wishes: What was to be changed, in the order of the boundaries at which it was heard.
        engines: Other engines that have gone on.
        unknown: What only a newer version knows; it stays in the file.
        n_left_out: Lines that could not be understood.
        n_numbers: How many there are in all blocks.
        update_blocks: Those of updates, in order.
        episode_blocks: Those of episodes, in order.
    """

    settings: RunSettings
    engine: str
    parent: Parent | None = None
    returns_before: tuple[float, ...] = ()
    values_before: Mapping[str, Value] = field(default_factory=dict)
    keyframes: dict[int, Keyframe] = field(default_factory=dict)
    end: RunFinished | None = None
    changed: list[HyperparametersChanged] = field(default_factory=list)
    wishes: list[tuple[Boundary, dict[str, Value]]] = field(default_factory=list)
    engines: list[EngineChanged] = field(default_factory=list)
    unknown: Unknown = field(default_factory=Unknown)
    n_left_out: int = 0
    n_numbers: int = 0
    update_blocks: list[Block] = field(default_factory=list)
    episode_blocks: list[Block] = field(default_factory=list)

    @property
    def begins_after(self) -> int:
        """Updates finished before its first line: those of the run it is a branch of."""
        return 0 if self.parent is None else self.parent.update

    @property
    def updates(self) -> int:
        """Number of the last update whose numbers are known."""
        return self.update_blocks[-1].last if self.update_blocks else self.begins_after

    def pieces(self, last: int) -> Iterator[tuple[Columns, Columns]]:
        """Yield the numbers of updates up to the `last`, and of the episodes that had ended by then.

        That is done piece by piece, in order, for all of them may not have room in memory at once. Those of
        updates have their own numbers as "update". What had ended by an update comes with it or before.
        """
        waiting = _chunks(EPISODE_COLUMNS, self.episode_blocks)
        episodes = next(waiting, None)
        blocks = [block for block in self.update_blocks if block.first <= last]
        for updates in _chunks(("update", *UPDATE_COLUMNS), blocks):
            updates = _cut(updates, 0, int(np.searchsorted(updates["update"], last, side="right")))
            while episodes is not None and episodes["steps"][-1] <= updates["steps"][-1]:
                before = int(np.searchsorted(updates["steps"], episodes["steps"][-1]))
                yield _cut(updates, 0, before), episodes
                updates, episodes = _cut(updates, before), next(waiting, None)
            ended = 0
            if episodes is not None:
                ended = int(np.searchsorted(episodes["steps"], updates["steps"][-1], side="right"))
            yield updates, _NO_EPISODES if episodes is None else _cut(episodes, 0, ended)
            episodes = None if episodes is None else _cut(episodes, ended)

    def row_of(self, update: int) -> Row | None:
        """Return the numbers of an update, None where they are not known."""
        for block in reversed(self.update_blocks):
            if block.first <= update <= block.last:
                return tuple(block.columns[name][update - block.first] for name in UPDATE_COLUMNS)
        return None

    def events(self) -> Iterator[KeptEvent]:
        """Yield what is known, in the order in which it happened."""
        returns = deque(self.returns_before, maxlen=RETURN_WINDOW)
        episodes = _rows(self.episode_blocks)
        episode = next(episodes, None)
        changed = deque(self.changes())
        for update, row in self._numbered_rows():
            while episode is not None and episode[0] <= row[0]:
                ended_at, agent, episode_return, length = episode
                while changed and changed[0].steps < ended_at:
                    yield changed.popleft()
                returns.append(episode_return)
                yield EpisodeEnded(int(ended_at), int(agent), episode_return, int(length), fmean(returns))
                episode = next(episodes, None)
            while changed and changed[0].update <= update:
                yield changed.popleft()
            yield update_event(update, row, fmean(returns) if returns else math.nan)
        if self.end is not None:
            yield self.end

    def changes(self) -> list[EngineChanged | HyperparametersChanged]:
        """Return what was changed, and which engines have gone on, in order."""
        return sorted([*self.engines, *self.changed], key=attrgetter("update"))

    def _numbered_rows(self) -> Iterator[tuple[int, Row]]:
        """Yield each update's number and its row."""
        for block in self.update_blocks:
            yield from enumerate(_rows([block]), block.first)

    def all_wishes(self) -> Wishes:
        """Return what was asked of the run."""
        engines = frozenset(event.update for event in self.engines if event.engine == COMPILED)
        return Wishes(tuple(self.wishes), engines)

    def take(self, line: bytes) -> None:
        """Take in a line after the first."""
        try:
            values = json.loads(line)
            if (version := SCHEMA.version_of(values)) > SCHEMA.version:
                self.unknown.note("lines of version", [version])
            else:
                self._take_event(SCHEMA.migrate(values))
        except NOT_UNDERSTOOD:
            self.n_left_out += 1

    def _take_event(self, values: JsonObject) -> None:
        match values["event"]:
            case "resumed":  # what happened in an update that was not finished happens again
                update = whole(values["update"], 0)
                while self.changed and self.changed[-1].update > update:
                    self.changed.pop()
                self._forget_unfinished_episodes()
            case "updates":
                self._take_updates(self._block(whole(values["first"], 1), UPDATE_COLUMNS, values))
            case "episodes":
                self._take_episodes(self._block(0, EPISODE_COLUMNS, values))
            case "change":
                self._take_change(values)
            case "wish":
                boundary = Boundary(
                    whole(values["update"], 1), whole(values["gradient_steps"], BEFORE_ROLLOUT)
                )
                wanted = self.checked(values["values"])
                # What was asked for later, in an update that was never finished, was not asked for again.
                while self.wishes and self.wishes[-1][0] > boundary:
                    self.wishes.pop()
                self.wishes.append((boundary, wanted))
                self.end = None
            case "engine":
                update, steps = whole(values["update"], 1), whole(values["steps"], 0)
                if not self.engines or self.engines[-1].update < update:  # else it happens again
                    self.engines.append(EngineChanged(steps, update, known_engine(values["engine"])))
            case "keyframe":
                update = whole(values["update"], 0)
                sha256 = text(values["sha256"])
                size, steps = whole(values["size"], 1), whole(values["steps"], 0)
                self.keyframes[update] = Keyframe(update, steps, size, sha256)
            case "end":
                reason = one_of(FinishReason, values["reason"], "reason")
                self.end = RunFinished(reason, whole(values["steps"], 0), text(values["message"]))
            case str(event):
                self.unknown.note("event", [event])
            case event:
                refuse(event)

    def _take_updates(self, block: Block) -> None:
        if not 0 <= block.first - self.updates - 1 <= MOST_ROWS:  # what was between them may be damaged
            raise ValueError("updates that cannot follow")
        _require_following(block, self.update_blocks)
        self.update_blocks.append(block)
        self.end = None

    def _take_episodes(self, block: Block) -> None:
        if not (np.abs(block.columns["return"]) <= LARGEST_RETURN).all():
            raise ValueError("a return is no number")
        _require_following(block, self.episode_blocks)
        self.episode_blocks.append(block)

    def _forget_unfinished_episodes(self) -> None:
        """Forget the episodes of an update that was never finished."""
        steps = self.update_blocks[-1].steps if self.update_blocks else 0
        while self.episode_blocks and self.episode_blocks[-1].steps > steps:
            columns = self.episode_blocks.pop().columns
            if finished := int(np.searchsorted(columns["steps"], steps, side="right")):
                self.episode_blocks.append(Block(0, _cut(columns, 0, finished)))

    def _take_change(self, values: JsonObject) -> None:
        old, new = self.checked(values["old"]), self.checked(values["new"])
        update, steps = whole(values["update"], 1), whole(values["steps"], 0)
        changes = {name: (old[name], value) for name, value in new.items()}
        self.changed.append(HyperparametersChanged(steps, update, changes))

    def _block(self, first: int, names: Sequence[str], values: JsonObject) -> Block:
        """Return a block of numbers that a line holds."""
        rows, packed = whole(values["n"], 1), values["columns"]
        if rows > MOST_ROWS or self.n_numbers > MOST_NUMBERS or not isinstance(packed, dict):
            refuse(packed)
        self.n_numbers += rows * len(names)
        columns = _unpacked(names, rows, packed)
        for name in _COUNTED & columns.keys():
            if not ((columns[name] >= 0) & (columns[name] <= _LARGEST_COUNT)).all():
                raise ValueError("what was counted is no number")
        return Block(first, columns, packed if self.n_numbers > MOST_UNPACKED else None)

    def checked(self, given: Any) -> dict[str, Value]:
        """Return those values that are known, each checked."""
        if not isinstance(given, dict):
            refuse(given)
        self.unknown.note("hyperparameter", given, DECLARATIONS)
        self.unknown.changes_training |= not given.keys() <= DECLARATIONS.keys()
        return {name: DECLARATIONS[name].check(given[name]) for name in given if name in DECLARATIONS}


def journal_of(values: JsonObject) -> Journal:
    """Return the journal that a first line begins.

    Raises:
        UnusableFile: It cannot be used by this version.
        InvalidHyperparameter: A value is not allowed, or contradicts another.
        ValueError: It is not understood, and likewise the others of `NOT_UNDERSTOOD`.
    """
    values, unknown = SCHEMA.migrate(values), Unknown()
    settings = RunSettings(
        environment_id_from_json(values["environment_id"]),
        one_of(Algorithm, values["algorithm"], "algorithm"),
        hyperparameters_from_json(values["hyperparameters"], unknown),
        whole(values["seed"], 0),
    )
    parent = values.get("parent")
    if parent is not None:
        parent = Parent(text(parent["run"]), whole(parent["update"], 0))
    returns = tuple(map(number, values.get("returns", [])[:RETURN_WINDOW]))
    if any(abs(value) > LARGEST_RETURN for value in returns):
        refuse(returns)
    journal = Journal(settings, known_engine(values["engine"]), parent, returns, unknown=unknown)
    journal.values_before = journal.checked(values.get("values", {}))
    return journal


def update_event(update: int, row: Row, mean_return: float) -> UpdateFinished:
    """Return what was reported of an update, but for its entropies by state."""
    values: dict[str, Any] = dict(zip(UPDATE_COLUMNS, row, strict=True))
    steps, epochs = values.pop("steps"), values["epochs_run"]
    if epochs.is_integer():  # else it is not known
        values["epochs_run"] = int(epochs)
    return UpdateFinished(
        update=update,
        steps=int(steps),
        mean_return_100=mean_return,
        state_entropies=np.empty(0, np.float32),
        **values,
    )


def known_engine(value: Any) -> str:
    """Return the name of an engine, or raise UnusableFile where it is not known here."""
    if (name := text(value)) not in ENGINE_LABELS:
        raise UnusableFile(f"its engine is {name}, which this version of PPO Desktop does not know.")
    return name


def _column(packed: Any, rows: int) -> NDArray[np.float64]:
    if not isinstance(packed, str):
        refuse(packed)
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(base64.b64decode(packed, validate=True), 8 * rows + 1)
    except zlib.error as error:
        raise ValueError("a column is damaged") from error
    if len(data) != 8 * rows:
        raise ValueError("a column is not complete")
    return np.frombuffer(data, "<f8").astype(float)


def _unpacked(names: Sequence[str], rows: int, packed: JsonObject) -> Columns:
    """Return a block's columns; of measured numbers that are missing every one is unknown."""
    return {
        name: _column(packed[name], rows) if name in packed or name in _COUNTED else np.full(rows, np.nan)
        for name in names
    }


def _require_following(block: Block, before: Sequence[Block]) -> None:
    """Raise ValueError where steps do not go on from those of the last block, or not forwards."""
    last = before[-1].steps if before else 0.0
    if (np.diff(block.columns["steps"], prepend=last) < 0).any():
        raise ValueError("steps that go backwards")


def _rows(blocks: Iterable[Block]) -> Iterator[Row]:
    for block in blocks:
        yield from zip(*(column.tolist() for column in block.columns.values()), strict=True)


def _chunks(names: Sequence[str], blocks: Iterable[Block]) -> Iterator[Columns]:
    """Yield the numbers of blocks, so many at once that few are yielded; {name: (n,)}, n > 0."""
    waiting: list[Columns] = []
    n_rows = 0
    for block in blocks:
        numbers = np.arange(block.first, block.last + 1, dtype=float)
        waiting.append({**block.columns, "update": numbers})
        n_rows += block.rows
        if n_rows >= MOST_ROWS:
            yield _joined(names, waiting)
            waiting, n_rows = [], 0
    if waiting:
        yield _joined(names, waiting)


def _joined(names: Sequence[str], parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _cut(columns: Columns, begin: int, end: int | None = None) -> Columns:
    return {name: column[begin:end] for name, column in columns.items()}


_NO_EPISODES: Columns = {name: np.empty(0) for name in EPISODE_COLUMNS}
