"""A map that is being set up: its axes as lines of text, and the plan they make."""

from __future__ import annotations

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.map_draft import MapDraft, axis_of_line, line_of_axis, map_draft_of
from ppo_desktop.study.ready_maps import READY_MAPS, ReadyMap
from ppo_desktop.study.samplers import MAP, check_strategy
from ppo_desktop.study.study_plan import Strategy
from tests.comparisons import SMALL
from tests.measured_maps import PLAN

DRAFT = MapDraft("CartPole-v1", Algorithm.PPO, SMALL)


@pytest.mark.parametrize(
    ("field", "line", "values"),
    [
        ("clip_range", "0.1:0.4:4", [0.1, 0.159, 0.252, 0.4]),
        ("clip_range", "0.1, 0.4, off", [0.1, 0.4, None]),
        ("learning_rate", "1.2345e-4:0.0123456:2", [1.2345e-4, 0.0123456]),
        ("rollout_length", "16:1024:2", [16, 1024]),
        ("n_epochs", "1, 10, 3", [1, 10, 3]),
        ("normalize_advantages", "off, on", [False, True]),
    ],
)
def test_values_are_a_range_or_written_one_by_one(field: str, line: str, values: list[object]) -> None:
    axis = axis_of_line(field, line)
    assert axis.grid_values() == values
    assert axis_of_line(field, line_of_axis(axis)) == axis


@pytest.mark.parametrize("line", ["", "0.1", "0.4:0.1:3", "0.1:0.4:1", "0.1, 0.1", "a, b", "0.1:0.2:3:4"])
def test_what_is_no_line_of_values_is_refused_in_one_line(line: str) -> None:
    with pytest.raises(InvalidStudy) as refused:
        axis_of_line("clip_range", line)
    assert "\n" not in str(refused.value)


def test_what_goes_up_comes_down_where_it_is_chosen_to_go_across() -> None:
    draft = DRAFT.with_axis(0, "clip_range").with_axis(1, "learning_rate")
    assert draft.with_axis(0, "learning_rate").ticked == ("learning_rate", "clip_range")
    assert draft.with_axis(1, "n_epochs").ticked == ("clip_range", "n_epochs")


def test_a_plan_and_its_draft_are_the_same() -> None:
    assert map_draft_of(PLAN).plan() == PLAN


def test_what_changes_nothing_is_no_axis() -> None:
    draft = DRAFT.with_axis(0, "initial_log_std")
    with pytest.raises(InvalidStudy):
        draft.plan()


@pytest.mark.parametrize("ready", READY_MAPS, ids=lambda ready: ready.id)
def test_ready_made_maps_can_be_drawn(ready: ReadyMap) -> None:
    across, up = ready.axes
    draft = DRAFT.with_axis(0, across.field).with_axis(1, up.field).with_values(across).with_values(up)
    plan = draft.plan()
    check_strategy(plan, Strategy(MAP))
