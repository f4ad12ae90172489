"""Every number of the sample table follows from those beside it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.samples import SITUATIONS, MinibatchSamples
from ppo_desktop.views.kit.table import csv_of
from ppo_desktop.views.sample_table import columns_of, formula_of, ratios_of
from tests.updates import trace_of

ORDER = np.arange(6)


def minibatch(spaces: Spaces, clip_range: float | None = 0.2) -> MinibatchSamples:
    random = np.random.default_rng(1)
    rollout = Rollout.empty(4, 3, spaces)
    rollout.observations[:] = random.normal(size=rollout.observations.shape)
    if spaces.n_actions is not None:
        rollout.actions[:] = random.integers(spaces.n_actions, size=rollout.actions.shape)
    else:
        rollout.actions[:] = random.normal(size=rollout.actions.shape)
    old = random.normal(-1, 0.3, 6).astype(np.float32)
    new = (old + random.normal(0, 0.4, 6)).astype(np.float32)
    raw = random.normal(size=6).astype(np.float32)
    return MinibatchSamples(rollout, np.array([11, 0, 5, 7, 3, 2]), old, new, raw * 9, raw, clip_range)


DISCRETE = Spaces(n_observations=4, n_actions=2)
CONTINUOUS = Spaces(3, None, action_low=(-2.0,), action_high=(2.0,), action_shape=(1,))


@pytest.mark.parametrize("clip_range", [0.2, None])
@pytest.mark.parametrize(
    ("environment_id", "spaces"), [("CartPole-v1", DISCRETE), ("Pendulum-v1", CONTINUOUS), ("X-v0", DISCRETE)]
)
def test_the_csv_can_be_recomputed_from_its_first_columns(
    environment_id: str, spaces: Spaces, clip_range: float | None
) -> None:
    samples = minibatch(spaces, clip_range)
    rows = list(
        csv.DictReader(io.StringIO(csv_of(columns_of(samples, environment_id, Algorithm.PPO), ORDER)))
    )
    assert len(rows) == 6
    low, high = (0.8, 1.2) if clip_range else (0.0, np.inf)
    for row, index in zip(rows, samples.indices.tolist(), strict=True):
        situation = row.pop("situation")
        number = {name: float(value) for name, value in row.items()}
        assert (number["time"] - 1) * 3 + number["agent"] - 1 == index
        ratio = np.exp(number["log_prob"] - number["log_prob_old"])
        clipped = np.clip(ratio, low, high)
        advantage = number["advantage"]
        assert number["ratio"] == pytest.approx(ratio, rel=1e-5)
        assert number["clipped_ratio"] == pytest.approx(clipped, rel=1e-5)
        assert number["surrogate"] == pytest.approx(ratio * advantage, rel=1e-5)
        assert number["clipped_surrogate"] == pytest.approx(clipped * advantage, rel=1e-5)
        assert number["objective"] == pytest.approx(min(ratio * advantage, clipped * advantage), rel=1e-5)
        cut = (ratio > high and advantage > 0) or (ratio < low and advantage < 0)
        assert number["gradient_cut"] == cut
        assert number["gradient_alive"] == (not cut)
        side = "above" if ratio > high else "below" if ratio < low else "inside"
        assert situation == f"{side}_{'positive' if advantage > 0 else 'negative'}"
        assert number["advantage_raw"] == pytest.approx(9 * advantage, rel=1e-5)
        time, agent = divmod(index, 3)
        observation = samples.rollout.observations[time, agent]
        assert [number[f"state_{i + 1}"] for i in range(len(observation))] == pytest.approx(observation)
        action = np.ravel(samples.rollout.actions[time, agent])
        assert number["action" if spaces.n_actions else "action_1"] == pytest.approx(float(action[0]))


def test_a_csv_has_the_rows_in_the_order_shown() -> None:
    columns = columns_of(minibatch(DISCRETE), "CartPole-v1", Algorithm.PPO)
    lines = csv_of(columns, ORDER[::-1]).splitlines()
    assert lines[1:] == csv_of(columns, ORDER).splitlines()[:0:-1]


def test_numbers_are_named_as_the_environment_names_them() -> None:
    columns = {
        column.header: column for column in columns_of(minibatch(DISCRETE), "CartPole-v1", Algorithm.PPO)
    }
    assert {"x", "v", "θ", "ω"} <= set(columns)
    action = columns["a"]
    assert {action.text(row) for row in range(6)} <= {"← left", "→ right"}


def test_only_the_first_components_of_a_long_observation_have_columns() -> None:
    columns = columns_of(minibatch(Spaces(n_observations=40, n_actions=2)), "X-v0", Algorithm.PPO)
    assert [column.header for column in columns if column.name.startswith("state")][-1] == "s₈"


def test_the_formula_holds_the_numbers_of_the_row() -> None:
    samples = minibatch(DISCRETE)
    text = formula_of(samples, 2, Algorithm.PPO)
    assert f"{samples.objectives[2]:.4f}".replace("-", "−") in text
    assert SITUATIONS[samples.situations[2]].label in text
    assert ("dead" in text) == bool(samples.gradient_cut[2])


def test_the_ratios_of_a_followed_sample_are_those_of_the_steps_it_was_in() -> None:
    first, second = minibatch(DISCRETE), minibatch(DISCRETE)
    passages = trace_of(first, replace(second, log_probs=second.log_probs + 1)).passages_of(5)
    ratios = [passage.samples.ratios[2] for passage in passages]
    assert re.findall(r"\d\.\d{3}", ratios_of(passages)) == [f"{ratio:.3f}" for ratio in ratios]
    assert "… " in ratios_of(passages * 3)
    (beyond,) = trace_of(replace(first, log_probs=first.log_probs_old + 60)).passages_of(5)
    assert "1.14e+26" in ratios_of([beyond])


def test_a2c_has_no_ratio_in_its_table_and_formula() -> None:
    samples = minibatch(DISCRETE, None)
    columns = {column.name: column for column in columns_of(samples, "CartPole-v1", Algorithm.A2C)}
    assert not {"ratio", "clipped_ratio", "gradient_cut", "surrogate"} & set(columns)
    np.testing.assert_allclose(columns["objective"].values, samples.log_probs * samples.advantages)
    assert formula_of(samples, 1, Algorithm.A2C).startswith("log π·Â = ")


@pytest.mark.parametrize(
    ("environment_id", "state", "names"),
    [
        ("FrozenLake-v1", [0, 0, 1, 0], ["state"]),
        ("X-v0", [0, 0, 2, 0], ["state_1", "state_2", "state_3", "state_4"]),
        ("CartPole-v1", [0, 0, 1, 0], ["state_1", "state_2", "state_3", "state_4"]),
    ],
)
def test_of_one_hot_observations_the_number_of_the_state_is_shown(
    environment_id: str, state: list[int], names: list[str]
) -> None:
    samples = minibatch(DISCRETE)
    samples.rollout.observations[:] = state
    columns = [
        column
        for column in columns_of(samples, environment_id, Algorithm.PPO)
        if column.name.startswith("state")
    ]
    assert [column.name for column in columns] == names
    if names == ["state"]:
        assert columns[0].text(3) == "2"
