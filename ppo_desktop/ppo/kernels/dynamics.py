"""The built-in environments, step by step as Gymnasium's and our own grid world compute them.

A state is a row of float64 numbers; what an agent sees is computed from it. Where Gymnasium rounds
to single precision on the way, so do these, in the same place.
"""

from __future__ import annotations

import math

import numpy as np

from ppo_desktop.ppo.arrays import Doubles, Floats
from ppo_desktop.ppo.catalogue.grid_layout import observation_of
from ppo_desktop.ppo.catalogue.grid_map import N_CELLS, GridMap
from ppo_desktop.ppo.constants import (
    ACROBOT,
    CARTPOLE,
    GRID_WORLD,
    MOUNTAIN_CAR,
    MOUNTAIN_CAR_CONTINUOUS,
    PENDULUM,
)
from ppo_desktop.ppo.kernels.compilation import exact_kernel


@exact_kernel
def advance(
    environment: int, states: Doubles, agent: int, action: int, force: np.float32
) -> tuple[float, bool]:
    """Move one agent's state on by one step; return the reward, and whether the episode ended by itself.

    Row `agent` of the states (N, S) is written; discrete environments, known by numbers of `constants`, take
    an action counted from 0, continuous ones a force within their bounds.
    """
    if environment == CARTPOLE:
        return _cartpole(states, agent, action)
    if environment == ACROBOT:
        return _acrobot(states, agent, action)
    if environment == MOUNTAIN_CAR:
        return _mountain_car(states, agent, action)
    if environment == MOUNTAIN_CAR_CONTINUOUS:
        return _mountain_car_continuous(states, agent, force)
    if environment == PENDULUM:
        return _pendulum(states, agent, force)
    return _grid_world(states, agent, action)


@exact_kernel
def observe(environment: int, states: Doubles, agent: int, observations: Floats) -> None:
    """Write what an agent sees in its state to row `agent` of `observations`, (N, n_observations)."""
    if environment == ACROBOT:
        theta_1, theta_2 = states[agent, 0], states[agent, 1]
        observations[agent, 0], observations[agent, 1] = math.cos(theta_1), math.sin(theta_1)
        observations[agent, 2], observations[agent, 3] = math.cos(theta_2), math.sin(theta_2)
        observations[agent, 4], observations[agent, 5] = states[agent, 2], states[agent, 3]
    elif environment == PENDULUM:
        theta = states[agent, 0]
        observations[agent, 0], observations[agent, 1] = math.cos(theta), math.sin(theta)
        observations[agent, 2] = states[agent, 1]
    elif environment == GRID_WORLD:
        cell = int(states[agent, 0])
        observations[agent, 0] = _GRID_OBSERVATIONS[cell, 0]
        observations[agent, 1] = _GRID_OBSERVATIONS[cell, 1]
    else:
        for component in range(observations.shape[1]):
            observations[agent, component] = states[agent, component]


@exact_kernel
def observe_all(environment: int, states: Doubles, observations: Floats) -> None:
    """Write what every agent sees, (N, n_observations), in its state, (N, S)."""
    for agent in range(len(states)):
        observe(environment, states, agent, observations)


# ---- CartPole: a cart of 1 kg with a pole of 0.1 kg and 2 · 0.5 m (Barto, Sutton & Anderson 1983) ------

_POLE_MOMENT = 0.1 * 0.5
_CARTPOLE_MASS = 0.1 + 1.0
_CARTPOLE_SECONDS = 0.02
_LARGEST_POSITION = 2.4
_LARGEST_ANGLE = 12 * 2 * math.pi / 360


@exact_kernel
def _cartpole(states: Doubles, agent: int, action: int) -> tuple[float, bool]:
    """State: position x, velocity, angle θ, angular velocity."""
    x, velocity, theta, spin = states[agent, 0], states[agent, 1], states[agent, 2], states[agent, 3]
    push = 10.0 if action == 1 else -10.0
    cos, sin = math.cos(theta), math.sin(theta)
    thrust = (push + _POLE_MOMENT * (spin * spin) * sin) / _CARTPOLE_MASS
    spin_change = (9.8 * sin - cos * thrust) / (0.5 * (4.0 / 3.0 - 0.1 * (cos * cos) / _CARTPOLE_MASS))
    acceleration = thrust - _POLE_MOMENT * spin_change * cos / _CARTPOLE_MASS
    x += _CARTPOLE_SECONDS * velocity
    theta += _CARTPOLE_SECONDS * spin
    states[agent, 0], states[agent, 1] = x, velocity + _CARTPOLE_SECONDS * acceleration
    states[agent, 2], states[agent, 3] = theta, spin + _CARTPOLE_SECONDS * spin_change
    has_fallen = abs(x) > _LARGEST_POSITION or abs(theta) > _LARGEST_ANGLE
    return 1.0, has_fallen


