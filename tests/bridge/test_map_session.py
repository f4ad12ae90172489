"""A map on its way: set up, measured, asked, gone on with, and where its cells lead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.map_session import MapSession, spread_values
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.plan import Comparison
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.study.attributes import STRATEGY
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.map_digest import CellState, MapQuestion, Statistic
from ppo_desktop.study.ready_maps import READY_MAPS
from tests.measured_maps import PLAN as CELLS
from tests.measured_maps import measured
from tests.tuning import PLAN, make_study

STEPS = 1_000


def set_up(maps: MapSession) -> None:
    """Set up a map of six cells, which are measured at once."""
    drafting = maps.drafting
    drafting.set_values(0, "0.1, 0.2, off")
    drafting.set_values(1, "1e-3:1e-2:2")
    drafting.set_seeds(2)
    drafting.set_total_steps(STEPS)


def measure(qtbot: QtBot, maps: MapSession) -> None:
    """Measure the map that is set up to its end, and wait until all of it has been looked at."""
    set_up(maps)
    maps.start()
    qtbot.waitUntil(lambda: maps.state is JobState.RESTING)
    qtbot.waitUntil(lambda: maps.digest is not None and maps.digest[0].n_measured == 6)


def test_a_map_is_measured_to_its_end_and_kept(qtbot: QtBot, maps: MapSession, session: Session) -> None:
    measure(qtbot, maps)
    assert maps.digest is not None
    assert maps.digest[0].values.shape == (2, 3)
    assert (maps.digest[0].states == CellState.MEASURED).all()
    assert maps.n_trials_to_come == 0
    place = maps.place
    assert place is not None
    assert maps.best is not None
    again = MapSession(session, maps.folder)
    again.set_visible(True)
    again.open(place)
    qtbot.waitUntil(lambda: again.digest is not None)
    assert again.digest is not None
    assert again.digest[0].values.tolist() == maps.digest[0].values.tolist()
    assert again.drafting.draft.ticked == ("clip_range", "learning_rate")
    again.close()


def test_both_maps_are_of_the_same_moment_and_trials(qtbot: QtBot, maps: MapSession) -> None:
    measure(qtbot, maps)
    maps.show_second(True)
    maps.inquiry.choose(0, statistic=Statistic.SPREAD)
    maps.inquiry.show_moment(40)
    qtbot.waitUntil(lambda: maps.digest is not None and maps.digest[0].question.n_bins == 40)
    assert maps.digest is not None
    assert [each.question.n_bins for each in maps.digest] == [40, 40]
    assert maps.digest[0].question.statistic is Statistic.SPREAD
    assert maps.digest[1].question.statistic is Statistic.MEAN
    maps.show_second(False)
    assert maps.question == (MapQuestion(statistic=Statistic.SPREAD, n_bins=40),)


def test_a_cell_is_opened_in_train(qtbot: QtBot, maps: MapSession, session: Session) -> None:
    measure(qtbot, maps)
    with qtbot.waitSignal(maps.opened_in_train):
        maps.open_cell_in_train(5)
    values = session.settings.hyperparameters
    assert (values.clip_range, values.learning_rate) == (None, 1e-2)


def test_what_has_no_worst_seed_is_asked_for_by_its_mean(maps: MapSession) -> None:
    maps.inquiry.choose(0, statistic=Statistic.WORST)
    assert maps.question[0].statistic is Statistic.WORST
    maps.inquiry.choose(0, result="return")
    assert maps.question[0].statistic is Statistic.WORST
    maps.inquiry.choose(0, result="policy_entropy")
    assert maps.question == (MapQuestion("policy_entropy", Statistic.MEAN),)


def test_the_cell_that_is_looked_at_stays_so_under_another_name_and_not_on_another_map(
    qtbot: QtBot, maps: MapSession
) -> None:
    measure(qtbot, maps)
    maps.choose(4)
    maps.rename("Renamed")
    qtbot.waitUntil(lambda: maps.place is not None and maps.place.name == "Renamed")
    assert maps.chosen == 4
    maps.new()
    assert maps.chosen is None


def test_cells_are_checked_on_fresh_seeds_as_such(qtbot: QtBot, maps: MapSession) -> None:
    measure(qtbot, maps)
    candidate = maps.best_candidate
    assert candidate is not None
    assert candidate.is_cell
    assert maps.best is not None
    assert candidate.values == maps.best.values


@pytest.mark.parametrize(("place", "field", "n"), [(0, "clip_range", 3), (1, "learning_rate", 2)])
def test_a_row_or_a_column_is_set_up_in_compare(
    qtbot: QtBot, maps: MapSession, place: int, field: str, n: int
) -> None:
    measure(qtbot, maps)
    with qtbot.waitSignal(maps.opened_in_compare) as told:
        maps.compare_along(4, place)
    assert told.args is not None
    comparison, reference = told.args
    assert isinstance(comparison, Comparison)
    assert (comparison.field, len(comparison.variants)) == (field, n)
    own = comparison.variants[reference].hyperparameters
    assert (own.clip_range, own.learning_rate) == (0.2, 1e-2)
    assert (comparison.n_seeds, comparison.total_steps) == (2, STEPS)


@pytest.mark.parametrize("own", [0, 7, 19])
def test_of_many_values_some_are_compared_the_cells_own_among_them(own: int) -> None:
    values: list[Value] = [*range(20)]
    spread = spread_values(values, own, 8)
    assert len(spread) <= 8
    assert {0, 19, own} <= set(spread)
    assert spread == sorted(spread, key=lambda value: values.index(value))


def test_a_study_that_is_no_map_is_left_to_tune(qtbot: QtBot, maps: MapSession, studies: Path) -> None:
    studies.mkdir(parents=True)
    place = make_study(studies)
    maps.open(place)
    qtbot.waitUntil(lambda: maps.state is JobState.EMPTY)
    assert maps.place is None
    assert maps.notices.current is not None
    assert maps.notices.current.is_warning


@pytest.mark.parametrize("n", [1, 3])
def test_a_file_that_calls_other_than_two_hyperparameters_a_map_is_refused(
    qtbot: QtBot, maps: MapSession, studies: Path, n: int
) -> None:
    studies.mkdir(parents=True)
    space = (*PLAN.space, Dimension("entropy_coef", 0.001, 0.01))[:n]
    place = make_study(studies, plan=replace(PLAN, space=space))
    study = optuna.load_study(study_name=place.name, storage=f"sqlite:///{place.location}")
    study.set_user_attr(STRATEGY, {**study.user_attrs[STRATEGY], "sampler": "map"})
    maps.open(place)
    qtbot.waitUntil(lambda: maps.state is JobState.EMPTY)
    assert maps.place is None
    assert maps.notices.current is not None


def test_a_cell_shows_the_trial_that_the_map_shows(maps: MapSession) -> None:
    maps.plan = CELLS
    first, again = measured(2, 1.0, 2.0), replace(measured(2, 3.0, 4.0), number=77)
    elsewhere = replace(measured(3, 1.0, 2.0), values=CELLS.combination_values(7))
    maps.trials = (first, elsewhere, again)
    assert maps.trial_of(2) is first
    assert maps.trial_of(3) is None


def test_a_ready_made_map_is_set_up_and_asked_for_what_shows_it(maps: MapSession) -> None:
    ready = READY_MAPS[0]
    maps.set_up(ready)
    assert maps.drafting.plan is not None
    assert maps.drafting.plan.space == ready.axes
    assert maps.drafting.plan.total_steps == ready.total_steps
    assert maps.question[0].result == ready.measure


def test_what_cannot_be_is_refused_and_nothing_changes(maps: MapSession) -> None:
    set_up(maps)
    plan = maps.drafting.plan
    maps.drafting.set_values(0, "nonsense")
    assert maps.drafting.refusal
    assert maps.drafting.plan == plan
    assert maps.notices.current is not None


def test_another_environment_has_its_usual_axes(maps: MapSession) -> None:
    set_up(maps)
    maps.drafting.choose_environment("Acrobot-v1")
    assert maps.drafting.plan is not None
    assert maps.drafting.plan.environment_id == "Acrobot-v1"
    assert None not in maps.drafting.plan.space[0].grid_values()
