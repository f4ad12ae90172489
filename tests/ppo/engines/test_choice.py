"""The fast engine serves where there are kernels for all that a run is set to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Applies
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import can_be_fast, make_engine
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.settings import RunSettings


def settings(hidden_layers: int, environment_id: str = "CartPole-v1") -> RunSettings:
    values = Hyperparameters(
        n_envs=1, rollout_length=2, n_minibatches=1, hidden_units=4, hidden_layers=hidden_layers
    )
    return RunSettings(environment_id, Algorithm.PPO, values, seed=1)


@pytest.fixture
def only_in_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of another depth than two, which kernels are said not to know."""
    declared = replace(DECLARATIONS["hidden_layers"], pytorch_only=True, before=2)
    monkeypatch.setitem(DECLARATIONS, "hidden_layers", declared)


@pytest.mark.usefixtures("only_in_pytorch")
@pytest.mark.parametrize(("hidden_layers", "serves"), [(2, COMPILED), (3, PYTORCH)])
def test_what_no_kernel_knows_is_computed_by_the_pytorch_engine(hidden_layers: int, serves: str) -> None:
    run = settings(hidden_layers)
    assert can_be_fast(run) == (serves == COMPILED)
    engine = make_engine(run, COMPILED)
    assert engine.name == serves
    engine.close()


def test_without_kernels_for_the_environment_no_setting_is_fast() -> None:
    assert not can_be_fast(settings(2, "FrozenLake-v1"))


def test_what_no_kernel_knows_cannot_change_in_a_run_nor_be_missing_in_a_file() -> None:
    declared = DECLARATIONS["learning_rate"]
    with pytest.raises(ValueError, match="learning_rate is unknown to kernels"):
        replace(declared, pytorch_only=True, before=0.001)
    with pytest.raises(ValueError, match="learning_rate is unknown to kernels"):
        replace(declared, pytorch_only=True, applies=Applies.NEXT_RUN)