# ---- Acrobot: two links of 1 m and 1 kg, torque between them (Sutton 1996) -----------------------------

_ACROBOT_SECONDS = 0.2
_FASTEST_1, _FASTEST_2 = 4 * math.pi, 9 * math.pi


@exact_kernel
def _acrobot(states: Doubles, agent: int, action: int) -> tuple[float, bool]:
    """State: angles θ₁, θ₂ and their velocities ω₁, ω₂; one step of Runge-Kutta, order 4."""
    theta_1, theta_2 = states[agent, 0], states[agent, 1]
    omega_1, omega_2 = states[agent, 2], states[agent, 3]
    torque = float(action - 1)
    half = _ACROBOT_SECONDS / 2
    a_1, a_2, a_3, a_4 = _acrobot_slopes(theta_1, theta_2, omega_1, omega_2, torque)
    b_1, b_2, b_3, b_4 = _acrobot_slopes(
        theta_1 + half * a_1, theta_2 + half * a_2, omega_1 + half * a_3, omega_2 + half * a_4, torque
    )
    c_1, c_2, c_3, c_4 = _acrobot_slopes(
        theta_1 + half * b_1, theta_2 + half * b_2, omega_1 + half * b_3, omega_2 + half * b_4, torque
    )
    whole = _ACROBOT_SECONDS
    d_1, d_2, d_3, d_4 = _acrobot_slopes(
        theta_1 + whole * c_1, theta_2 + whole * c_2, omega_1 + whole * c_3, omega_2 + whole * c_4, torque
    )
    sixth = _ACROBOT_SECONDS / 6.0
    theta_1 = _wrapped(theta_1 + sixth * (a_1 + 2 * b_1 + 2 * c_1 + d_1))
    theta_2 = _wrapped(theta_2 + sixth * (a_2 + 2 * b_2 + 2 * c_2 + d_2))
    omega_1 = omega_1 + sixth * (a_3 + 2 * b_3 + 2 * c_3 + d_3)
    omega_2 = omega_2 + sixth * (a_4 + 2 * b_4 + 2 * c_4 + d_4)
    states[agent, 0], states[agent, 1] = theta_1, theta_2
    states[agent, 2] = min(max(omega_1, -_FASTEST_1), _FASTEST_1)
    states[agent, 3] = min(max(omega_2, -_FASTEST_2), _FASTEST_2)
    has_swung_up = -math.cos(theta_1) - math.cos(theta_2 + theta_1) > 1.0
    return (0.0 if has_swung_up else -1.0), has_swung_up


@exact_kernel
def _acrobot_slopes(
    theta_1: float, theta_2: float, omega_1: float, omega_2: float, torque: float
) -> tuple[float, float, float, float]:
    """Return the rates of change of θ₁, θ₂, ω₁ and ω₂; the centre of a link is half way down."""
    cos_2, sin_2 = math.cos(theta_2), math.sin(theta_2)
    inertia = 0.25 + (1.25 + cos_2) + 1.0 + 1.0
    coupling = (0.25 + 0.5 * cos_2) + 1.0
    gravity_2 = 0.5 * 9.8 * math.cos(theta_1 + theta_2 - math.pi / 2)
    gravity_1 = 1.5 * 9.8 * math.cos(theta_1 - math.pi / 2)
    load = -0.5 * (omega_2 * omega_2) * sin_2 - omega_2 * omega_1 * sin_2 + gravity_1 + gravity_2
    change_2 = (torque + coupling / inertia * load - 0.5 * (omega_1 * omega_1) * sin_2 - gravity_2) / (
        1.25 - coupling * coupling / inertia
    )
    change_1 = -(coupling * change_2 + load) / inertia
    return omega_1, omega_2, change_1, change_2


