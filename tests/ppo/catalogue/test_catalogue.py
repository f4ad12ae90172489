"""What the catalogue says of each environment is complete, and what Gymnasium says of it."""

from __future__ import annotations

from dataclasses import astuple, replace

import gymnasium
import numpy as np
import pytest

from ppo_desktop.ppo import catalogue
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, is_compiled
from ppo_desktop.ppo.catalogue.environment import ActionName, KnownEnvironment
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import make_engine, serving
from ppo_desktop.ppo.environments import close_environment, has_discrete_actions, make_environment, spaces_of
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings

KNOWN = pytest.mark.parametrize("known", KNOWN_ENVIRONMENTS.values(), ids=list(KNOWN_ENVIRONMENTS))


@KNOWN
def test_it_agrees_with_gymnasium(known: KnownEnvironment) -> None:
    environment = make_environment(known.environment_id)
    spec, spaces = gymnasium.spec(known.environment_id), spaces_of(environment)
    assert len(known.actions) == spaces.n_outputs
    assert known.is_discrete is (spaces.n_actions is not None)
    assert known.solved_return == spec.reward_threshold
    assert known.return_range[0] < known.return_range[1]
    assert str(spec.max_episode_steps) in known.brief.end
    environment.reset(seed=1)
    picture = environment.render()
    assert isinstance(picture, np.ndarray)
    assert (picture.ndim, picture.dtype) == (3, np.uint8)
    close_environment(known.environment_id, environment)


@KNOWN
def test_nothing_is_missing(known: KnownEnvironment) -> None:
    assert len({preset.id for preset in known.presets}) == len(known.presets) > 0
    assert all(text.endswith((".", "best.")) and len(text) > 10 for text in astuple(known.brief))
    if known.plane is not None:
        observations = known.plane.observations(known.plane.grid())
        assert observations.shape[1] == len(known.observations)


def test_kernels_have_numbers_of_their_own() -> None:
    numbers = [known.kernel.number for known in KNOWN_ENVIRONMENTS.values() if known.kernel is not None]
    assert sorted(numbers) == list(range(len(numbers)))


@pytest.mark.parametrize(("environment_id", "decimals"), [("CartPole-v1", 1), ("GridWorld-v0", 2)])
def test_small_returns_are_written_with_more_decimals(environment_id: str, decimals: int) -> None:
    assert KNOWN_ENVIRONMENTS[environment_id].return_decimals == decimals


def test_of_others_it_is_not_known_whether_actions_are_discrete() -> None:
    assert has_discrete_actions("nowhere:Other-v0") is None
    assert not is_compiled("nowhere:Other-v0")


PENDULUM = KNOWN_ENVIRONMENTS["Pendulum-v1"]


@pytest.mark.parametrize(
    "known",
    [
        replace(PENDULUM, kernel=None),
        replace(PENDULUM, actions=(ActionName("torque 1"), ActionName("torque 2"))),
    ],
    ids=["without a kernel", "with an action of two components"],
)
def test_the_pytorch_engine_serves_what_kernels_cannot_step(
    monkeypatch: pytest.MonkeyPatch, known: KnownEnvironment
) -> None:
    values = Hyperparameters(n_envs=1, rollout_length=2, n_minibatches=1, hidden_units=4)
    run = RunSettings("Pendulum-v1", Algorithm.PPO, values, seed=1)
    assert serving(COMPILED, run) == COMPILED
    monkeypatch.setitem(catalogue.KNOWN_ENVIRONMENTS, "Pendulum-v1", known)
    assert serving(COMPILED, run) == PYTORCH
    engine = make_engine(run, COMPILED)
    assert engine.name == PYTORCH
    engine.close()
