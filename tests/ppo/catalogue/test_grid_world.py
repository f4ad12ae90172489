from __future__ import annotations

import math
import subprocess
import sys
from statistics import fmean
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.grid_layout import (
    COLUMNS,
    DOWN,
    GOAL,
    LEFT,
    PIT,
    RIGHT,
    ROWS,
    TIME_LIMIT,
    UP,
    WALLS,
    observation_of,
    place_of,
)
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.environments import make_environment
from ppo_desktop.ppo.objective import categorical_entropy, nats_to_bits

ACTIONS = (UP, RIGHT, DOWN, LEFT)
MAP = GridMap()
FREE_CELLS = MAP.free_cells
BOTTOM_LEFT = (ROWS - 1) * COLUMNS


def cell_at(column: int, row: int) -> int:
    return row * COLUMNS + column


def grid_world(cell: int | None = None) -> Any:
    """Return the environment after a reset, the agent in a cell if one is given."""
    environment = make_environment("GridWorld-v0")
    environment.reset(seed=1)
    if cell is not None:
        environment.unwrapped.cell = cell  # type: ignore[attr-defined]
    return environment


def optimal_returns() -> dict[int, float]:
    """Return the largest undiscounted return from each free cell, by value iteration."""
    values = dict.fromkeys(FREE_CELLS, -math.inf) | {GOAL: 0.0, PIT: 0.0}
    for _ in FREE_CELLS:
        for cell in FREE_CELLS:
            values[cell] = max(
                MAP.reward_of(after) + values[after] for after in (MAP.move(cell, a) for a in ACTIONS)
            )
    return {cell: values[cell] for cell in FREE_CELLS}


# ---- the map


def test_every_cell_is_free_a_wall_the_goal_or_the_pit() -> None:
    assert sorted([*FREE_CELLS, *WALLS, GOAL, PIT]) == list(range(ROWS * COLUMNS))


@pytest.mark.parametrize(
    ("action", "column", "row"), [(UP, 5, 0), (RIGHT, 6, 1), (DOWN, 5, 2), (LEFT, 4, 1)], ids="↑→↓←"
)
def test_a_move_leads_to_the_next_cell(action: int, column: int, row: int) -> None:
    assert MAP.move(cell_at(5, 1), action) == cell_at(column, row)


@pytest.mark.parametrize(
    ("column", "row", "action"), [(1, 0, DOWN), (0, 1, RIGHT), (3, 1, LEFT), (4, 4, UP), (3, 3, RIGHT)]
)
def test_a_wall_leaves_the_agent_where_it_is(column: int, row: int, action: int) -> None:
    assert MAP.move(cell_at(column, row), action) == cell_at(column, row)


@pytest.mark.parametrize(
    ("column", "row", "action"), [(0, 0, UP), (0, 0, LEFT), (6, 3, RIGHT), (6, 4, DOWN), (0, 2, LEFT)]
)
def test_the_border_leaves_the_agent_where_it_is(column: int, row: int, action: int) -> None:
    assert MAP.move(cell_at(column, row), action) == cell_at(column, row)


def test_a_move_that_is_not_blocked_can_be_taken_back() -> None:
    for cell in FREE_CELLS:
        for action in ACTIONS:
            after = MAP.move(cell, action)
            assert after not in WALLS
            assert after == cell or MAP.move(after, (action + 2) % 4) == cell


