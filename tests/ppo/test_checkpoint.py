"""A run that goes on from a checkpoint is the run that was never interrupted."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, is_compiled
from ppo_desktop.ppo.checkpoint import Boundary, Checkpoint, NotResumable, Wishes
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import (
    Event,
    MinibatchOptimized,
    RunFinished,
    RunStarted,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer

SMALL = Hyperparameters(n_envs=3, rollout_length=24, n_minibatches=2, n_epochs=2, hidden_units=8)
UPDATES = 6
WISHES: list[dict[str, Any]] = [
    {"learning_rate": 0.01},
    {"clip_range": None},
    {"clip_range": 0.05, "entropy_coef": 0.02},
    {"n_envs": 2},
    {"rollout_length": 30, "learning_rate": 0.001},
    {"total_steps": 5_000},
    {"n_epochs": 3},
]


def run(
    environment_id: str, algorithm: Algorithm = Algorithm.PPO, seed: int = 1, **values: Any
) -> RunSettings:
    return RunSettings(environment_id, algorithm, SMALL.changed(values), seed)


def facts(event: Event) -> str:
    """All that an event says, so that equal ones are equal and nan is nan."""
    if isinstance(event, MinibatchOptimized):
        samples = event.samples
        arrays = (samples.indices, samples.log_probs_old, samples.log_probs, samples.advantages)
        return repr([(array.shape, array.tobytes()) for array in arrays])
    if isinstance(event, UpdateFinished):
        return repr(event) + event.state_entropies.tobytes().hex()
    return repr(event)


def go_on(trainer: Trainer, events: Iterator[Event], until: int) -> list[str]:
    """Take events up to the end of an update, or of the run."""
    taken: list[str] = []
    while trainer.update < until:
        event = next(events)
        taken.append(facts(event))
        if isinstance(event, RunFinished):
            break
    return taken


def resumed(checkpoint: Checkpoint) -> Trainer:
    return Trainer.resumed(checkpoint, make_engine(checkpoint.settings, checkpoint.engine))


def assert_same_after(made: RunSettings, engine: str, at: int, changes: dict[str, Any], stride: int) -> None:
    """Interrupt a run after update `at`, before which and after which values are changed."""
    whole = Trainer(made, make_engine(made, engine))
    assert whole.engine.name == engine
    events = whole.events()
    go_on(whole, events, max(at - 1, 0))
    whole.change(whole.hyperparameters.changed(changes))
    go_on(whole, events, at)
    checkpoint = whole.checkpoint()
    other = resumed(copy.deepcopy(checkpoint))
    whole.stride = other.stride = stride
    assert other.parameters_sha256() == whole.parameters_sha256()
    assert repr(other.look(0)) == repr(whole.look(0)) or at == 0
    later = other.events()
    assert next(later) == RunStarted(made, whole.engine.spaces.n_actions, engine, at)
    if at == 0:
        next(events)
    assert go_on(other, later, UPDATES) == go_on(whole, events, UPDATES)
    assert other.parameters_sha256() == whole.parameters_sha256()
    events.close()
    later.close()


KNOWN = [
    (environment_id, engine)
    for environment_id in KNOWN_ENVIRONMENTS
    for engine in (COMPILED, PYTORCH)
    if engine == PYTORCH or is_compiled(environment_id)
]


@pytest.mark.parametrize(("environment_id", "engine"), KNOWN)
@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_known_environment_goes_on_as_if_never_interrupted(
    environment_id: str, engine: str, algorithm: Algorithm
) -> None:
    made = run(environment_id, algorithm, normalize_observations=True, normalize_rewards=True)
    assert_same_after(made, engine, 3, {}, LONGEST_STRIDE)


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_whatever_is_set_and_changed_a_run_goes_on_as_if_never_interrupted(
    engine: str, data: st.DataObject
) -> None:
    flags = {
        name: data.draw(st.booleans(), name)
        for name in ("anneal", "normalize_observations", "normalize_rewards")
    }
    made = run(
        data.draw(st.sampled_from(["CartPole-v1", "Pendulum-v1"])),
        data.draw(st.sampled_from(list(Algorithm))),
        seed=data.draw(st.integers(0, 1000)),
        total_steps=data.draw(st.sampled_from([1_000, 100_000])),
        target_kl=data.draw(st.sampled_from([None, 0.001])),
        n_envs=data.draw(st.integers(1, 4)),
        **flags,
    )
    changes = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "learning_rate": st.just(0.01),
                "clip_range": st.just(None),
                "n_envs": st.integers(1, 4),
                "rollout_length": st.just(30),
            },
        )
    )
    at = data.draw(st.integers(0, UPDATES - 1))
    assert_same_after(made, engine, at, changes, data.draw(st.sampled_from([1, LONGEST_STRIDE])))


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_settings_and_what_was_changed_when_make_the_run(engine: str, data: st.DataObject) -> None:
    made = run(data.draw(st.sampled_from(["CartPole-v1", "Pendulum-v1"])), anneal=True, total_steps=10_000)
    trainer = Trainer(made, make_engine(made, engine))
    events = trainer.events()
    checkpoints = [trainer.checkpoint()]
    wishes = data.draw(st.dictionaries(st.integers(0, 100), st.sampled_from(WISHES), max_size=6))
    heard: list[tuple[Boundary, dict[str, Any]]] = []
    finished: list[str] = []
    for number in itertools.count():
        if wish := wishes.get(number):
            trainer.change(trainer.wanted.changed(wish))
            heard.append((trainer.boundary, wish))
            trainer.stride = LONGEST_STRIDE if trainer.stride == 1 else 1
        event = next(events)
        if isinstance(event, UpdateFinished):
            finished.append(facts(event))
            checkpoints.append(trainer.checkpoint())
            if trainer.update == UPDATES:
                break
    at = data.draw(st.integers(0, UPDATES - 1))
    other = Trainer.resumed(checkpoints[at], make_engine(made, engine))
    other.redo(Wishes(tuple(heard)))
    other.stride = LONGEST_STRIDE
    later = other.events()
    assert [event for event in go_on(other, later, UPDATES) if event in finished] == finished[at:]
    assert other.parameters_sha256() == trainer.parameters_sha256()
    events.close()
    later.close()


def test_a_run_that_goes_on_can_go_over_to_the_fast_engine_at_once() -> None:
    made = run("Pendulum-v1", normalize_observations=True)
    trainer = Trainer(made, make_engine(made, PYTORCH))
    events = trainer.events()
    go_on(trainer, events, 3)
    other = resumed(trainer.checkpoint())
    later = other.events()
    assert isinstance(next(later), RunStarted)
    for each in (trainer, other):
        each.use_fast_engine()
    assert go_on(other, later, UPDATES) == go_on(trainer, events, UPDATES)
    assert other.engine.name == trainer.engine.name == COMPILED
    assert other.parameters_sha256() == trainer.parameters_sha256()
    events.close()
    later.close()


def test_what_is_asked_while_earlier_wishes_are_still_to_be_heard_counts_instead_of_them() -> None:
    made = run("CartPole-v1")
    trainer = Trainer(made, make_engine(made, COMPILED))
    trainer.redo(
        Wishes(
            (
                (Boundary(1, -1), {"learning_rate": 0.01}),
                (Boundary(2, -1), {"anneal": True, "total_steps": 5_000}),
                (Boundary(2, 1), {"total_steps": None}),
                (Boundary(2, 2), {"clip_range": 0.3}),
            )
        )
    )
    assert trainer.wanted.learning_rate == 0.01, "heard where it is"
    expected = {"learning_rate": 0.01, "anneal": True, "total_steps": 5_000, "clip_range": 0.3}
    assert trainer.asked_for == SMALL.changed(expected), "what would contradict the rest is left out"
    trainer.change(trainer.asked_for.changed({"clip_range": 0.1}))
    events = trainer.events()
    go_on(trainer, events, 3)
    assert trainer.hyperparameters == SMALL.changed({**expected, "clip_range": 0.1})
    events.close()


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
def test_another_seed_changes_what_is_drawn_from_there_on_and_nothing_else(engine: str) -> None:
    made = run("CartPole-v1", normalize_observations=True)
    trainer = Trainer(made, make_engine(made, engine))
    events = trainer.events()
    go_on(trainer, events, 3)
    before = trainer.checkpoint()
    trainer.reseed(7)
    after = trainer.checkpoint()
    assert after.settings == replace(made, seed=7)
    assert not set(_draws(before)) & set(_draws(after))
    assert _all_but_draws(after) == _all_but_draws(before)
    trainer.reseed(7)
    assert _draws(trainer.checkpoint()) == _draws(after), "nothing has been drawn meanwhile"
    other = Trainer.resumed(before, make_engine(made, engine))
    other.reseed(7)
    go_on(trainer, events, 6)
    other_events = other.events()
    go_on(other, other_events, 6)
    assert other.parameters_sha256() == trainer.parameters_sha256()
    events.close()
    other_events.close()


def _draws(checkpoint: Checkpoint) -> list[str]:
    """Return where all generators are that there is something to be drawn from."""
    learner = checkpoint.learner
    return [repr(one) for one in (checkpoint.minibatches, learner.actions, *learner.agents.generators)]


def _all_but_draws(checkpoint: Checkpoint) -> list[object]:
    learner, learnt, agents = checkpoint.learner, checkpoint.learner.learnt, checkpoint.learner.agents
    arrays = (learnt.parameters, *learnt.moments.values(), learner.discounted, learnt.observations.mean)
    of_agents = (agents.returns, agents.lengths, agents.over, agents.reached, *agents.arrays.values())
    facts = (checkpoint.steps, checkpoint.update, checkpoint.returns, checkpoint.wanted, agents.made)
    return [*facts, *((one.shape, one.tobytes()) for one in (*arrays, *of_agents))]


def test_annealing_does_not_jump_when_more_steps_are_allowed() -> None:
    made = run("CartPole-v1", anneal=True, total_steps=720, clip_range=0.2)
    trainer = Trainer(made, make_engine(made, COMPILED))
    events = trainer.events()
    clip_ranges = set()
    for event in events:
        if isinstance(event, RunFinished):
            if trainer.wanted.total_steps == 1_440:
                break
            trainer.change(trainer.wanted.changed({"total_steps": 1_440}))
        if isinstance(event, MinibatchOptimized):
            clip_ranges.add(event.samples.clip_range)
    assert sorted(clip_ranges) == pytest.approx([0.02 * tenths for tenths in range(1, 11)])


def test_what_is_not_of_such_a_run_is_refused() -> None:
    made = run("CartPole-v1")
    trainer = Trainer(made, make_engine(made, COMPILED))
    checkpoint = trainer.checkpoint()
    others = run("CartPole-v1", hidden_units=9), run("Acrobot-v1")
    for other in others:
        with pytest.raises(NotResumable):
            Trainer.resumed(checkpoint, make_engine(other, COMPILED))
    with pytest.raises(NotResumable):
        Trainer.resumed(checkpoint, make_engine(made, PYTORCH))
    trainer.engine.close()
    assert np.isfinite(checkpoint.learner.learnt.parameters).all()
