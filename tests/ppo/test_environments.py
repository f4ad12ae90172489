from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete, Text, Tuple

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import (
    Spaces,
    UnsupportedEnvironment,
    frames_per_second,
    make_environment,
    solved_return,
    spaces_of,
)


def never(time: int, action: Any) -> Any:
    raise AssertionError("never stepped")


def spaces(environment_id: str) -> Spaces:
    environment = make_environment(environment_id)
    try:
        return spaces_of(environment)
    finally:
        environment.close()


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (Discrete(3), Spaces(1, 3, action_dtype="int64")),
        (Discrete(3, start=5, dtype=np.int32), Spaces(1, 3, first_action=5, action_dtype="int32")),
        (Box(-1, 2, (), np.float32), Spaces(1, None, 0, (-1.0,), (2.0,), (), "float32")),
        (Box(-1, 2, (1, 2), np.float64), Spaces(1, None, 0, (-1.0,) * 2, (2.0,) * 2, (1, 2), "float64")),
        (Box(-np.inf, np.inf, (1,)), Spaces(1, None, 0, (-np.inf,), (np.inf,), (1,), "float32")),
    ],
    ids=str,
)
def test_spaces_are_flattened(toys: Any, actions: Any, expected: Spaces) -> None:
    assert spaces(toys.register(never, actions=actions)) == expected


@pytest.mark.parametrize(
    ("observations", "size"),
    [
        *((Box(0, 255, (4, 5, 3), np.uint8), 60), (Box(-1, 1, (), np.float64), 1)),
        *((Box(0, 9, (3,), np.int64), 3), (Discrete(16), 16), (Tuple((Discrete(3), Box(0, 1, (2,)))), 5)),
    ],
    ids=str,
)
def test_observations_of_any_kind_are_flattened(toys: Any, observations: Any, size: int) -> None:
    assert spaces(toys.register(never, observations=observations)).n_observations == size


BOUNDS = [
    ((-1, 1), (0, 1)),
    ((-2, 2), (0, 1)),
    ((-0.5, 0.5), (0, 1)),
    ((-0.4, 0.4), (0, 0.4)),
    ((-500, 500), (0, 500)),
    ((100, 200), (150, 50)),
    ((-3, -1), (-2, 1)),
    ((0, 1e-3), (5e-4, 5e-4)),
    ((7, 7), (7, 1)),
    ((-math.inf, math.inf), (0, 1)),
    ((-1e38, 1e38), (0, 1)),
    ((-1e300, 1e300), (0, 1)),
    ((0, math.inf), (1, 1)),
    ((-9, math.inf), (0, 1)),
    ((100, 3e38), (101, 1)),
    ((-math.inf, -100), (-101, 1)),
    ((-math.inf, 9), (0, 1)),
]
"""Bounds of an action, and what 0 and 1 stand for when the policy draws: the centre and the unit."""


@pytest.mark.parametrize(("bounds", "scale"), BOUNDS, ids=str)
def test_actions_are_drawn_in_units_in_which_the_policy_reaches_the_bounds(
    bounds: tuple[float, float], scale: tuple[float, float]
) -> None:
    low, high = bounds
    spaces = Spaces(1, None, action_low=(low,), action_high=(high,), action_shape=(1,))
    centre, unit = scale
    drawn = np.array([[-1.0], [0.0], [1.0]])
    assert np.allclose(
        spaces.in_environment_units(drawn).ravel(), (centre - unit, centre, centre + unit), rtol=1e-12
    )
    assert spaces.action_units.tolist() == [unit]


@pytest.mark.parametrize("environment_id", KNOWN_ENVIRONMENTS)
def test_actions_of_the_built_in_environments_are_drawn_as_they_are_played(environment_id: str) -> None:
    drawn = np.array([[0.3]], np.float32)
    assert spaces(environment_id).in_environment_units(drawn) is drawn


