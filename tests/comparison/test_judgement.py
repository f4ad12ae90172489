"""How good a policy really is: from the same start states for all, and told in time, whatever happens."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from ppo_desktop.comparison import judgement as judgement_module
from ppo_desktop.comparison.judgement import (
    Judgement,
    Judging,
    judgement_sentences,
    judgements_csv,
    moment_name,
)
from ppo_desktop.comparison.statistics import bootstrap_interval
from ppo_desktop.jobs.job import Ended, EndReason, Idle
from ppo_desktop.library import NoSuchRun
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.player import Acting
from ppo_desktop.ppo.policy_state import PolicyMoment
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from tests.comparisons import SMALL

CARTPOLE = RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1)


class Toy(gymnasium.Env[Any, Any]):
    """Gives 1 for each of three steps, or breaks down where the class says so; `made` are all."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)
    made: list[Toy]
    steps_left = 10**6

    def __init__(self, **_: Any) -> None:
        self.made.append(self)
        self.is_closed = False

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.time = 0
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.time += 1
        type(self).steps_left -= 1
        if self.steps_left < 0:
            raise RuntimeError("motor burnt out")
        return np.zeros(1, np.float32), 1.0, self.time == 3, False, {}

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def toy_moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[PolicyMoment]:
    """A run on the toy; every environment is closed in the end."""
    monkeypatch.setattr(Toy, "made", [], raising=False)
    monkeypatch.setattr(Toy, "steps_left", 10**6)
    gymnasium.register("JudgedToy-v0", Toy)
    yield moment_of(replace(CARTPOLE, environment_id="JudgedToy-v0"), 1)
    assert all(toy.is_closed for toy in Toy.made)
    del gymnasium.registry["JudgedToy-v0"]


def moment_of(settings: RunSettings, updates: int = 3) -> PolicyMoment:
    """Return a run's policy after so many updates."""
    trainer = Trainer(settings, make_engine(settings))
    events = trainer.events()
    next(e for e in events if isinstance(e, UpdateFinished) and e.update == updates)
    moment = trainer.policy_moment()
    events.close()
    return moment


def judged(moment: PolicyMoment) -> tuple[Judgement, Ended]:
    """Return what is known in the end."""
    *judgements, ended = (e for e in Judging(lambda: moment).events() if isinstance(e, Judgement | Ended))
    assert isinstance(ended, Ended)
    assert isinstance(judgements[-1], Judgement)
    return judgements[-1], ended


def test_a_moment_is_judged_in_both_ways_of_acting_with_the_same_numbers_each_time() -> None:
    moment = moment_of(CARTPOLE)
    judgement, ended = judged(moment)
    assert ended == Ended(EndReason.COMPLETED)
    assert judgement.n_played == 100
    for returns in judgement.by_acting.values():
        assert len(returns.returns) == 100
        assert returns.mean == pytest.approx(np.mean(returns.returns))
        assert (returns.low, returns.high) == tuple(map(float, bootstrap_interval(np.array(returns.returns))))
        assert returns.low < returns.mean < returns.high
    sampled, deterministic = (judgement.by_acting[acting].returns for acting in Acting)
    assert sampled != deterministic
    assert judged(moment)[0].by_acting == judgement.by_acting
    assert (moment.update, moment.steps, moment.is_within_update) == (3, 96, False)
    header, *rows = judgements_csv([judgement]).splitlines()
    assert header == "run,environment,algorithm,seed,update,steps,starts,acting,start,return"
    assert len(rows) == 200
    assert rows[103].startswith(",CartPole-v1,ppo,1,3,96,CartPole-v1 version 1,deterministic,4,")


def test_the_middle_of_an_update_is_named_as_such() -> None:
    trainer = Trainer(CARTPOLE, make_engine(CARTPOLE))
    assert moment_name(trainer.policy_moment()) == "before the first update, step 0"
    events = trainer.events()
    next(e for e in events if isinstance(e, UpdateFinished))
    assert moment_name(trainer.policy_moment()) == "update 1, step 32"
    next(e for e in events if isinstance(e, MinibatchOptimized))
    assert moment_name(trainer.policy_moment()) == "within update 2, step 64"
    events.close()


def test_what_is_done_is_kept_when_it_is_cancelled_and_a_pause_is_one(
    toy_moment: PolicyMoment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judgement_module, "NEWS_SECONDS", -1.0)  # it says each step
    judging = Judging(lambda: toy_moment)
    events = judging.events()
    next(events)
    judging.pause()
    paused = list(itertools.takewhile(lambda e: not isinstance(e, Idle), events))
    done = judging.done
    assert isinstance(next(events), Idle)
    assert judging.done == done < judging.total
    assert len(paused) <= 1
    judging.resume()
    while judging.done < 20:
        next(events)
    judging.cancel()
    *_, judgement, ended = events
    assert ended == Ended(EndReason.CANCELLED)
    assert isinstance(judgement, Judgement)
    assert 10 <= judgement.n_played <= judging.done / 2 < 100
    assert judgement.by_acting[Acting.SAMPLED].mean == 3.0
    assert f"3.0 in each of {judgement.n_played}" in judgement_sentences(judgement)[1]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (NotResumable("it is another run"), "The run cannot go on from there: it is another run."),
        (EnvironmentFailure("It broke."), "It broke."),
        (NoSuchRun("There is none."), "There is none."),
    ],
)
def test_what_cannot_be_judged_is_said_in_a_line(failure: Exception, said: str) -> None:
    def find() -> PolicyMoment:
        raise failure

    assert list(Judging(find).events()) == [Ended(EndReason.FAILED, said)]


def test_an_environment_that_fails_loses_nothing_that_was_played(toy_moment: PolicyMoment) -> None:
    Toy.steps_left = 130
    judgement, ended = judged(toy_moment)
    assert ended.reason is EndReason.FAILED
    assert "motor burnt out" in ended.message
    assert [len(returns.returns) for returns in judgement.by_acting.values()] == [22, 21]
