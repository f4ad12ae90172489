"""Every number that a run tells is declared once; no list of them lacks one."""

from __future__ import annotations

import dataclasses

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.quantities import (
    BITS,
    COMPARED,
    QUANTITIES,
    UPDATE_QUANTITIES,
    Quantity,
    UpdateQuantities,
)
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.history import COLUMNS, History
from tests.updates import UPDATE

EVERY = pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=QUANTITIES)


def test_every_field_of_an_update_is_a_quantity_of_its_name() -> None:
    assert list(UPDATE_QUANTITIES) == [field.name for field in dataclasses.fields(UpdateQuantities)]
    assert all(quantity.name == name for name, quantity in QUANTITIES.items())


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
def test_every_engine_measures_every_quantity_of_an_update(engine: str) -> None:
    settings = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(rollout_length=8, n_envs=2), seed=1)
    trainer = Trainer(settings, make_engine(settings, engine))
    update = next(event for event in trainer.events() if isinstance(event, UpdateFinished))
    assert all(isinstance(getattr(update, name), int | float) for name in UPDATE_QUANTITIES)


@pytest.mark.parametrize("name", UPDATE_QUANTITIES)
def test_every_quantity_of_an_update_has_a_curve_in_the_history(name: str) -> None:
    history = History()
    history.add(dataclasses.replace(UPDATE, **{name: 3.0}))
    assert history.curve(name).last == 3.0
    assert name in COLUMNS


def test_comparisons_keep_the_return_and_what_an_update_has_of_its_own() -> None:
    assert "return" in COMPARED
    assert UPDATE_QUANTITIES.keys() - COMPARED.keys() == {"return_spread", "gradient_norm", "min_ratio"}


@EVERY
def test_titles_become_shorter(quantity: Quantity) -> None:
    lengths = [len(title) for title in quantity.titles]
    assert lengths == sorted(lengths, reverse=True)
    assert quantity.short_title in quantity.titles


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("clip_fraction", 0.066, "6.6 %"),
        ("clip_fraction", -0.0, "0.0 %"),
        ("explained_variance", -1.857, "−1.86"),
        ("explained_variance", -0.001, "0.00"),
        ("approx_kl", 0.01131, "0.0113"),
        ("approx_kl", 0.0, "0.0"),
        ("value_loss", 1234.0, "1 234"),
        ("max_ratio", 1.4, "1.40"),
        ("return", -1204.34, "−1 204.3"),
    ],
)
def test_a_value_is_written_in_one_way_everywhere(name: str, value: float, text: str) -> None:
    assert QUANTITIES[name].write(value) == text


def test_entropies_are_told_in_nats_and_shown_in_bits() -> None:
    entropy = UPDATE_QUANTITIES["policy_entropy"]
    assert entropy.unit is BITS
    assert entropy.text(0.6931471805599453) == "1.000"
    assert entropy.with_unit(entropy.short_title) == "Entropy, bits"