@exact_kernel
def _wrapped(angle: float) -> float:
    """Return the same angle between −π and π."""
    while angle > math.pi:
        angle -= 2 * math.pi
    while angle < -math.pi:
        angle += 2 * math.pi
    return angle


# ---- Mountain Car (Moore 1990), with three actions and with a force ------------------------------------

_LEFT_END, _RIGHT_END = -1.2, 0.6
_TOP_SPEED = 0.07
_GRAVITY = 0.0025


@exact_kernel
def _mountain_car(states: Doubles, agent: int, action: int) -> tuple[float, bool]:
    """State: position and velocity."""
    position, velocity = states[agent, 0], states[agent, 1]
    velocity += (action - 1) * 0.001 + math.cos(3 * position) * -_GRAVITY
    velocity = min(max(velocity, -_TOP_SPEED), _TOP_SPEED)
    position = min(max(position + velocity, _LEFT_END), _RIGHT_END)
    if position == _LEFT_END and velocity < 0:
        velocity = 0.0
    states[agent, 0], states[agent, 1] = position, velocity
    return -1.0, bool(position >= 0.5 and velocity >= 0)


@exact_kernel
def _mountain_car_continuous(states: Doubles, agent: int, force: np.float32) -> tuple[float, bool]:
    """State: position and velocity, in single precision after the first step."""
    tripled = 3 * states[agent, 0]
    if np.float32(states[agent, 0]) == states[agent, 0]:  # not the first state, which is in double precision
        tripled = np.float64(np.float32(tripled))
    push = np.float32(np.float32(force * np.float32(0.0015)) - np.float32(_GRAVITY * math.cos(tripled)))
    top_speed = np.float32(_TOP_SPEED)
    velocity = min(max(np.float32(states[agent, 1] + push), -top_speed), top_speed)
    position = np.float32(states[agent, 0] + velocity)
    position = min(max(position, np.float32(_LEFT_END)), np.float32(_RIGHT_END))
    if position == np.float32(_LEFT_END) and velocity < 0:
        velocity = np.float32(0)
    states[agent, 0], states[agent, 1] = position, velocity
    is_at_the_top = position >= np.float32(0.45) and velocity >= 0
    cost = np.float64(force) * np.float64(force) * 0.1
    return (100.0 if is_at_the_top else 0.0) - cost, bool(is_at_the_top)


# ---- Pendulum: a rod of 1 m and 1 kg, g = 10 m/s² ------------------------------------------------------

_PENDULUM_SECONDS = 0.05
_FASTEST_PENDULUM = 8.0


@exact_kernel
def _pendulum(states: Doubles, agent: int, torque: np.float32) -> tuple[float, bool]:
    """State: angle θ from upright, which is not wrapped, and angular velocity."""
    theta, omega = states[agent, 0], states[agent, 1]
    from_upright = (theta + math.pi) % (2 * math.pi) - math.pi
    effort = np.float32(0.001) * np.float32(torque * torque)
    cost = from_upright * from_upright + 0.1 * (omega * omega) + effort
    omega = omega + (15.0 * math.sin(theta) + np.float32(np.float32(3) * torque)) * _PENDULUM_SECONDS
    omega = min(max(omega, -_FASTEST_PENDULUM), _FASTEST_PENDULUM)
    states[agent, 0], states[agent, 1] = theta + omega * _PENDULUM_SECONDS, omega
    return -cost, False


# ---- Grid world: the rules of `GridMap`, worked out beforehand for every cell --------------------------

_GRID, _CELLS = GridMap(), range(N_CELLS)
_GRID_MOVES = np.array([[_GRID.move(cell, action) for action in range(4)] for cell in _CELLS])
_GRID_REWARDS = np.array([_GRID.reward_of(cell) for cell in _CELLS])
_GRID_IS_TERMINAL = np.array([_GRID.is_terminal(cell) for cell in _CELLS])
_GRID_OBSERVATIONS = np.array([observation_of(cell) for cell in _CELLS])


@exact_kernel
def _grid_world(states: Doubles, agent: int, action: int) -> tuple[float, bool]:
    """State: the cell's number."""
    cell = _GRID_MOVES[int(states[agent, 0]), action]
    states[agent, 0] = cell
    return _GRID_REWARDS[cell], bool(_GRID_IS_TERMINAL[cell])
