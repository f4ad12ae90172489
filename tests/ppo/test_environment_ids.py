"""An environment's id may name a module that registers it and arguments that it is made with."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest

from ppo_desktop.ppo.environment_ids import EnvironmentId, InvalidId
from ppo_desktop.ppo.environments import UnsupportedEnvironment, make_environment, solved_return

LAKE = "FrozenLake-v1"


@pytest.mark.parametrize(
    ("environment_id", "parts"),
    [
        ("CartPole-v1", ("", "CartPole-v1", None)),
        ("a.b:Name-v0", ("a.b", "Name-v0", None)),
        ("a:Name-v0?text=b:c?d", ("a", "Name-v0", "text=b:c?d")),
        ("Name-v0?", ("", "Name-v0", "")),
    ],
)
def test_an_id_has_up_to_three_parts(environment_id: str, parts: tuple[str, str, str | None]) -> None:
    assert EnvironmentId.of(environment_id) == parts


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("True", True), ("false", False), ("None", None), ("3", 3), ("-0.5", -0.5), ("1e-3", 1e-3)),
        *(("8x8", "8x8"), ("'a b'", "a b"), ("[1, 'SF']", [1, "SF"]), ("(1, 2)", (1, 2)), ("a.b-c", "a.b-c")),
    ],
)
def test_a_value_is_a_literal_or_a_word(written: str, value: Any) -> None:
    assert EnvironmentId.of(f"X-v0?other=1& name = {written}").read_arguments() == {"other": 1, "name": value}


@pytest.mark.parametrize(
    "arguments",
    [
        *("", "name", "name=", "=1", "1a=1", "a=1&", "a=1&&b=2", "a=1&a=2", "render_mode=human"),
        *('a=__import__("os")', "a=print()", "a=b+c", "a=[x]", "a=" + "[" * 300, "a=1 2", "a=x y"),
    ],
)
def test_whatever_else_follows_the_question_mark_is_refused(arguments: str) -> None:
    with pytest.raises(InvalidId):
        EnvironmentId.of(f"X-v0?{arguments}").read_arguments()
    with pytest.raises(UnsupportedEnvironment, match=r'^"FrozenLake-v1\?.*cannot be made: [^\n]*$'):
        make_environment(f"{LAKE}?{arguments}")


@pytest.mark.parametrize("environment_id", [f"{LAKE}?desc=['{'S' * 200}']", f"{LAKE}\n", "X" * 201])
def test_an_id_that_no_file_could_keep_is_refused(environment_id: str) -> None:
    with pytest.raises(UnsupportedEnvironment, match="an id has at most 200 characters, on one line"):
        make_environment(environment_id)


def test_arguments_reach_the_environment_beside_those_it_is_registered_with() -> None:
    environment: Any = make_environment(f"{LAKE}?map_name=8x8&is_slippery=False")
    assert environment.observation_space.shape == (64,)
    assert {len(transitions) for transitions in environment.unwrapped.P[0].values()} == {1}
    assert gymnasium.spec(LAKE).kwargs == {"map_name": "4x4"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("slippery=True", "it takes no argument slippery; there are: desc, map_name, is_slippery"),
        ("is_slippery=no", "is_slippery is True or False, not the text 'no'"),
        ("is_slippery=0", "is_slippery is True or False, not 0"),
        ("map_name=9x9", "KeyError: '9x9'"),
        ("max_episode_steps=0", "max_episode_steps is a whole number of at least 1, not 0"),
        ("max_episode_steps=True", "max_episode_steps is a whole number of at least 1, not True"),
    ],
)
def test_arguments_that_an_environment_does_not_take_are_refused_with_the_reason(
    arguments: str, reason: str
) -> None:
    with pytest.raises(UnsupportedEnvironment) as caught:
        make_environment(f"{LAKE}?{arguments}")
    assert str(caught.value).startswith(f'"{LAKE}?{arguments}" cannot be made: {reason}')


@pytest.mark.parametrize(("environment_id", "limit"), [(LAKE, 7), ("CliffWalking-v1", 9)])
def test_an_episode_may_be_given_another_time_limit(environment_id: str, limit: int) -> None:
    environment = make_environment(f"{environment_id}?max_episode_steps={limit}")
    environment.reset(seed=1)
    truncated = [environment.step(3)[3] for _ in range(limit)]
    assert truncated == [False] * (limit - 1) + [True]


def test_the_threshold_is_that_of_the_environment_without_arguments() -> None:
    assert solved_return(LAKE) == 0.7
    assert solved_return("CartPole-v1") == 475
    for environment_id in (f"{LAKE}?is_slippery=False", "CartPole-v1?max_episode_steps=50"):
        assert solved_return(environment_id) is None


def test_an_id_that_gymnasium_has_dropped_stands_for_what_does_the_same() -> None:
    taxi = make_environment("Taxi-v3")
    assert taxi.observation_space.shape == (500,)
    assert solved_return("Taxi-v3") == 8
    make_environment("Taxi-v3?max_episode_steps=10")


def test_with_arguments_no_other_stands_for_an_id_that_gymnasium_has_dropped() -> None:
    if "Taxi-v3" in gymnasium.registry:
        pytest.skip("this Gymnasium still has it")
    with pytest.raises(UnsupportedEnvironment, match="name Taxi-v4"):
        make_environment("Taxi-v3?is_rainy=True")
    make_environment("Taxi-v4?is_rainy=True")
