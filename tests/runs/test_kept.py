"""Runs on disk: what was learnt is there after any end, and goes on bit for bit."""

from __future__ import annotations

import errno
import itertools
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, NoReturn

import gymnasium
import numpy as np
import pytest
from filelock import FileLock
from gymnasium.spaces import Box, Discrete
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppo_desktop.ppo import agents
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import Boundary
from ppo_desktop.ppo.engines import COMPILED, PYTORCH, Divergence
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.engines.compiled import CompiledEngine
from ppo_desktop.ppo.events import (
    EpisodeEnded,
    Event,
    FinishReason,
    HyperparametersChanged,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from ppo_desktop.runs import keeping
from ppo_desktop.runs import kept as kept_runs
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.keeping import KeptTrainer
from ppo_desktop.runs.kept import KeptRun, UnreadableRun, begin, branch
from ppo_desktop.whole_files import write_whole
from tests.kept_runs import keep_other_numbers, numbers_of

SMALL = Hyperparameters(n_envs=2, rollout_length=16, n_minibatches=2, n_epochs=2, hidden_units=8)
MADE = RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1)
ENGINES = pytest.mark.parametrize("engine", [COMPILED, PYTORCH])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "Läufe im Seminar"


@pytest.fixture(autouse=True)
def _keyframe_every_few_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.005)
    monkeypatch.setattr(keeping, "_MOST_WAITING", 1_000)


def complain(message: str) -> None:
    raise AssertionError(message)


def learn(run: Trainer, updates: int, wishes: dict[int, dict[str, object]] | None = None) -> str:
    """Learn to the end of an update, with wishes at events of which the number is given; close."""
    events: Iterator[Event] = run.events()
    for number, event in enumerate(events):
        if wish := (wishes or {}).get(number):
            run.change(run.wanted.changed(wish))
        if isinstance(event, RunFinished) or (isinstance(event, UpdateFinished) and run.update == updates):
            break
    events.close()  # type: ignore[attr-defined]
    return run.parameters_sha256()


def uninterrupted(engine: str, updates: int, wishes: dict[int, dict[str, object]] | None = None) -> str:
    return learn(Trainer(MADE, make_engine(MADE, engine)), updates, wishes)


def folder_of(run: KeptTrainer) -> Path:
    assert run.keeper is not None
    return run.keeper.folder


SOME_WISHES: list[dict[str, Any]] = [
    {"learning_rate": 0.01},
    {"clip_range": None, "n_envs": 3},
    {"target_kl": 0.01, "rollout_length": 20},
    {"n_envs": 1, "learning_rate": 0.001},
]
WISHES = {5: {"learning_rate": 0.01}, 70: {"clip_range": None, "n_envs": 3}, 100: {"rollout_length": 20}}


@ENGINES
def test_a_run_that_was_closed_goes_on_as_if_it_had_not_been(place: Path, engine: str) -> None:
    learn(begin(place, MADE, complain, engine), 20, WISHES)
    (folder,) = place.iterdir()
    for updates in (30, 40):
        kept = KeptRun(folder)
        run = kept.restore()
        assert run.update == updates - 10
        assert run.caveat == kept.damage == ""
        assert kept.keep(run, complain)
        learn(run, updates)
    assert KeptRun(folder).restore().parameters_sha256() == uninterrupted(engine, 40, WISHES)


@ENGINES
def test_every_update_can_be_gone_back_to(place: Path, engine: str) -> None:
    run = begin(place, MADE, complain, engine)
    events, fingerprints = run.events(), {0: run.parameters_sha256()}
    for number, event in enumerate(events):
        if wish := WISHES.get(number):
            run.change(run.wanted.changed(wish))
        if isinstance(event, UpdateFinished):
            fingerprints[event.update] = run.parameters_sha256()
            if event.update == 25:
                break
    events.close()
    (folder,) = place.iterdir()
    kept = KeptRun(folder)
    assert len(kept.journal.keyframes) > 1, "or nothing is tried"
    for update, fingerprint in fingerprints.items():
        restored = kept.restore(update)
        assert (restored.update, restored.parameters_sha256()) == (update, fingerprint)
        restored.engine.close()


