"""A kept run at a moment, as exports see it."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.exports import subject
from ppo_desktop.exports.subject import Change, ExportedRun, Learnt, offered_run
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import keeping, kept
from ppo_desktop.runs.kept import begin
from ppo_desktop.user_files import runs_folder
from tests.kept_runs import SMALL, keep_branch, keep_on, keep_run


def exported(run: str, update: int | None = None) -> ExportedRun:
    return ExportedRun(library.open_run(run), update)


def test_what_it_had_learnt_is_that_of_the_moment() -> None:
    run = keep_run(8)
    kept = library.open_run(run)
    trainer = kept.restore(5)
    learnt = exported(run, 5).learnt
    assert learnt.parameters_sha256 == trainer.parameters_sha256()
    assert (learnt.moment.update, learnt.moment.steps) == (5, trainer.steps)
    observations = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    outputs = learnt.networks.actor.perceptron(learnt.normalizer(observations))
    assert np.array_equal(outputs, trainer.engine.actor.perceptron(observations))
    assert (
        exported(run).learnt.parameters_sha256
        == kept.restore().parameters_sha256()
        != learnt.parameters_sha256
    )


@pytest.fixture
def _keyframe_after_every_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "LONGEST_WAIT", 0.0)
    monkeypatch.setattr(keeping, "_MOST_WAITING", 1_000)


@pytest.mark.usefixtures("_keyframe_after_every_update")
@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
@pytest.mark.parametrize(
    ("environment_id", "values"),
    [
        ("CartPole-v1", {"gamma": 0.9}),
        ("Pendulum-v1", {"normalize_observations": True, "normalize_rewards": True}),
        ("GridWorld-v0", {"algorithm": Algorithm.A2C}),
    ],
)
def test_what_is_kept_of_a_moment_is_what_would_be_learnt_again(
    environment_id: str, values: dict[str, Any], engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = keep_run(5, environment_id=environment_id, engine=engine, **values)
    branch = keep_branch(run, 3, 6, learning_rate=0.01)
    moments = [(run, None), (run, 2), (branch, None), (branch, 5), (branch, 2)]
    again = [exported(*moment)._learnt_again() for moment in moments]
    monkeypatch.setattr(kept, "make_engine", lambda *_: pytest.fail("no engine is needed"))
    for moment, known in zip(moments, again, strict=True):
        opened = exported(*moment)
        assert opened.is_learnt_kept
        learnt = opened.learnt
        for name in ("spaces", "engine", "parameters_sha256", "value_scale", "hyperparameters"):
            assert getattr(learnt, name) == getattr(known, name), name
        for name in ("settings", "update", "steps", "is_within_update", "doubt"):
            assert getattr(learnt.moment, name) == getattr(known.moment, name), name
        for mine, theirs in zip(arrays_of(learnt), arrays_of(known), strict=True):
            assert np.array_equal(mine, theirs)


def arrays_of(learnt: Learnt) -> list[Any]:
    snapshot = learnt.snapshot
    statistics = (snapshot.observations, snapshot.rewards, learnt.moment.policy.observations)
    numbers = [part for each in statistics for part in (each.count, each.mean, each.variance)]
    moments = [snapshot.moments[name] for name in sorted(snapshot.moments)]
    return [snapshot.parameters, learnt.moment.policy.parameters, *numbers, *moments]


@pytest.mark.usefixtures("_keyframe_after_every_update")
@pytest.mark.parametrize("parameters", [np.zeros(3, np.float32), None])
def test_a_keyframe_that_cannot_be_used_is_not_trusted(parameters: Any) -> None:
    run = keep_run(4)
    expected = exported(run, 3).learnt.parameters_sha256
    place, journal = keeping.keyframe_file(runs_folder() / run, 3), runs_folder() / run / keeping.JOURNAL
    contents = b"damaged"
    if parameters is not None:  # by the checksum of the journal it would be the one
        with np.load(place) as members:
            arrays = dict(members) | {"parameters": parameters}
        np.savez(place, **arrays)
        contents = place.read_bytes()
        other = hashlib.sha256(contents).hexdigest()
        known = library.open_run(run).journal.keyframes[3].sha256
        journal.write_text(journal.read_text(encoding="utf-8").replace(known, other), encoding="utf-8")
    place.write_bytes(contents)
    assert exported(run, 3).learnt.parameters_sha256 == expected


def test_a_moment_after_the_last_keyframe_is_soon_learnt_where_its_engines_are_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = keep_run(4)
    keep_branch(run, 4, 6)  # which begins with a keyframe of its own
    monkeypatch.setattr(keeping, "KEYFRAME_SECONDS", 1e9)
    keep_on(run, 6)
    assert not library.open_run(run).journal.keyframes.keys() & {5, 6}
    assert exported(run, 5).is_soon_learnt
    monkeypatch.setattr(subject, "is_loaded", lambda engine: engine == PYTORCH)
    assert not exported(run, 5).is_soon_learnt


@pytest.mark.usefixtures("_keyframe_after_every_update")
def test_a_moment_before_a_keyframe_may_be_far_away() -> None:
    run = keep_run(4)
    keeping.keyframe_file(runs_folder() / run, 2).unlink()
    lines = (runs_folder() / run / keeping.JOURNAL).read_text(encoding="utf-8").splitlines(keepends=True)
    kept_lines = [line for line in lines if not ('"keyframe"' in line and '"update": 2,' in line)]
    assert len(kept_lines) == len(lines) - 1
    (runs_folder() / run / keeping.JOURNAL).write_text("".join(kept_lines), encoding="utf-8")
    assert [exported(run, update).is_soon_learnt for update in (1, 2, 3)] == [True, False, True]


def test_of_an_environment_that_is_not_ours_nothing_is_taken_as_kept() -> None:
    run = keep_run(2, environment_id="FrozenLake-v1", engine=PYTORCH, total_steps=64)
    assert not exported(run).is_learnt_kept


def test_an_update_that_is_not_written_yet_is_waited_for() -> None:
    run = keep_run(4)
    opened: list[ExportedRun] = []
    offer = offered_run("run", run, 6)
    opening = threading.Thread(target=lambda: opened.append(offer.open()))
    opening.start()
    keep_on(run, 8)
    opening.join()
    assert (opened[0].update, opened[0].kept.folder.name) == (6, run)
    assert [event.update for event in opened[0].events() if isinstance(event, UpdateFinished)][-1] == 6


def test_a_run_of_which_nothing_is_written_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    run = keep_run(4)
    folder, elsewhere = runs_folder() / run, runs_folder().with_name("elsewhere")
    folder.rename(elsewhere)
    monkeypatch.setattr(library.time, "sleep", lambda _seconds: elsewhere.rename(folder))
    opened = offered_run("run", run, 3).open()
    assert (opened.update, opened.kept.folder.name) == (3, run)


def test_an_update_that_never_comes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "WRITING_SECONDS", 0.0)
    with pytest.raises(library.NoSuchRun, match="none called 6"):
        offered_run("run", keep_run(4), 6).open()


def test_events_of_a_branch_begin_with_those_of_the_run_it_left() -> None:
    parent = keep_run(8)
    branch = keep_branch(parent, 5, 9, clip_range=0.05)
    own, all_of_parent = list(library.open_run(branch).events()), list(exported(parent).events())
    events = list(exported(branch).events())
    assert [event.update for event in events if isinstance(event, UpdateFinished)] == list(range(1, 10))
    assert events[-len(own) :] == own
    assert events[: -len(own)] == all_of_parent[: len(events) - len(own)]
    early = list(exported(branch, 7).events())
    assert early == events[: len(early)]
    assert isinstance(early[-1], UpdateFinished)
    assert early[-1].update == 7


def test_changes_say_before_which_gradient_step_they_counted() -> None:
    settings = RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1)
    run = begin(runs_folder(), settings, lambda message: None, PYTORCH)
    wanted = {
        (2, 1): {"clip_range": 0.1},
        (2, 3): {"clip_range": 0.3, "gamma": 0.9},
        (3, 4): {"learning_rate": 0.01},  # after the last gradient step of the update
    }
    taken = 0
    events = run.events()
    for event in events:
        match event:
            case MinibatchOptimized():
                taken += 1
                if values := wanted.get((run.update + 1, taken)):
                    run.change(run.wanted.changed(values))
            case UpdateFinished():
                taken = 0
                if event.update == 5:
                    break
    events.close()
    assert run.keeper is not None
    name = run.keeper.folder.name
    assert exported(name).changes == (
        Change(2, 1, "clip_range", 0.1),
        Change(2, 3, "clip_range", 0.3),
        Change(3, BEFORE_ROLLOUT, "gamma", 0.9),
        Change(4, BEFORE_ROLLOUT, "learning_rate", 0.01),
    )
    assert exported(name, 2).changes == exported(name).changes[:2]
    branch = keep_branch(name, 3, 6, gamma=0.5)
    assert exported(branch).changes == (*exported(name).changes, Change(4, BEFORE_ROLLOUT, "gamma", 0.5))
