"""Breakpoints are hit where their condition comes to hold, and nowhere else."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.events import EpisodeEnded, Event, MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.quantities import EPISODE_QUANTITIES, UPDATE_QUANTITIES
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.breakpoints import (
    CLIPPED_SAMPLES,
    RETURN_FALL,
    UPDATE,
    WATCHED,
    Breakpoint,
    BreakpointWatch,
    InvalidBreakpoint,
    Relation,
    relations_of,
)
from ppo_desktop.runs.history import History
from tests.comparisons import SMALL, episode, update
from tests.every_engine import EVERY_ENGINE

N_UPDATES = 60


def events_of(engine_type: type[Engine]) -> list[Event]:
    """Return all events of the beginning of a run that learns in large steps."""
    settings = RunSettings("CartPole-v1", Algorithm.PPO, SMALL.changed({"learning_rate": 0.02}), 3)
    run = Trainer(settings, engine_type(settings))
    events: list[Event] = []
    for event in run.events():
        events.append(event)
        if isinstance(event, UpdateFinished) and event.update == N_UPDATES:
            break
    run.engine.close()
    return events


def values_of(quantity: str, events: list[Event]) -> dict[int, float]:
    """Return what events say of something watched, by their places, from its definition."""
    episodes = {i: each for i, each in enumerate(events) if isinstance(each, EpisodeEnded)}
    updates = {i: each for i, each in enumerate(events) if isinstance(each, UpdateFinished)}
    returns = [each.episode_return for each in episodes.values()]
    windows = {"return": 1, "recent_return": 20, "mean_return": 100}
    if quantity in windows:
        most = windows[quantity]
        return {i: float(np.mean(returns[max(0, n - most) : n])) for n, i in enumerate(episodes, start=1)}
    if quantity == "length":
        return {i: each.length for i, each in episodes.items()}
    if quantity == RETURN_FALL:
        means = {i: each.mean_return_100 for i, each in updates.items()}
        best = np.maximum.accumulate(np.nan_to_num(list(means.values()), nan=-np.inf))
        falls = {i: (top - means[i]) / top for i, top in zip(means, best, strict=True)}
        return {i: fall for i, fall in falls.items() if math.isfinite(fall)}
    if quantity == CLIPPED_SAMPLES:
        clipped, values = 0, {}
        for i, each in enumerate(events):
            if isinstance(each, MinibatchOptimized):
                assert each.samples.clip_range is not None
                clipped += int((abs(each.samples.ratios - 1) > each.samples.clip_range).sum())
                values[i] = float(clipped)
        return values
    return {i: getattr(each, quantity) for i, each in updates.items()}


SIGNS = {
    Relation.ABOVE: operator.gt,
    Relation.BELOW: operator.lt,
    Relation.BY: operator.ge,
    Relation.AT: operator.eq,
}


@EVERY_ENGINE
def test_each_number_of_a_run_hits_where_it_comes_to_lie_beyond_a_value(engine_type: type[Engine]) -> None:
    events = events_of(engine_type)
    n_hits = 0
    for quantity in WATCHED:
        values = values_of(quantity, events)
        for relation in relations_of(quantity):
            for share in (0.2, 0.5, 0.8):
                value = float(np.quantile(list(values.values()), share))
                value = {UPDATE: float(round(value)), CLIPPED_SAMPLES: 0.0, RETURN_FALL: share / 3}.get(
                    quantity, value
                )
                watch, history = BreakpointWatch(), History()
                watch.wait_for(Breakpoint(quantity, relation, value))
                hit = [i for i, event in enumerate(events) if watch.hit_by(event)]
                holds = {i: bool(SIGNS[relation](each, value)) for i, each in values.items()}
                places = list(holds)
                expected = [
                    i for n, i in enumerate(places) if holds[i] and (n == 0 or not holds[places[n - 1]])
                ]
                assert hit == expected, (quantity, relation, value)
                n_hits += len(hit)
                middle = next(
                    i
                    for i, each in enumerate(events)
                    if isinstance(each, UpdateFinished) and each.update == N_UPDATES // 2
                )
                for event in events[: middle + 1]:
                    history.add(event)
                watch.begin(history)
                later = [i for i in range(middle + 1, len(events)) if watch.hit_by(events[i])]
                assert later == [i for i in expected if i > middle], "gone on with from there the same"
    assert n_hits > 100


def test_a_condition_that_holds_when_it_is_set_is_hit_at_the_next_number() -> None:
    watch = BreakpointWatch()
    assert not watch.hit_by(episode(10, 300.0))
    watch.wait_for(Breakpoint("return", Relation.ABOVE, 200.0))
    assert [bool(watch.hit_by(episode(20, value))) for value in (250.0, 260.0, 100.0, 201.0)] == [
        True,
        False,
        False,
        True,
    ]
    watch.wait_for(None)
    assert not watch.hit_by(episode(30, 999.0))


def test_a_mean_return_below_zero_falls_by_a_share_of_its_size() -> None:
    watch = BreakpointWatch()
    watch.wait_for(Breakpoint(RETURN_FALL, Relation.BY, 0.5))
    hit = [bool(watch.hit_by(update(10, mean_return_100=mean))) for mean in (math.nan, -80.0, -119.0, -120.0)]
    assert hit == [False, False, False, True]


def test_what_is_no_number_hits_nothing() -> None:
    watch = BreakpointWatch()
    watch.wait_for(Breakpoint("explained_variance", Relation.BELOW, 0.5))
    assert not watch.hit_by(update(10, explained_variance=math.nan))
    assert watch.hit_by(update(20, explained_variance=0.1))


def test_what_has_hit_says_by_which_value_in_the_unit_shown() -> None:
    watch = BreakpointWatch()
    watch.wait_for(Breakpoint("policy_entropy", Relation.BELOW, 0.5 * math.log(2)))
    told = watch.hit_by(update(10, policy_entropy=0.25 * math.log(2)))
    assert "0.250 bits" in told
    assert "0.500 bits" in told


numbers = st.floats(-1e9, 1e9, allow_nan=False)
breakpoints = st.one_of(
    st.builds(
        Breakpoint,
        st.sampled_from([*EPISODE_QUANTITIES, *UPDATE_QUANTITIES]),
        st.sampled_from([Relation.ABOVE, Relation.BELOW]),
        numbers,
    ),
    st.builds(Breakpoint, st.just(UPDATE), st.just(Relation.AT), st.integers(1, 10**9).map(float)),
    st.builds(Breakpoint, st.just(RETURN_FALL), st.just(Relation.BY), st.floats(1e-6, 1e3)),
    st.just(Breakpoint(CLIPPED_SAMPLES, Relation.ABOVE, 0.0)),
)


@given(breakpoints)
def test_what_is_written_is_read_as_the_same(condition: Breakpoint) -> None:
    assert Breakpoint.parse(str(condition)) == condition
    assert condition.title


@pytest.mark.parametrize(
    "text",
    [
        "",
        "approx_kl",
        "approx_kl>",
        "approx_kl>x",
        "approx_kl>nan",
        "approx_kl>inf",
        "approx_kl=0.1",
        "loss>1",
        "steps_to_threshold>1",
        "update=0",
        "update=1.5",
        "update>3",
        "clipped_samples>2",
        "return_fall>0.5",
        "return_fall>=0",
        "__class__>1",
    ],
)
def test_what_cannot_be_waited_for_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidBreakpoint) as refused:
        Breakpoint.parse(text)
    assert len(str(refused.value).splitlines()) == 1