def test_the_journal_has_every_number_that_was_reported(place: Path) -> None:
    run = begin(place, MADE, complain)
    events = list(_until(run, 20))
    (folder,) = place.iterdir()
    journal = KeptRun(folder).journal
    updates = [event for event in events if isinstance(event, UpdateFinished)]
    columns, episodes = numbers_of(journal)
    assert columns["update"].tolist() == list(range(1, 21))
    for name in ("steps", "policy_entropy", "approx_kl"):
        assert columns[name].tolist() == [getattr(event, name) for event in updates]
    ended = [event for event in events if type(event).__name__ == "EpisodeEnded"]
    assert episodes["return"].tolist() == [event.episode_return for event in ended]  # type: ignore[union-attr]


def _until(run: Trainer, updates: int) -> Iterator[Event]:
    events = run.events()
    for event in events:
        yield event
        if isinstance(event, UpdateFinished) and event.update == updates:
            break
    events.close()


def test_a_branch_is_the_run_with_what_was_changed_there(place: Path) -> None:
    learn(begin(place, MADE, complain), 20, WISHES)
    (folder,) = place.iterdir()
    run = KeptRun(folder).restore(11)
    run.change(run.wanted.changed({"clip_range": 0.3}))
    branch(place, run, Parent(folder.name, 11), complain)
    learn(run, 25)
    (other,) = set(place.iterdir()) - {folder}
    kept = KeptRun(other)
    assert kept.journal.parent == Parent(folder.name, 11)
    assert numbers_of(kept.journal)[0]["update"].tolist() == list(range(12, 26))
    assert kept.restore(25).parameters_sha256() == run.parameters_sha256()
    assert kept.restore(18).update == 18


def test_a_branch_off_the_end_does_not_hear_what_was_asked_there_and_the_run_itself_does(place: Path) -> None:
    run = begin(place, MADE, complain)
    events = run.events()
    while run.boundary != (6, 2):
        next(events)
    run.change(run.wanted.changed({"learning_rate": 0.05, "n_envs": 4}))
    events.close()
    kept = KeptRun(folder_of(run))
    assert kept.restore(5).wanted == SMALL
    other = kept.restore(5)
    branch(place, other, Parent(kept.folder.name, 5), complain)
    assert learn(other, 12) == uninterrupted(COMPILED, 12)
    going_on = kept.restore(5)
    assert kept.keep(going_on, complain)
    learn(going_on, 12)
    assert going_on.parameters_sha256() != other.parameters_sha256()
    kept = KeptRun(folder_of(run))
    assert kept.restore().parameters_sha256() == going_on.parameters_sha256()
    assert [change.update for change in kept.journal.changed] == [6, 7], "each once, though done twice"


def test_a_branch_goes_on_with_the_mean_return_of_its_parent(place: Path) -> None:
    learn(begin(place, MADE, complain), 20)
    (folder,) = place.iterdir()
    run = KeptRun(folder).restore(15)
    branch(place, run, Parent(folder.name, 15), complain)
    said = [event.mean_return_100 for event in _until(run, 20) if isinstance(event, EpisodeEnded)]
    kept = KeptRun(folder_of(run))
    assert [event.mean_return_100 for event in kept.events() if isinstance(event, EpisodeEnded)] == said
    of_parent = [
        event.mean_return_100 for event in KeptRun(folder).events() if isinstance(event, EpisodeEnded)
    ]
    assert of_parent[-len(said) :] == said


def test_a_run_whose_first_update_is_not_finished_leaves_nothing_behind(place: Path) -> None:
    run = begin(place, MADE, complain)
    events = run.events()
    next(events)
    run.change(run.wanted.changed({"learning_rate": 0.05}))
    next(events)
    events.close()
    assert not place.exists()


def test_what_is_asked_of_a_run_that_is_over_is_not_kept(place: Path) -> None:
    made = RunSettings("CartPole-v1", Algorithm.PPO, SMALL.changed({"total_steps": 100}), 1)
    run = begin(place, made, complain)
    list(run.events())
    journal = (folder_of(run) / keeping.JOURNAL).read_bytes()
    run.change(run.wanted.changed({"learning_rate": 0.05}))
    assert run.keeper is not None
    run.keeper.settle()
    assert (folder_of(run) / keeping.JOURNAL).read_bytes() == journal


def test_what_was_learnt_is_on_the_disk_though_the_run_pauses(place: Path) -> None:
    run = begin(place, MADE, complain)
    events = run.events()
    while run.update < 3:
        next(events)
    deadline = time.monotonic() + 60
    while updates_kept(place) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    events.close()