def test_each_component_has_units_of_its_own() -> None:
    bounded = Spaces(1, None, action_low=(-1.0, 100.0), action_high=(1.0, 200.0), action_shape=(2,))
    assert bounded.in_environment_units(np.array([0.5, 0.5])).tolist() == [0.5, 175.0]


def test_an_environment_without_pictures_is_made_without_one(toys: Any) -> None:
    assert make_environment(toys.register(never)).render_mode is None


@pytest.mark.parametrize(
    ("observations", "actions", "reason"),
    [
        (Text(3), Discrete(2), "Text observations, which are words, and a network takes numbers"),
        (Dict(a=Text(3)), Discrete(2), "Text parts in its observations, .*"),
        (Box(0, 1), MultiDiscrete([2, 2]), "MultiDiscrete actions"),
        (Box(0, 1), Box(0, 9, (1,), np.int64), "int64 Box actions"),
    ],
)
def test_spaces_we_cannot_train_on_are_refused_and_the_environment_closed(
    toys: Any, observations: Any, actions: Any, reason: str
) -> None:
    environment_id = toys.register(never, observations=observations, actions=actions)
    with pytest.raises(UnsupportedEnvironment, match=f"{reason}; choose an environment with"):
        make_environment(environment_id)
    assert toys.made[-1].closed == 1


@pytest.mark.parametrize(
    ("observations", "actions", "reason"),
    [
        (Box(0, 1, (0,)), Discrete(2), "observations without a single number in them"),
        (Box(0, 1, (3, 0)), Discrete(2), "observations without a single number in them"),
        (Box(0, 1), Box(0, 1, (0,)), "actions without a single number in them"),
    ],
)
def test_spaces_without_a_single_number_are_refused_and_the_environment_closed(
    toys: Any, observations: Any, actions: Any, reason: str
) -> None:
    environment_id = toys.register(never, observations=observations, actions=actions)
    with pytest.raises(UnsupportedEnvironment, match=f"^{environment_id} has {reason}"):
        make_environment(environment_id)
    assert toys.made[-1].closed == 1


@pytest.mark.parametrize(
    ("observations", "actions", "reason"),
    [
        (None, Discrete(2), "no observation_space"),
        (Box(0, 1), None, "no action_space"),
        (Box(0, 1), [0, 1], "a list of 2 .* as its action_space"),
        (Discrete(2**40), Discrete(2), "1 099 511 627 776 numbers in its observations"),
        (Box(0, 1), Discrete(2**40), "1 099 511 627 776 numbers in its actions"),
    ],
    ids=str,
)
def test_what_is_no_space_or_one_beyond_all_bounds_is_refused_and_the_environment_closed(
    toys: Any, observations: Any, actions: Any, reason: str
) -> None:
    environment_id = toys.register(never, observations=observations, actions=actions)
    with pytest.raises(UnsupportedEnvironment, match=f"^{environment_id} has {reason}"):
        make_environment(environment_id)
    assert toys.made[-1].closed == 1


def test_an_environment_that_never_set_its_spaces_is_refused(toys: Any) -> None:
    environment_id = toys.register_maker(type("NoSpaces", (gymnasium.Env,), {}))
    with pytest.raises(UnsupportedEnvironment, match=f"^{environment_id} has no observation_space"):
        make_environment(environment_id)


def test_spaces_of_the_old_gym_package_are_said_to_be_that(toys: Any) -> None:
    old = type("Box", (), {"__module__": "gym.spaces.box"})
    environment_id = toys.register(never, observations=type("Mine", (old,), {})())
    with pytest.raises(UnsupportedEnvironment, match=f"^{environment_id} has spaces of the old gym package"):
        make_environment(environment_id)


@pytest.mark.parametrize(
    ("threshold", "solved"), [(None, None), (9, 9), (np.float32(9), 9), (math.nan, None)]
)
def test_a_threshold_is_a_number_or_there_is_none(toys: Any, threshold: Any, solved: float | None) -> None:
    environment_id = toys.register(never, reward_threshold=threshold)
    make_environment(environment_id).close()
    assert solved_return(environment_id) == solved


