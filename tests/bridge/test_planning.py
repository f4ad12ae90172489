"""What is set up is always one comparison, or one line that says why it is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.planning import PINNED, TRAIN, Planning
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.plan import ALGORITHM, SETTINGS, Configuration
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.runs.history import History
from tests.comparisons import SMALL, compared


@pytest.fixture
def planning(session: Session) -> Planning:
    """What is set up beside a session on CartPole."""
    return Planning(session)


@pytest.fixture
def changes(planning: Planning) -> list[None]:
    """One entry for each change that was told."""
    changes: list[None] = []
    planning.changed.connect(lambda: changes.append(None))
    return changes


def ids(planning: Planning) -> list[str]:
    return [configuration.id for configuration in planning.configurations()]


def test_at_first_clip_ranges_are_compared_where_train_is(planning: Planning) -> None:
    assert planning.planned is not None
    assert planning.planned.environment_id == "CartPole-v1"
    assert planning.planned.field == "clip_range"
    assert planning.complaint == ""


@pytest.mark.parametrize(
    "choose",
    [
        lambda planning: planning.choose_environment("Acrobot-v1"),
        lambda planning: planning.choose_field("gamma"),
        lambda planning: planning.choose_base(Configuration("small", Algorithm.PPO, SMALL)),
        lambda planning: planning.choose_algorithm(Algorithm.A2C),
        lambda planning: planning.choose_sides(*planning.configurations()[:2]),
        lambda planning: planning.set_values("0.1, 0.3"),
        lambda planning: planning.set_seeds(7),
        lambda planning: planning.set_total_steps(50_000),
        lambda planning: planning.set_up(compared()),
    ],
)
def test_each_choice_makes_another_comparison_and_is_told_once(
    planning: Planning, changes: list[None], choose: Callable[[Planning], None]
) -> None:
    before = planning.planned
    choose(planning)
    assert planning.planned is not None
    assert planning.planned != before
    assert planning.planned == planning.draft.comparison()
    assert planning.complaint == ""
    assert len(changes) == 1


@pytest.mark.parametrize(
    "choose",
    [
        lambda planning: planning.set_values(""),
        lambda planning: planning.set_values("0.1, 0.1"),
        lambda planning: planning.set_values("1e9"),
        lambda planning: planning.set_values("\n\t;;,"),
        lambda planning: planning.set_seeds(0),
        lambda planning: planning.set_seeds(10_000),
        lambda planning: planning.set_total_steps(0),
        lambda planning: planning.choose_sides(*2 * planning.configurations()[:1]),
    ],
)
def test_what_cannot_be_compared_is_complained_of_in_one_line_until_it_can(
    planning: Planning, changes: list[None], choose: Callable[[Planning], None]
) -> None:
    choose(planning)
    assert planning.planned is None
    assert planning.complaint
    assert "\n" not in planning.complaint
    assert len(changes) == 1
    planning.set_up(compared())
    assert planning.planned == compared()
    assert planning.complaint == ""


def test_settings_that_contradict_each_other_are_complained_of(planning: Planning) -> None:
    planning.choose_base(Configuration("small", Algorithm.PPO, SMALL))
    planning.choose_field("n_minibatches")
    planning.set_values("2, 64")  # of 32 samples
    assert planning.planned is None
    assert "64 minibatches" in planning.complaint
    planning.choose_algorithm(Algorithm.A2C)
    assert planning.planned is not None, "A2C cuts nothing"


def test_a_comparison_is_set_up_as_it_is_and_can_be_changed(planning: Planning) -> None:
    given = compared((0.1, 0.2), 4).titled("Ready-made")
    planning.set_up(given)
    assert planning.planned == given
    planning.set_seeds(5)
    assert planning.planned == given.with_seeds(5)
    planning.set_values("0.1, 0.2, 0.3")
    assert planning.planned == replace(compared((0.1, 0.2, 0.3), 5), title=planning.planned.title)


# ---- where values can come from


def test_values_can_come_from_the_presets_and_from_train(planning: Planning, session: Session) -> None:
    assert ids(planning) == [*(preset.id for preset in presets_for("CartPole-v1")), TRAIN]
    session.change(gamma=0.9)
    train = planning.configurations()[-1]
    assert train.hyperparameters.gamma == 0.9
    planning.choose_base(train)
    assert planning.planned is not None
    assert {variant.hyperparameters.gamma for variant in planning.planned.variants} == {0.9}


def pin(session: Session) -> None:
    history = History.of_curves(session.settings, 0, {})
    session.baseline = history


def test_values_can_come_from_the_pinned_run(planning: Planning, session: Session) -> None:
    pin(session)
    assert ids(planning)[-2:] == [TRAIN, PINNED]
    pinned = planning.configurations()[-1]
    planning.choose_sides(planning.configurations()[0], pinned)
    assert planning.planned is not None
    assert planning.planned.field == SETTINGS
    assert planning.planned.variants[1].label == f"B: {pinned.full_name}"


def test_what_train_does_in_another_environment_is_not_offered(planning: Planning, session: Session) -> None:
    pin(session)
    planning.choose_environment("Pendulum-v1")
    assert ids(planning) == [preset.id for preset in presets_for("Pendulum-v1")]


def test_a_pinned_run_of_which_nothing_is_known_is_not_offered(planning: Planning, session: Session) -> None:
    session.baseline = History()
    assert PINNED not in ids(planning)


def test_another_environment_keeps_what_varies_seeds_and_algorithm(planning: Planning) -> None:
    planning.choose_field(ALGORITHM)
    planning.set_seeds(9)
    planning.choose_environment("Pendulum-v1")
    assert planning.planned is not None
    assert (planning.planned.field, planning.planned.n_seeds) == (ALGORITHM, 9)
    assert planning.planned.environment_id == "Pendulum-v1"


def test_an_environment_nobody_knows_can_be_set_up(qtbot: QtBot, planning: Planning) -> None:
    del qtbot
    planning.choose_environment("Nowhere-v0")  # its runs will say what is wrong with it
    assert planning.planned is not None