def test_the_order_of_what_is_kept_is_the_order_in_which_it_happened(place: Path) -> None:
    run = begin(place, MADE, complain)
    events = run.events()
    said: list[tuple[type[Event], int]] = []
    for number, event in enumerate(events):
        if isinstance(event, EpisodeEnded | UpdateFinished | HyperparametersChanged):
            said.append((type(event), event.steps))
        if wish := WISHES.get(number):
            run.change(run.wanted.changed(wish))
        if run.update == 25:
            break
    events.close()
    assert [(type(event), event.steps) for event in KeptRun(folder_of(run)).events()] == said


def test_what_has_happened_does_not_wait_for_keyframes(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    go_on, known = threading.Event(), []

    def write_slowly(file: Path, contents: str | bytes) -> None:
        if file.suffix == ".npz":
            assert go_on.wait(60)
            known.append(updates_kept(place))
        write_whole(file, contents)

    monkeypatch.setattr(keeping, "write_whole", write_slowly)
    run = begin(place, MADE, complain)
    events = run.events()
    while run.update < 10:
        next(events)
    go_on.set()
    events.close()
    assert known[1:] == [10] * 9


def test_keyframes_that_are_there_stay_when_a_run_goes_on_whatever_was_thinned_before(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    learn(begin(place, MADE, complain), 1)
    (folder,) = place.iterdir()
    size = next(folder.glob("*.npz")).stat().st_size
    monkeypatch.setattr(keeping, "MOST_KEYFRAME_BYTES", 9 * size)
    files = [set(folder.glob("*.npz"))]
    for updates in (60, 62):
        kept = KeptRun(folder)
        run = kept.restore()
        assert kept.keep(run, complain)
        learn(run, updates)
        files.append(set(folder.glob("*.npz")))
    assert len(KeptRun(folder).journal.keyframes) == 62
    assert len(files[1]) > 5
    assert len(files[1] - files[2]) <= 2, "no more than there are new ones"


def test_what_cannot_be_removed_or_said_in_a_list_does_not_end_keeping(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "MOST_KEYFRAME_BYTES", 1)
    unlink, is_open = Path.unlink, True

    def refuse(file: Path, missing_ok: bool = False) -> None:
        if is_open and file.suffix == ".npz":
            raise PermissionError
        unlink(file, missing_ok)

    def write_all_but_summaries(file: Path, contents: str | bytes) -> None:
        if file.name == keeping.SUMMARY:
            raise PermissionError
        write_whole(file, contents)

    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(keeping, "write_whole", write_all_but_summaries)
    run = begin(place, MADE, complain)
    events = run.events()
    while run.update < 10:
        next(events)
    assert run.keeper is not None
    run.keeper.settle()
    assert len(list(place.glob("*/*.npz"))) == 10
    is_open = False
    while run.update < 11:
        next(events)
    events.close()
    assert len(list(place.glob("*/*.npz"))) == 2, "once nobody reads them"
    assert updates_kept(place) == 11


def test_where_a_run_ends_a_keyframe_is_taken_and_so_again_where_it_ends_later(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 1e9)
    run = begin(place, replace(MADE, hyperparameters=SMALL.with_budget(100)), complain)
    for event in (events := run.events()):
        if isinstance(event, RunFinished):
            ended = run.update
            if run.wanted.total_steps == 200:
                break
            run.change(run.wanted.changed({"total_steps": 200}))
            first = ended
    events.close()
    kept = KeptRun(folder_of(run))
    assert list(kept.journal.keyframes) == [first, ended]
    assert kept.checkpoint_at() is not None
    assert kept.checkpoint_at(ended - 1) is None


def test_a_damaged_keyframe_falls_back_to_the_one_before(place: Path) -> None:
    fingerprint = learn(begin(place, MADE, complain), 30)
    (folder,) = place.iterdir()
    for number, file in enumerate(sorted(folder.glob("*.npz"), reverse=True)):
        file.write_bytes(b"PK" if number % 2 else file.read_bytes()[:-9])
        if number == 1:
            break
    assert KeptRun(folder).restore().parameters_sha256() == fingerprint
    for file in folder.glob("*.npz"):
        file.unlink()
    assert KeptRun(folder).restore().parameters_sha256() == fingerprint, "from the very beginning"


class Foreign(gymnasium.Env[Any, Any]):
    """Ends with every tenth step, or never; `kind` says of which kind its random numbers are."""

    observation_space, action_space = Box(0, 1, (2,)), Discrete(2)

    def __init__(self, kind: Any, *, is_endless: bool = False) -> None:
        self.kind, self.is_endless = kind, is_endless

    @property
    def np_random(self) -> Any:
        if self.kind is None:
            raise AttributeError("np_random")
        return self.random

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        if seed is not None:
            self.random = (self.kind or np.random.default_rng)(seed)
        self.steps = 0
        return self.random.uniform(size=2), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        return self.random.uniform(size=2), 1.0, self.steps % 10 == 0 and not self.is_endless, False, {}


@pytest.mark.parametrize(
    "kind",
    [None, np.random.RandomState, lambda seed: np.random.Generator(np.random.MT19937(seed))],
    ids=["hidden", "RandomState", "Mersenne Twister"],
)
def test_a_run_with_random_numbers_of_another_kind_is_kept_and_done_again_from_its_beginning(
    place: Path, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    spec = gymnasium.envs.registration.EnvSpec("Foreign-v0", lambda: Foreign(kind))
    monkeypatch.setitem(gymnasium.registry, "Foreign-v0", spec)
    settings = RunSettings("Foreign-v0", Algorithm.PPO, SMALL, 1)
    run = begin(place, settings, complain, PYTORCH)
    fingerprint = learn(run, 10)
    assert KeptRun(folder_of(run)).restore().parameters_sha256() == fingerprint
    other = KeptRun(folder_of(run)).restore(5)
    branch(place, other, Parent(folder_of(run).name, 5), complain)
    other.change(other.wanted.changed({"clip_range": 0.1}))
    fingerprint = learn(other, 10)
    assert KeptRun(folder_of(other)).restore().parameters_sha256() == fingerprint


def test_an_episode_without_an_end_is_not_remembered_for_ever(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = gymnasium.envs.registration.EnvSpec(
        "Foreign-v0", lambda: Foreign(np.random.default_rng, is_endless=True)
    )
    monkeypatch.setitem(gymnasium.registry, "Foreign-v0", spec)
    monkeypatch.setattr(agents, "_MOST_PLAYED", 60)
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    run = begin(place, RunSettings("Foreign-v0", Algorithm.PPO, SMALL, 1), complain, PYTORCH)
    fingerprint = learn(run, 10)
    kept = KeptRun(folder_of(run))
    assert list(kept.journal.keyframes) == [1, 2, 3], "after 16, 32 and 48 actions"
    assert kept.restore().parameters_sha256() == fingerprint


def test_a_run_that_is_learning_elsewhere_is_not_written_by_others(place: Path) -> None:
    run = begin(place, MADE, complain)
    events = run.events()
    while run.update < 5:
        next(events)
    assert run.keeper is not None
    run.keeper.take_keyframe(run)
    deadline = time.monotonic() + 30
    while not list(place.glob("*/*.npz")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (folder,) = place.iterdir()
    kept = KeptRun(folder)
    assert not kept.keep(kept.restore(), complain)
    events.close()
    kept = KeptRun(folder)
    assert kept.keep(kept.restore(), complain)


KILLED = """
import sys
import time
from pathlib import Path
from tests.kernels import use_kernels_of_tests
from tests.runs.test_kept import MADE, complain
from ppo_desktop.runs import keeping
from ppo_desktop.runs.kept import KeptRun, begin
from ppo_desktop.ppo.events import UpdateFinished
keeping.FLUSH_SECONDS = 0.05
folder = Path(sys.argv[1])
kept = [KeptRun(one) for one in folder.iterdir()] if folder.exists() else []
run = kept[0].restore() if kept else begin(folder, MADE, complain)
until = time.monotonic() + 30  # Windows frees what a killed process has locked some time later
while kept and not kept[0].keep(run, complain):
    assert time.monotonic() < until
    time.sleep(0.05)
for event in run.events():
    if isinstance(event, UpdateFinished):
        print(event.update, flush=True)
"""


def test_a_run_that_is_killed_again_and_again_goes_on_from_what_is_on_the_disk(place: Path) -> None:
    """Each process is killed at a moment of its own, after something of what it learnt has been written."""
    generator = random.Random(1)
    reached = 0
    for _ in range(5):
        command = [sys.executable, "-c", KILLED, str(place)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if int(line) % generator.randint(20, 100) == 0 and updates_kept(place) > reached:
                    break
            process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        assert updates_kept(place) > reached
        reached = updates_kept(place)
    (folder,) = place.iterdir()
    fingerprint = KeptRun(folder).restore().parameters_sha256()
    assert fingerprint == uninterrupted(COMPILED, reached)


def updates_kept(place: Path) -> int:
    """Return how many updates of the only run there are on the disk."""
    journals = list(place.glob(f"*/{keeping.JOURNAL}"))
    return KeptRun(journals[0].parent).journal.updates if journals else 0


def test_a_full_disk_ends_keeping_not_learning(place: Path) -> None:
    said: list[str] = []
    place.write_text("where a folder should be", encoding="utf-8")
    fingerprint = learn(begin(place, MADE, said.append), 20)
    assert len(said) == 1
    assert fingerprint == uninterrupted(COMPILED, 20)


def test_a_run_in_a_folder_that_cannot_be_written_goes_on_and_that_is_said_when_there_is_something_to_write(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ReadOnly(FileLock):
        def acquire(self, *_: object, **__: object) -> NoReturn:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    run = begin(place, MADE, complain)
    learn(run, 12)
    monkeypatch.setattr(kept_runs, "lock_of", lambda _folder: ReadOnly("anything"))
    kept, said = KeptRun(folder_of(run)), list[str]()
    restored = kept.restore()
    assert kept.keep(restored, said.append)
    assert not said
    assert learn(restored, 20) == uninterrupted(COMPILED, 20)
    assert said == [os.strerror(errno.EROFS)]
    assert KeptRun(folder_of(run)).journal.updates == 12


@pytest.mark.skipif(sys.platform != "linux", reason="sets a limit that others do not have")
def test_where_no_more_fits_what_was_written_before_is_there(place: Path) -> None:
    import resource

    said: list[str] = []
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    run = begin(place, MADE, said.append)
    resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, limits[1]))  # no file can be larger
    try:
        for event in _until(run, 400):
            if isinstance(event, UpdateFinished) and run.keeper is not None:
                run.keeper.settle()  # else all could be handed over before a line is written
        fingerprint = run.parameters_sha256()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert said == [os.strerror(errno.EFBIG)]
    assert fingerprint == uninterrupted(COMPILED, 400)
    kept = KeptRun(folder_of(run))
    assert 0 < kept.journal.updates < 400
    assert kept.journal.n_left_out == 0
    assert kept.restore().parameters_sha256() == uninterrupted(COMPILED, kept.journal.updates)


def test_keyframes_keep_to_their_budget_and_are_closer_together_the_nearer_to_the_end_of_a_long_run(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "KEYFRAME_BYTES_PER_STEP", 120)
    monkeypatch.setattr(keeping, "MOST_KEYFRAME_BYTES", 120_000)
    run = begin(place, MADE, complain)
    learn(run, 300)
    files = list(folder_of(run).glob("*.npz"))
    assert 60_000 < sum(file.stat().st_size for file in files) <= 120_000
    there = sorted(int(file.stem.removeprefix("update-")) for file in files)
    assert (there[0], there[-1]) == (1, 300)
    gaps = [later - earlier for earlier, later in pairwise(there)]
    assert max(gaps[-4:]) < max(gaps[:4])
    assert all(gap <= max(4, 300 - begin) for begin, gap in zip(there, gaps, strict=False))


def test_keyframes_stay_equally_far_apart_while_there_is_more_room_with_every_step() -> None:
    there: list[int] = []
    for steps in range(1_000, 1_000_000, 20_000):
        there.append(steps)
        if len(there) > 30:
            del there[keeping._most_dispensable(there)]
    assert (there[0], there[-1]) == (1_000, 981_000)
    assert {later - earlier for earlier, later in pairwise(there)} == {20_000, 40_000}


@pytest.mark.parametrize("milliseconds", [100.0, 4.5, 1.0])
def test_a_run_that_is_a_little_too_fast_for_the_budget_waits_until_there_is_room(
    place: Path, monkeypatch: pytest.MonkeyPatch, milliseconds: float
) -> None:
    run = begin(place, MADE, complain)
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.3)
    monkeypatch.setattr(time, "thread_time", lambda: run.update * milliseconds / 1000)
    assert run.keeper is not None
    run.keeper.take_keyframe(run)
    run.keeper.settle()
    (file,) = place.glob("*/*.npz")
    fitting = file.stat().st_size / keeping.KEYFRAME_BYTES_PER_STEP / SMALL.samples_per_rollout
    assert 0.3 / 0.0045 < fitting < 1.5 * 0.3 / 0.0045, "or nothing is tried"
    learn(run, 320)
    _, second = sorted(KeptRun(folder_of(run)).journal.keyframes)[:2]
    assert second == math.ceil(fitting if milliseconds == 4.5 else 300 / milliseconds)


def test_right_after_a_keyframe_nothing_is_learnt_again_to_be_there(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    run = begin(place, MADE, complain)
    learn(run, 12, WISHES)
    kept = KeptRun(folder_of(run))
    with monkeypatch.context() as patch:
        patch.setattr(CompiledEngine, "measure_update", lambda _engine: pytest.fail("it learns"))
        restored = kept.restore(8)
    assert restored.update == 8
    assert restored.parameters_sha256() == uninterrupted(COMPILED, 8, WISHES)
    keeping.keyframe_file(kept.folder, 8).unlink()
    restored = kept.restore(8)
    assert restored.update == 8
    assert restored.parameters_sha256() == uninterrupted(COMPILED, 8, WISHES), "it has been thinned"


def test_a_divergence_right_after_a_keyframe_leads_back_to_before_the_update_it_follows(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    run = begin(place, MADE, complain)
    learn(run, 12)
    restored = KeptRun(folder_of(run)).restore(8)

    def diverge(_hyperparameters: Hyperparameters) -> None:
        raise Divergence("it is tried")

    monkeypatch.setattr(restored.engine, "finish_rollout", diverge)
    *_, end = restored.events()
    assert isinstance(end, RunFinished)
    assert end.reason is FinishReason.DIVERGED
    assert restored.parameters_sha256() == uninterrupted(COMPILED, 7)


def test_what_a_killed_program_has_left_behind_is_removed_by_the_next_that_writes(place: Path) -> None:
    run = begin(place, MADE, complain)
    learn(run, 12)
    folder = folder_of(run)
    left = [folder / "update-000000099.npz", folder / "update-000000098.4711.new"]
    for file in left:
        file.write_bytes(b"half of it")
    kept = KeptRun(folder)
    known = set(folder.glob("*.npz")) - {*left}
    run = kept.restore()
    assert kept.keep(run, complain)
    learn(run, 60)
    assert not any(file.exists() for file in left)
    assert known <= set(folder.glob("*.npz"))


@ENGINES
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whenever_it_is_closed_changed_and_forked_a_run_is_the_one_that_never_was_closed(
    tmp_path: Path, engine: str, data: st.DataObject
) -> None:
    """Each time some events happen, some with a wish; then it is closed, and goes on or is forked."""
    place = Path(tempfile.mkdtemp(dir=tmp_path))
    run = begin(place, MADE, complain, engine)
    heard: list[tuple[Boundary, dict[str, Any]]] = []
    known = 0
    for _ in range(4):
        n_events = data.draw(st.integers(20, 90))
        wishes = data.draw(st.dictionaries(st.integers(0, 90), st.sampled_from(SOME_WISHES), max_size=3))
        run.stride = data.draw(st.sampled_from([1, 5, LONGEST_STRIDE]))
        events = run.events()
        for number, _event in enumerate(itertools.islice(events, n_events)):
            if (wish := wishes.get(number)) and run.update >= known:
                run.change(run.asked_for.changed(wish))
                heard = [one for one in heard if one[0] <= run.boundary]
                heard.append((run.boundary, wish))
        events.close()
        if not folder_of(run).exists():
            return
        kept = KeptRun(folder_of(run))
        assert kept.journal.updates == max(known, run.update)
        known = kept.journal.updates
        if kept.journal.updates and data.draw(st.booleans()):
            known = data.draw(st.integers(kept.first_update, kept.journal.updates))
            heard = [wish for wish in heard if wish[0].update <= known]
            run = kept.restore(known)
            branch(place, run, Parent(kept.folder.name, known), complain)
        else:
            run = kept.resumed(replayed=data.draw(st.integers(1, 9)))
            assert kept.keep(run, complain)
    until = max(known, run.update) + 2
    other = Trainer(MADE, make_engine(MADE, engine))
    other_events = other.events()
    todo = sorted(heard, key=itemgetter(0))
    while other.update < until:
        while todo and todo[0][0] <= other.boundary:
            other.change(other.wanted.changed(todo.pop(0)[1]))
        next(other_events)
    other_events.close()
    assert learn(run, until) == other.parameters_sha256()


@pytest.mark.parametrize(
    "contents", [b"", b"nonsense", b"[]", b'{"format": "ppo-desktop run"}', b'{"format": "x"}', b"[" * 9999]
)
def test_what_is_no_run_is_refused_in_one_line(place: Path, contents: bytes) -> None:
    folder = place / "run"
    folder.mkdir(parents=True)
    (folder / keeping.JOURNAL).write_bytes(contents)
    with pytest.raises(UnreadableRun) as refused:
        KeptRun(folder)
    assert "\n" not in str(refused.value)


class Opaque(gymnasium.Env[Any, Any]):
    """An environment of somebody else, which gives its state away in no way."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    episodes = 0

    def __init__(self) -> None:
        self.mood = 0.0

    def reset(self, **options: Any) -> Any:
        super().reset(**options)
        self.episodes += 1
        self.left = int(self.np_random.integers(5, 10))
        return self.seen(), {}

    def step(self, action: int) -> Any:
        self.left -= 1
        return self.seen(), float(action), self.left == 0, False, {}

    def seen(self) -> Any:
        return np.array([self.np_random.uniform(-0.5, 0.5) + self.mood], np.float32)


class Remembering(Opaque):
    """What it shows depends on all episodes before."""

    def seen(self) -> Any:
        self.mood = (self.episodes % 7) / 20
        return super().seen()


class Whimsical(Opaque):
    """Never does the same again."""

    def seen(self) -> Any:
        self.mood = os.urandom(1)[0] / 600
        return super().seen()


@pytest.fixture(params=[Opaque, Remembering, Whimsical])
def kind(request: pytest.FixtureRequest) -> Iterator[type[Opaque]]:
    gymnasium.register("ppo-desktop-tests/Opaque-v0", request.param)
    yield request.param
    del gymnasium.registry["ppo-desktop-tests/Opaque-v0"]


def test_a_run_on_an_environment_of_others_goes_on_exactly_where_that_does_the_same_again(
    place: Path, kind: type[Opaque]
) -> None:
    made = RunSettings("ppo-desktop-tests/Opaque-v0", Algorithm.PPO, SMALL, 1)
    run = begin(place, made, complain)
    fingerprint = learn(run, 12)
    kept = KeptRun(folder_of(run))
    assert kept.journal.keyframes
    restored = kept.restore()
    assert bool(restored.caveat) == (kind is Whimsical)
    if kind is Whimsical:
        assert 0 < restored.update <= 12
        checkpoint = next(kept._checkpoints(12))
        assert np.array_equal(checkpoint.learner.learnt.parameters, restored.engine.parameters)
        branch(place, restored, Parent(kept.folder.name, restored.update), complain)
        learn(restored, 15)
        assert KeptRun(folder_of(restored)).journal.updates == 15
    else:
        assert restored.parameters_sha256() == fingerprint
        assert kept.keep(restored, complain)
        learn(restored, 20)
        assert learn(Trainer(made, make_engine(made)), 20) == restored.parameters_sha256()


def test_numbers_that_come_out_otherwise_are_said_to_drift(place: Path) -> None:
    run = begin(place, MADE, complain)
    learn(run, 12)
    keep_other_numbers(folder_of(run))
    kept = KeptRun(folder_of(run))
    restored = kept.restore()
    assert restored.update == 12
    assert restored.caveat
    assert not kept.keep(restored, complain)
    restored.engine.close()
    said: list[str] = []
    restored = kept.resumed(replayed=12)
    assert kept.keep(restored, said.append)
    learn(restored, 15)
    assert len(said) == 1, "it is seen on the way"
    assert KeptRun(folder_of(run)).journal.updates == 12


def test_a_damaged_line_is_said_and_a_run_that_is_another_one_without_it_is_not_kept(place: Path) -> None:
    run = begin(place, MADE, complain)
    learn(run, 10, {5: {"learning_rate": 0.01}})
    journal = folder_of(run) / keeping.JOURNAL
    contents = journal.read_bytes()
    for file in journal.parent.glob("*.npz"):
        file.unlink()
    for event, is_the_same in (("wish", False), ("change", True)):
        journal.write_bytes(contents.replace(f'"event": "{event}"'.encode(), b'"event": "', 1))
        kept = KeptRun(journal.parent)
        restored = kept.restore()
        assert "1 line" in kept.damage
        assert kept.keep(restored, complain) == is_the_same == (restored.caveat == "")
        learn(restored, 11)