@pytest.mark.parametrize("threshold", ["9", [9, 9], 9j])
def test_a_threshold_that_is_no_number_is_refused(toys: Any, threshold: Any) -> None:
    environment_id = toys.register(never, reward_threshold=threshold)
    with pytest.raises(UnsupportedEnvironment, match=f"^{environment_id} is registered with .*9.* as its"):
        make_environment(environment_id)


@pytest.mark.parametrize(
    "environment_id",
    [
        "",
        " ",
        ":",
        "a/b/c",
        "CartPole",
        "CartPol-v1",
        "CartPole-v99",
        "CartPole-v1 ",
        "no_such_module:CartPole-v1",
        "no such module:CartPole-v1",
        ".relative:CartPole-v1",
        "gymnasium:NoSuchThing-v0",
    ],
)
def test_nonsense_ids_are_refused_in_one_line_that_repeats_them(environment_id: str) -> None:
    with pytest.raises(UnsupportedEnvironment) as caught:
        make_environment(environment_id)
    assert str(caught.value).startswith(f'"{environment_id}" cannot be made: ')
    assert "\n" not in str(caught.value)


def test_a_refused_name_comes_with_names_that_exist() -> None:
    with pytest.raises(UnsupportedEnvironment, match="There are CartPole-v1, Acrobot-v1"):
        make_environment("NoSuchThing-v0")


@pytest.mark.parametrize("error", [ValueError("bad\nnews"), KeyError("x"), OSError(28, "disk full")])
def test_an_environment_that_cannot_be_made_says_why_in_one_line(toys: Any, error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(UnsupportedEnvironment, match=f"cannot be made: {type(error).__name__}") as caught:
        make_environment(toys.register_maker(fail))
    assert "\n" not in str(caught.value)


def test_a_module_before_the_colon_is_imported_and_may_register_the_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "toy_module.py").write_text(
        "import gymnasium\n"
        "gymnasium.register('FromModule-v0', 'gymnasium.envs.classic_control:CartPoleEnv')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert spaces("toy_module:FromModule-v0").n_actions == 2
    finally:
        sys.modules.pop("toy_module", None)
        gymnasium.registry.pop("FromModule-v0", None)


def test_a_module_that_raises_when_imported_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_module.py").write_text("raise RuntimeError('broken\\nmodule')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UnsupportedEnvironment, match="RuntimeError: broken module"):
        make_environment("broken_module:Env-v0")


def test_an_old_version_is_made_without_a_warning() -> None:
    make_environment("CartPole-v0").close()


@pytest.mark.parametrize(
    ("environment_id", "frames"), [("CartPole-v1", 30), ("Acrobot-v1", 15), ("GridWorld-v0", 8)]
)
def test_an_environment_plays_at_the_rate_it_names_neither_crawling_nor_racing(
    environment_id: str, frames: float
) -> None:
    assert frames_per_second(environment_id) == frames


@pytest.mark.parametrize(
    ("told", "frames"),
    [
        *((20, 20), (12.5, 12.5), (np.float32(20), 20), (8, 8), (1, 8), (0, 8), (-3, 8), (30, 30)),
        *((240, 30), (math.inf, 30), (math.nan, 30), (None, 30), ("fast", 30)),
    ],
)
def test_whatever_it_names_a_rate_comes_of_it(
    toys: Any, monkeypatch: pytest.MonkeyPatch, told: Any, frames: float
) -> None:
    environment_id = toys.register(never)
    entry_point: Any = gymnasium.registry[environment_id].entry_point
    monkeypatch.setattr(entry_point, "metadata", {"render_fps": told}, raising=False)
    assert frames_per_second(environment_id) == frames


def test_one_that_names_no_rate_plays_at_the_highest(toys: Any) -> None:
    assert frames_per_second(toys.register(never)) == 30