def test_an_observation_is_the_place_scaled_to_minus_one_to_one() -> None:
    assert observation_of(cell_at(0, 0)) == (-1.0, -1.0)
    assert observation_of(cell_at(6, 4)) == (1.0, 1.0)
    assert observation_of(cell_at(3, 1)) == (0.0, -0.5)
    assert len(set(map(observation_of, FREE_CELLS))) == len(FREE_CELLS)
    for cell in FREE_CELLS:
        assert place_of(observation_of(cell)) == pytest.approx((cell % COLUMNS, cell // COLUMNS))


def test_the_optimal_return_is_just_above_the_return_that_counts_as_solved() -> None:
    optimal = optimal_returns()
    solved = KNOWN_ENVIRONMENTS["GridWorld-v0"].solved_return
    assert solved is not None
    assert fmean(optimal.values()) == pytest.approx(0.96)
    assert solved < fmean(optimal.values()) < solved + 0.1
    assert min(optimal.values()) == pytest.approx(0.91)


def test_the_range_of_returns_holds_the_best_and_the_worst_episode() -> None:
    lowest, highest = KNOWN_ENVIRONMENTS["GridWorld-v0"].return_range
    worst = (TIME_LIMIT - 1) * MAP.reward_of(FREE_CELLS[0]) + MAP.reward_of(PIT)
    assert lowest <= worst < lowest + 0.1
    assert highest == MAP.reward_of(GOAL)


def test_a_policy_that_knows_nothing_has_two_bits() -> None:
    n_actions = int(grid_world().action_space.n)
    logits = torch.zeros(n_actions, dtype=torch.float64)
    assert nats_to_bits(categorical_entropy(logits).item()) == 2.0


# ---- the environment


def test_gymnasium_finds_nothing_to_complain_about() -> None:
    check_env(grid_world().unwrapped)


def test_an_ordinary_step_costs_a_little() -> None:
    environment = grid_world(BOTTOM_LEFT)
    observation, reward, terminated, truncated, _ = environment.step(UP)
    assert observation.tolist() == list(observation_of(cell_at(0, 3)))
    assert observation.dtype == np.float32
    assert (reward, terminated, truncated) == (-0.01, False, False)


def test_bumping_costs_a_step() -> None:
    environment = grid_world(BOTTOM_LEFT)
    observation, reward, terminated, _, _ = environment.step(DOWN)
    assert observation.tolist() == list(observation_of(BOTTOM_LEFT))
    assert (reward, terminated) == (-0.01, False)


@pytest.mark.parametrize(
    ("column", "row", "action", "end", "reward"),
    [(5, 0, RIGHT, GOAL, 1.0), (6, 1, UP, GOAL, 1.0), (1, 4, RIGHT, PIT, -1.0), (2, 3, DOWN, PIT, -1.0)],
)
def test_goal_and_pit_end_the_episode(column: int, row: int, action: int, end: int, reward: float) -> None:
    environment = grid_world(cell_at(column, row))
    observation, *answer = environment.step(action)
    assert observation.tolist() == pytest.approx(observation_of(end))
    assert answer == [reward, True, False, {}]


def test_the_time_limit_truncates() -> None:
    environment = grid_world(BOTTOM_LEFT)
    ends = [environment.step(DOWN)[2:4] for _ in range(TIME_LIMIT)]
    assert ends == [(False, False)] * (TIME_LIMIT - 1) + [(False, True)]


def test_the_same_seed_is_the_same_row_of_episodes() -> None:
    def starts(seed: int) -> list[list[float]]:
        environment = make_environment("GridWorld-v0")
        return [environment.reset(seed=seed)[0].tolist()] + [
            environment.reset()[0].tolist() for _ in range(20)
        ]

    assert starts(1) == starts(1)
    assert starts(1) != starts(2)


def test_an_episode_begins_in_any_free_cell_and_nowhere_else() -> None:
    environment = grid_world()
    begun = set()
    for _ in range(1000):
        environment.reset()
        begun.add(environment.unwrapped.cell)
    assert begun == set(FREE_CELLS)
    assert not any(map(MAP.is_terminal, begun))


def test_the_picture_shows_where_the_agent_is() -> None:
    environment = grid_world(BOTTOM_LEFT)
    before = environment.render()
    environment.step(UP)
    changed = np.argwhere((before != environment.render()).any(axis=2))
    side = before.shape[0] // ROWS
    assert before.shape == (side * ROWS, side * COLUMNS, 3)
    assert set(map(tuple, changed // side)) == {(3, 0), (4, 0)}


# ---- where it is found


@pytest.mark.parametrize("name", ["GridWorld-v0", "ppo_desktop.ppo.catalogue.grid_environment:GridWorld-v0"])
def test_it_is_made_by_its_name(name: str) -> None:
    environment = make_environment(name)
    assert environment.spec is not None
    assert environment.spec.max_episode_steps == TIME_LIMIT


def test_environments_cost_the_command_line_no_large_library_before_one_is_made() -> None:
    program = (
        "import sys, ppo_desktop.ppo.environments, ppo_desktop.ppo.presets\n"
        "print({'gymnasium', 'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
