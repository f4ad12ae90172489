"""Every number of the maps of a rollout, found again sample by sample."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, plane_for
from ppo_desktop.ppo.catalogue.state_plane import StateAxis, StatePlane
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.plane_visits import visits_on
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.update_trace import EvaluatedRollout
from tests.views.update.moments import EPOCHS, update

WITH_A_PLANE = [name for name, known in KNOWN_ENVIRONMENTS.items() if known.plane is not None]


def plane_of(environment_id: str) -> StatePlane:
    plane = plane_for(environment_id)
    assert plane is not None
    return plane


def place_on(axis: StateAxis, value: float, n_places: int) -> int:
    """Return in which of equal parts of an axis a value lies, counted from `low`, by trying each."""
    step = (axis.high - axis.low) / n_places
    for place in range(n_places - 1):
        if (axis.low + (place + 1) * step - value) * step > 0:
            return place
    return n_places - 1


def cell_of(plane: StatePlane, observation: np.ndarray) -> int:
    x, y = plane.position(observation).tolist()
    row = plane.rows - 1 - place_on(plane.y, y, plane.rows)
    return row * plane.columns + place_on(plane.x, x, plane.columns)


@pytest.mark.parametrize("environment_id", WITH_A_PLANE)
def test_every_number_is_that_of_the_samples_in_the_table(environment_id: str) -> None:
    plane, trace = plane_of(environment_id), update(environment_id, n_steps=120)[-1].minibatch.trace
    evaluated, rollout = trace.evaluated, trace.evaluated.rollout
    seen: dict[int, list[tuple[float, float]]] = defaultdict(list)
    ended: dict[int, int] = defaultdict(int)
    epoch = trace.minibatches[: len(trace) // EPOCHS]  # every sample is in exactly one of them
    for samples in epoch:
        for index, agent, time, observation in zip(
            samples.indices, samples.agents, samples.times, samples.observations, strict=True
        ):
            value, learnt = float(evaluated.values[index]), float(evaluated.value_targets[index])
            seen[cell_of(plane, observation)].append((value, learnt))
            if rollout.terminated[time, agent]:
                ended[cell_of(plane, rollout.final_observations[time, agent])] += 1
    found = visits_on(plane, evaluated)
    assert int(found.visits.sum()) == rollout.length * rollout.n_envs == sum(map(len, seen.values()))
    assert int(found.terminations.sum()) == int(rollout.terminated.sum())
    for cell in range(plane.rows * plane.columns):
        pairs = seen[cell]
        assert found.visits[cell] == len(pairs)
        assert found.terminations[cell] == ended[cell]
        for numbers, expected in (
            (found.values, [value for value, _ in pairs]),
            (found.returns, [learnt for _, learnt in pairs]),
            (found.errors, [value - learnt for value, learnt in pairs]),
        ):
            if pairs:
                assert numbers[cell] == pytest.approx(sum(expected) / len(pairs), abs=1e-5)
            else:
                assert math.isnan(numbers[cell])


PLANE = StatePlane(
    StateAxis("x", -1.2, 0.6, "", ()),
    StateAxis("y", -0.07, 0.07, "", ()),
    columns=4,
    rows=2,
    embed=lambda x, y: (x, y),
    project=lambda components: (components[0], components[1]),
)


def evaluated_rollout(states: list[tuple[float, float]]) -> EvaluatedRollout:
    """One agent, in these states, with values 1, 2, … and targets of 0."""
    rollout = Rollout.empty(len(states), 1, Spaces(n_observations=2, n_actions=2))
    rollout.observations[:-1, 0] = states
    numbers = np.arange(1, len(states) + 1, dtype=np.float32)
    return EvaluatedRollout(rollout, 0 * numbers, numbers, 0 * numbers, 0 * numbers)


def test_rows_are_counted_from_the_top_and_columns_from_the_left() -> None:
    found = visits_on(PLANE, evaluated_rollout([(-1.1, 0.05), (0.5, -0.05), (0.5, -0.06)]))
    assert found.visits.tolist() == [1, 0, 0, 0, 0, 0, 0, 2]
    assert found.errors[[0, 7]].tolist() == [1.0, 2.5]


def test_what_is_beyond_an_edge_counts_at_it_and_is_told() -> None:
    found = visits_on(PLANE, evaluated_rollout([(-9.0, 0.05), (9.0, 9.0), (-1.1, -1.0)]))
    assert found.visits.tolist() == [1, 0, 0, 1, 1, 0, 0, 0]
    assert found.n_beyond == 3


def test_a_state_at_an_edge_is_not_beyond_it_in_single_precision() -> None:
    found = visits_on(PLANE, evaluated_rollout([(-1.2, 0.07), (0.6, -0.07)]))
    assert found.visits.tolist() == [1, 0, 0, 0, 0, 0, 0, 1]
    assert found.n_beyond == 0


def test_an_episode_that_only_the_time_limit_ends_is_no_termination() -> None:
    evaluated = evaluated_rollout([(0.0, 0.0)] * 4)
    rollout = evaluated.rollout
    rollout.final_observations[:, 0] = [(-1.1, 0.05), (-1.1, -0.05), (0.5, 0.05), (0.5, -0.05)]
    rollout.truncated[[0, 1], 0] = True
    rollout.terminated[[1, 2], 0] = True  # of both at once, termination wins
    found = visits_on(PLANE, evaluated)
    assert found.terminations.tolist() == [0, 0, 0, 1, 1, 0, 0, 0]
    assert found.n_cut_off == 1


def test_a_cell_of_the_grid_world_is_a_cell_of_its_map() -> None:
    plane = plane_of("GridWorld-v0")
    states = plane.observations(plane.grid())
    rollout = Rollout.empty(len(states), 1, Spaces(n_observations=2, n_actions=4))
    rollout.observations[:-1, 0] = states
    numbers = np.zeros(len(states), np.float32)
    evaluated = EvaluatedRollout(rollout, numbers, numbers, numbers, numbers)
    assert visits_on(plane, evaluated).visits.tolist() == [1] * len(states)
    upside_down = replace(plane, y=replace(plane.y, low=plane.y.high, high=plane.y.low))
    assert visits_on(upside_down, evaluated).visits.tolist() == [1] * len(states)
