"""A state passed on as a line is the same state; what is no such line is refused, or named and ignored."""

from __future__ import annotations

import itertools
import random
import sys
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Kind
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import LARGEST_SEED, RunSettings
from ppo_desktop.runs.breakpoints import Breakpoint
from ppo_desktop.share import EXAMPLE, LONGEST_LINE, InvalidLine, SharedState, read, written

FROM_CLASS = "ppo:1:CartPole-v1?clip_range=0.1&seed=3&view=ratios&lock=learning_rate"
CARTPOLE = presets_for("CartPole-v1")[0].hyperparameters


def value_of(name: str) -> st.SearchStrategy[Any]:
    declared = DECLARATIONS[name]
    if declared.kind is Kind.SWITCH:
        return st.booleans()
    if declared.kind is Kind.CHOICE:
        return st.sampled_from(declared.choices)
    assert declared.scale is not None
    low, high = declared.scale.low, declared.scale.high
    number: st.SearchStrategy[Any] = st.floats(low, high)
    if declared.kind is Kind.INTEGER:
        number = st.integers(int(low), int(high))
    return st.one_of(st.sampled_from(declared.stops), number)


@st.composite
def states(draw: st.DrawFn) -> SharedState:
    environment_id = draw(
        st.sampled_from(
            [
                *KNOWN_ENVIRONMENTS,
                "ALE/Pong-v5",
                "FrozenLake-v1?is_slippery=False&map_name='8x8'",
                "My.Own-v0",
            ]
        )
    )
    values = draw(st.sampled_from(presets_for(environment_id))).hyperparameters
    changed = {name: draw(value_of(name)) for name in draw(st.sets(st.sampled_from(list(DECLARATIONS))))}
    try:
        settings = RunSettings(
            environment_id,
            draw(st.sampled_from(Algorithm)),
            values.changed(changed),
            draw(st.integers(0, LARGEST_SEED)),
        )
    except InvalidHyperparameter:
        assume(False)
        raise
    names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
    return SharedState(
        settings,
        draw(st.one_of(st.just(""), names)),
        tuple(sorted(draw(st.sets(names, max_size=5)))),
        draw(
            st.sampled_from(
                [None, *map(Breakpoint.parse, ("approx_kl>0.05", "return_fall>=0.5", "update=7"))]
            )
        ),
    )


@given(states())
def test_what_is_written_is_read_as_the_same(state: SharedState) -> None:
    line = written(state)
    assert read(line) == (state, [])
    assert line.isprintable()
    assert " " not in line
    assert len(line) <= LONGEST_LINE


@given(states(), st.randoms(use_true_random=False))
def test_the_order_of_its_parts_says_nothing(state: SharedState, chance: random.Random) -> None:
    head, _, query = written(state).partition("?")
    parts = query.split("&")
    chance.shuffle(parts)
    assert read(f"  {head}?{'&'.join(parts)}\n") == (state, [])


def test_a_line_is_readable_and_leaves_out_what_is_as_in_the_preset() -> None:
    default = RunSettings("CartPole-v1", Algorithm.PPO, CARTPOLE, 1)
    assert written(SharedState(default)) == "ppo:1:CartPole-v1"
    settings = RunSettings("CartPole-v1", Algorithm.PPO, CARTPOLE.changed({"clip_range": 0.1}), 3)
    assert written(SharedState(settings, "ratios", ("learning_rate",))) == FROM_CLASS
    assert read(EXAMPLE)[0].settings == settings
    for preset in presets_for("CartPole-v1")[1:]:
        other = RunSettings("CartPole-v1", Algorithm.A2C, preset.hyperparameters, 1)
        assert written(SharedState(other)) == f"ppo:1:CartPole-v1?algorithm=a2c&preset={preset.id}"


def test_what_is_not_known_is_named_and_all_else_is_read() -> None:
    state, unknown = read(
        f"{FROM_CLASS}&colour=red&__import__=os&lock2=a&clip-range=0.3".replace("view=ratios", "view=../x")
    )
    assert unknown == ["colour", "__import__", "lock2", "clip-range", "../x"]
    assert state.settings == read(FROM_CLASS)[0].settings
    assert (state.view, state.locked) == ("", ("learning_rate",))


