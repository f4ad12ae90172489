"""What is done by hand to a player's environment, from known states, and how its episode goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import grid_layout
from ppo_desktop.ppo.catalogue.grid_layout import COLUMNS, GOAL, PIT, WALLS
from ppo_desktop.ppo.catalogue.grid_map import N_CELLS, GridMap
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.environments import make_environment
from ppo_desktop.ppo.perturbation import AgentPlaced, MapChanged, Push, perturb
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings

EVERY_ENGINE = pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
MakePlayer = Callable[..., Player]


@pytest.fixture
def make_player() -> Iterator[MakePlayer]:
    """Return a function that makes a player that may be perturbed, at the beginning of an episode."""
    made: list[Player] = []

    def make(environment_id: str, engine: str = COMPILED, *, by_hand: bool = True) -> Player:
        preset = presets_for(environment_id)[0].hyperparameters
        settings = RunSettings(environment_id, Algorithm.PPO, preset, seed=1)
        made.append(Player(settings, engine, by_hand=by_hand))
        made[-1].begin(7)
        return made[-1]

    yield make
    for player in made:
        player.close()


def own(player: Player) -> Any:
    """Return the environment a player plays in."""
    agents: Any = player._engine._agents
    return agents.going_on[0].environment.unwrapped


@EVERY_ENGINE
def test_a_push_changes_the_angular_velocity_alone_and_the_episode_goes_on_from_there(
    make_player: MakePlayer, engine: str
) -> None:
    player = make_player("CartPole-v1", engine)
    for _ in range(3):
        player.step()
    before = np.array(own(player).state)
    done = player.perturb(Push(-1.5))
    assert done is not None
    assert (done.before, done.after) == (before[3], before[3] - 1.5)
    pushed = before + np.array([0.0, 0.0, 0.0, -1.5])
    np.testing.assert_array_equal(player.look().observation, pushed.astype(np.float32))
    frame = player.step()
    assert frame.action is not None
    alike = gymnasium.make("CartPole-v1").unwrapped
    alike.reset(seed=0)
    alike.state = pushed  # type: ignore[attr-defined]
    np.testing.assert_array_equal(frame.observation, alike.step(int(frame.action[0]))[0])
    assert frame.episode_length == 4


@EVERY_ENGINE
def test_a_player_by_hand_does_what_any_other_does_until_it_is_perturbed(
    make_player: MakePlayer, engine: str
) -> None:
    player, other = (make_player("CartPole-v1", engine, by_hand=by_hand) for by_hand in (True, False))
    for _ in range(100):
        ours, theirs = player.step(), other.step()
        assert ours.action == theirs.action
        np.testing.assert_array_equal(ours.observation, theirs.observation)
        assert (ours.episode_return, ours.episode_over) == (theirs.episode_return, theirs.episode_over)


def test_the_pendulum_turns_at_most_as_fast_as_it_can() -> None:
    environment: Any = make_environment("Pendulum-v1").unwrapped
    environment.reset(seed=1)
    environment.state = np.array([0.5, 3.0])
    seen, done = perturb("Pendulum-v1", environment, Push(2.0))
    np.testing.assert_allclose(seen, [math.cos(0.5), math.sin(0.5), 5.0], rtol=1e-7)
    assert done.text == "ω 3.00 → 5.00 rad/s"
    seen, done = perturb("Pendulum-v1", environment, Push(4.0))
    assert (done.before, done.after) == (5.0, 8.0)
    assert seen[2] == 8.0
    np.testing.assert_array_equal(seen, environment._get_obs())


def test_acrobot_swings_as_one_and_at_most_as_fast_as_it_can() -> None:
    environment: Any = make_environment("Acrobot-v1").unwrapped
    environment.reset(seed=1)
    environment.state = np.array([0.3, -0.2, 1.0, -4.0])
    seen, done = perturb("Acrobot-v1", environment, Push(-2.5))
    np.testing.assert_array_equal(environment.state, [0.3, -0.2, -1.5, -4.0])
    np.testing.assert_array_equal(seen, environment._get_ob())
    assert done.text == "ω₁ 1.00 → −1.50 rad/s"
    environment.state = np.array([0.3, -0.2, 10.0, -4.0])
    _, done = perturb("Acrobot-v1", environment, Push(8.0))
    assert done.after == environment.MAX_VEL_1 == 4 * math.pi
    assert np.isfinite(environment.step(0)[0]).all()


@pytest.mark.parametrize("environment_id", ["MountainCar-v0", "MountainCarContinuous-v0"])
def test_a_car_drives_at_most_as_fast_as_it_can(environment_id: str) -> None:
    environment: Any = make_environment(environment_id).unwrapped
    environment.reset(seed=1)
    environment.state = np.array([-0.5, 0.0123])
    seen, done = perturb(environment_id, environment, Push(-0.02))
    np.testing.assert_allclose(seen, [-0.5, -0.0077], rtol=1e-6)
    assert done.text == "v 0.0123 → −0.0077 m/step"
    seen, done = perturb(environment_id, environment, Push(-0.07))
    assert done.after == -environment.max_speed == -0.07
    action = 0 if environment_id == "MountainCar-v0" else np.array([-1.0], np.float32)
    assert environment.step(action)[0] == pytest.approx([-0.57, -0.07]), "the limit is the environment's own"


def test_walls_are_drawn_and_removed_but_not_over_goal_pit_or_the_last_free_cell() -> None:
    grid_map = GridMap()
    for cell in (GOAL, PIT):
        assert grid_map.with_wall(cell, is_wall=True) == grid_map
        assert grid_map.with_goal(cell) == grid_map
    assert grid_map.with_goal(min(WALLS)) == grid_map
    for cell in range(N_CELLS):
        grid_map = grid_map.with_wall(cell, is_wall=True)
    assert len(grid_map.free_cells) == 1
    (left,) = grid_map.free_cells
    assert grid_map.with_goal(left).free_cells == (GOAL,), "an episode has to begin somewhere"
    opened = GridMap().with_wall(min(WALLS), is_wall=False)
    assert opened.walls == WALLS - {min(WALLS)}
    assert opened.with_wall(min(WALLS), is_wall=True) == GridMap()


@EVERY_ENGINE
def test_on_a_changed_map_goal_and_walls_are_where_they_were_put(
    make_player: MakePlayer, engine: str
) -> None:
    player = make_player("GridWorld-v0", engine)
    player.act(Acting.DETERMINISTIC)
    start, goal = 0, 1
    assert player.perturb(AgentPlaced(start)) is not None
    placed = player.look()
    np.testing.assert_array_equal(placed.observation, np.array([-1.0, -1.0], np.float32))
    likeliest = int(np.argmax(placed.policy.probabilities))  # type: ignore[union-attr]
    target = GridMap().move(start, likeliest)
    shut = GridMap().with_goal(goal)
    if target == start:
        target = goal
    walled = shut if target == goal else shut.with_wall(target, is_wall=True)
    assert player.perturb(MapChanged(walled)) is not None
    frame = player.step()
    assert frame.episode_over == (likeliest == grid_layout.RIGHT)
    assert frame.episode_return == pytest.approx(1.0 if frame.episode_over else -0.01)
    environment = own(player)
    for seed in range(20):  # the map stays in later episodes, which begin on its free cells
        player.begin(seed)
        assert walled.is_free(environment.cell)
        assert environment.map == walled
    environment.cell = goal - 1
    assert environment.step(grid_layout.RIGHT)[1:3] == (1.0, True)
    environment.cell = GOAL - 1
    assert environment.step(grid_layout.RIGHT)[1:3] == (-0.01, False)


def test_a_wall_that_is_removed_can_be_walked_through_and_begun_in() -> None:
    environment: Any = make_environment("GridWorld-v0").unwrapped
    environment.reset(seed=1)
    wall = COLUMNS + 1
    assert wall in WALLS
    perturb("GridWorld-v0", environment, MapChanged(GridMap().with_wall(wall, is_wall=False)))
    environment.cell = wall - 1
    environment.step(grid_layout.RIGHT)
    assert environment.cell == wall
    begun = set()
    for seed in range(300):
        environment.reset(seed=seed)
        begun.add(environment.cell)
    assert begun == {*GridMap().free_cells, wall}


def test_once_its_episode_is_over_an_agent_cannot_be_pushed(make_player: MakePlayer) -> None:
    player = make_player("CartPole-v1")
    while not player.step().episode_over:
        pass
    frame = player.look()
    assert player.perturb(Push(1.0)) is None
    np.testing.assert_array_equal(player.look().observation, frame.observation)
