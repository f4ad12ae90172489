"""A kept run at a moment, as exports see it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.exports import subject
from ppo_desktop.exports.subject import Change, ExportedRun, offered_run
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import BEFORE_ROLLOUT
from ppo_desktop.ppo.engines import PYTORCH
from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.settings import RunSettings
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
    monkeypatch.setattr(subject.time, "sleep", lambda _seconds: elsewhere.rename(folder))
    opened = offered_run("run", run, 3).open()
    assert (opened.update, opened.kept.folder.name) == (3, run)


def test_an_update_that_never_comes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_WRITING_SECONDS", 0.0)
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