REFUSED = {
    "empty": "",
    "other text": "hello",
    "a path": "/etc/passwd",
    "no version": "ppo:CartPole-v1",
    "future": "ppo:2:CartPole-v1?clip_range=0.1",
    "far future": "ppo:999999:x",
    "too large a version": "ppo:99999999999:CartPole-v1",
    "nothing": "ppo:1:",
    "module": "ppo:1:os:CartPole-v1",
    "hidden module": "ppo:1:os%3ACartPole-v1",
    "path as environment": "ppo:1:../../CartPole-v1",
    "absolute path": "ppo:1:%2Fetc%2Fpasswd",
    "path as argument": "ppo:1:Ant-v5%3Fxml_file=%2Fetc%2Fpasswd",
    "file as argument": "ppo:1:Ant-v5%3Fxml_file=x.xml",
    "file among arguments": "ppo:1:Ant-v5%3Fxml_file=['a', 'x.xml']",
    "drive as argument": "ppo:1:Ant-v5%3Fxml_file=C%3A%5Cx",
    "code as argument": "ppo:1:CartPole-v1%3Fx=__import__('os').getcwd()",
    "render mode": "ppo:1:CartPole-v1%3Frender_mode=human",
    "value": "ppo:1:CartPole-v1?clip_range=lots",
    "value out of range": "ppo:1:CartPole-v1?clip_range=7",
    "not a number": "ppo:1:CartPole-v1?learning_rate=nan",
    "code as value": "ppo:1:CartPole-v1?clip_range=__import__('os')",
    "minibatches": "ppo:1:CartPole-v1?n_minibatches=256&n_envs=1&rollout_length=1",
    "algorithm": "ppo:1:CartPole-v1?algorithm=dqn",
    "preset": "ppo:1:CartPole-v1?preset=best",
    "seed": "ppo:1:CartPole-v1?seed=-1",
    "large seed": "ppo:1:CartPole-v1?seed=99999999999999",
    "twice": "ppo:1:CartPole-v1?seed=1&seed=2",
    "unnamed": "ppo:1:CartPole-v1?=3",
    "breakpoint": "ppo:1:CartPole-v1?pause=loss>3",
    "several lines": "ppo:1:CartPole-v1\nppo:1:CartPole-v1",
    "control characters": "ppo:1:CartPole-v1?seed=\x1b[31m",
    "hidden line break": "ppo:1:CartPole-v1?clip_range=1%0A%0A2",
    "too long": "ppo:1:CartPole-v1?" + "&".join(f"x{n}=1" for n in range(1000)),
}


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_in_one_line_that_nothing_hides_in(line: str) -> None:
    before = set(sys.modules)
    with pytest.raises(InvalidLine) as refused:
        read(line)
    message = str(refused.value)
    assert message.isprintable()
    assert 10 < len(message) <= 300
    assert set(sys.modules) == before, "nothing is imported"


@given(st.one_of(st.text(max_size=200), st.text(max_size=200).map(lambda text: f"ppo:1:CartPole-v1?{text}")))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    for line in (text, f"ppo:1:{text}", f"ppo:1:{quote(text)}"):
        told = []
        try:
            _, told = read(line)
        except InvalidLine as error:
            told = [str(error)]
        assert all(each.isprintable() for each in told)


@pytest.mark.parametrize(
    "environment_id", ["my_module:My-v0", "/home/me/env.py:My-v0", "Ant-v5?xml_file='/a/b'"]
)
def test_what_only_one_computer_has_is_not_passed_on(environment_id: str) -> None:
    with pytest.raises(InvalidLine):
        written(SharedState(RunSettings(environment_id, Algorithm.PPO, Hyperparameters(), 1)))


def test_a_line_that_would_be_too_long_is_refused() -> None:
    names = tuple(f"name_{n}" for n in itertools.islice(itertools.count(), 500))
    with pytest.raises(InvalidLine):
        written(SharedState(RunSettings("CartPole-v1", Algorithm.PPO, CARTPOLE, 1), locked=names))
