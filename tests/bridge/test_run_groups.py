"""Groups of kept runs: the mean over seeds, and how sure one can be of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ppo_desktop.bridge.library_items import RunItem, run_item
from ppo_desktop.bridge.run_groups import ALGORITHM, groups_of
from ppo_desktop.comparison.statistics import bootstrap_interval
from ppo_desktop.library import Entry, Labels
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.summary import Summary


def run(
    value: Value,
    seed: int,
    last: float | None,
    *,
    environment_id: str = "CartPole-v1",
    algorithm: str = "ppo",
    parent: Parent | None = None,
    steps: int = 100,
    **values: Value,
) -> RunItem:
    """Return a run whose return has always been the last one."""
    curve = () if last is None else ((0.0, last), (float(steps), last))
    hyperparameters = {"clip_range": value, **values}
    summary = Summary(
        environment_id,
        algorithm,
        seed,
        hyperparameters,
        "compiled",
        parent,
        steps,
        1,
        1,
        last,
        last,
        "",
        curve,
    )
    return run_item(Entry(f"{value}-{seed}-{last}", summary, Labels(), ""))


def test_the_mean_is_over_seeds_and_one_with_several_runs_counts_once() -> None:
    (group,) = groups_of(
        [run(0.2, 1, 10.0), run(0.2, 1, 30.0), run(0.2, 2, 40.0), run(0.2, 3, 60.0)], "clip_range"
    )
    assert (len(group.items), group.n_seeds, group.last) == (4, 3, 40.0)
    low, high = bootstrap_interval(np.array([20.0, 40.0, 60.0]))
    assert (group.low, group.high) == (float(low), float(high))
    assert group.curve[:, 1] == pytest.approx(40.0)
    assert group.curve[:, 2] == pytest.approx(float(low))


def test_environments_and_algorithms_are_never_put_together() -> None:
    runs = [
        run(0.2, 1, 1.0),
        run(0.2, 1, 2.0, algorithm="a2c"),
        run(0.2, 1, 3.0, environment_id="Acrobot-v1"),
    ]
    for field in ("clip_range", ALGORITHM):
        assert [group.last for group in groups_of(runs, field)] == [3.0, 2.0, 1.0]


def test_values_stand_in_their_order_off_last() -> None:
    runs = [run(value, 1, 1.0) for value in (None, 0.4, 0.05)]
    assert [group.value for group in groups_of(runs, "clip_range")] == ["0.05", "0.40", "off"]


def test_what_differs_besides_the_value_and_the_seed_is_said() -> None:
    (group,) = groups_of([run(0.2, 1, 1.0, gamma=0.9), run(0.2, 2, 1.0, gamma=0.99)], "clip_range")
    assert group.differing == "γ"
    (group,) = groups_of(
        [run(0.2, 1, 1.0, total_steps=1000), run(0.2, 2, 1.0, total_steps=None)], "clip_range"
    )
    assert group.differing == ""


def test_branches_and_runs_without_an_episode_are_in_no_group() -> None:
    assert groups_of([run(0.2, 1, 1.0, parent=Parent("x", 3)), run(0.2, 1, None)], "clip_range") == []


def test_the_curve_ends_where_the_shortest_run_does_and_one_seed_has_no_interval() -> None:
    (group,) = groups_of([run(0.2, 1, 1.0, steps=100), run(0.2, 1, 3.0, steps=40)], "clip_range")
    assert (group.curve[0, 0], group.curve[-1, 0]) == (0.0, 40.0)
    assert math.isnan(group.low)
    assert np.isnan(group.curve[:, 2]).all()
