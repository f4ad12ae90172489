"""A plane says which observation stands for which place, as the real environments see it."""

import math

import gymnasium
import numpy as np
import pytest

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, grid_layout, plane_for
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.catalogue.state_plane import Cell
from ppo_desktop.ppo.environments import make_environment, spaces_of

PLANES = ["CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1", "GridWorld-v0"]


@pytest.mark.parametrize("environment_id", PLANES)
def test_every_place_comes_back_from_its_observation(environment_id):
    plane = plane_for(environment_id)
    grid = plane.grid()
    assert grid.shape == (plane.rows * plane.columns, 2)
    np.testing.assert_allclose(plane.position(plane.observations(grid)), grid, atol=2e-5)


@pytest.mark.parametrize("environment_id", PLANES)
def test_observations_are_what_the_networks_take(environment_id):
    plane, environment = plane_for(environment_id), make_environment(environment_id)
    observations = plane.observations(plane.grid())
    assert observations.dtype == np.float32
    assert observations.shape[1] == spaces_of(environment).n_observations
    environment.close()


def test_an_environment_of_more_dimensions_has_no_plane():
    assert plane_for("Acrobot-v1") is None
    assert plane_for("Foo-v1") is None
    assert set(PLANES) < set(KNOWN_ENVIRONMENTS)


@pytest.mark.parametrize("environment_id", PLANES)
def test_the_grid_goes_row_by_row_from_the_top_left(environment_id):
    plane = plane_for(environment_id)
    grid = plane.grid().reshape(plane.rows, plane.columns, 2)
    across, up = plane.x.share(grid[..., 0]), plane.y.share(grid[..., 1])
    assert (np.diff(across, axis=1) > 0).all()
    assert (np.diff(up, axis=0) < 0).all()
    for shares in (across, up):
        assert shares.min() > 0
        assert shares.max() == pytest.approx(1 - shares.min())


@pytest.mark.parametrize(("theta", "velocity"), [(0.0, 1.5), (3.0, -8.0), (-1.2, 0.0), (-3.1, 4.0)])
def test_a_pendulums_state_is_where_gymnasium_says(theta, velocity):
    environment = gymnasium.make("Pendulum-v1").unwrapped
    environment.state = np.array([theta, velocity])
    assert plane_for("Pendulum-v1").position(environment._get_obs()) == pytest.approx((theta, velocity))
    observation = plane_for("Pendulum-v1").observations(np.array([[theta, velocity]]))[0]
    np.testing.assert_allclose(observation, environment._get_obs(), atol=1e-6)


@pytest.mark.parametrize(
    ("environment_id", "action"), [("MountainCar-v0", 2), ("MountainCarContinuous-v0", [1.0])]
)
def test_a_cars_state_is_where_gymnasium_says(environment_id, action):
    environment = gymnasium.make(environment_id, disable_env_checker=True)
    environment.reset(seed=1)
    observation = environment.step(
        np.array(action, np.float32) if environment_id != "MountainCar-v0" else action
    )[0]
    plane = plane_for(environment_id)
    assert plane.position(observation) == pytest.approx(environment.unwrapped.state, abs=1e-6)
    space = environment.observation_space
    assert (plane.x.low, plane.y.low) == pytest.approx(space.low.tolist())
    assert (plane.x.high, plane.y.high) == pytest.approx(space.high.tolist())
    assert plane.x.landmarks == (environment.unwrapped.goal_position,)


def test_a_poles_state_is_told_in_degrees():
    environment = gymnasium.make("CartPole-v1").unwrapped
    environment.reset(seed=1)
    environment.state = (1.0, 0.5, 0.1, -0.2)
    observation, *_ = environment.step(1)
    x, y = plane_for("CartPole-v1").position(observation)
    assert (math.radians(x), math.radians(y)) == pytest.approx((environment.state[2], environment.state[3]))
    limit = environment.theta_threshold_radians
    assert plane_for("CartPole-v1").x.landmarks == pytest.approx((-math.degrees(limit), math.degrees(limit)))


def test_the_cart_is_at_rest_in_the_middle_on_the_poles_plane():
    plane = plane_for("CartPole-v1")
    assert not plane.observations(plane.grid())[:, :2].any()


def test_every_cell_of_the_grid_world_is_at_its_place():
    plane = plane_for("GridWorld-v0")
    observations = plane.observations(plane.grid())
    for cell, observation in enumerate(observations):
        assert observation == pytest.approx(grid_layout.observation_of(cell), abs=1e-6)
    assert plane.cells[grid_layout.GOAL] is Cell.GOAL
    assert plane.cells[grid_layout.PIT] is Cell.PIT
    free = tuple(index for index, cell in enumerate(plane.cells) if cell is Cell.FREE)
    assert free == GridMap().free_cells


def test_many_observations_are_placed_at_once_as_one_by_one():
    plane = plane_for("Pendulum-v1")
    observations = plane.observations(plane.grid())[:7]
    one_by_one = [plane.position(observation) for observation in observations]
    np.testing.assert_array_equal(plane.position(observations), one_by_one)


@pytest.mark.parametrize("environment_id", PLANES)
def test_axes_name_their_units_and_their_ticks_lie_on_them(environment_id):
    plane = plane_for(environment_id)
    for axis in (plane.x, plane.y):
        assert axis.title == (f"{axis.label} ({axis.unit})" if axis.unit else axis.label)
        assert len(axis.short_title) <= len(axis.title)
        for value in (*(value for value, _ in axis.ticks), *axis.landmarks):
            assert 0 <= axis.share(np.array(value)) <= 1
    assert plane_for(environment_id).cells == () or environment_id == "GridWorld-v0"
