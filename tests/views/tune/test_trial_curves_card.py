"""Learning curves of trials: those that run are live, of those that have ended the last are drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Lines
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.trial_curves_card import (
    MOST_ENDED,
    TrialCurvesCard,
    drawn_trials,
)
from tests.shown_studies import PLAN, at, digested, point_at, show_study
from tests.widgets import lay_out


def learnt(
    number: int, objective: float | None, *returns: float, state: TrialState = TrialState.COMPLETE
) -> TrialRecord:
    """Return a trial with a return after every hundred steps."""
    curve = tuple((100 * (place + 1), value) for place, value in enumerate(returns))
    return replace(at(number, objective), curve=curve, state=state)


def running(number: int, *returns: float) -> TrialRecord:
    return learnt(number, None, *returns, state=TrialState.RUNNING)


def ended(n: int) -> list[TrialRecord]:
    return [learnt(number, float(number), 10.0 + number, 20.0 + number) for number in range(n)]


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> TrialCurvesCard:
    card = TrialCurvesCard(tune, theme)
    qtbot.addWidget(card)
    card.resize(520, 300)
    with qtbot.waitExposed(card):
        card.show()
    return card


def picture(card: TrialCurvesCard) -> Picture:
    assert card.figure.picture is not None
    return card.figure.picture


def line(card: TrialCurvesCard, number: int) -> Numbers:
    """Return the pixels of a trial's curve."""
    lines = (shape for shape in picture(card).shapes if isinstance(shape, Lines))
    return next(shape.points(picture(card).frame, number) for shape in lines if number in shape.lines)


# ---- which are drawn -------------------------------------------------------------------------------


def test_of_the_trials_that_have_ended_the_last_are_drawn_and_the_best() -> None:
    trials = [learnt(0, 900.0, 500.0), *ended(60)[1:]]
    drawn = drawn_trials(digested(trials), ())
    assert drawn.best is not None
    assert drawn.best.number == 0
    assert [trial.number for trial in drawn.ended] == list(range(60 - MOST_ENDED, 60))
    assert drawn.n_ended == 60


def test_pruned_trials_are_drawn_as_such_and_failed_ones_not() -> None:
    pruned = learnt(1, 3.0, 3.0, state=TrialState.PRUNED)
    failed = learnt(2, None, 2.0, state=TrialState.FAILED)
    drawn = drawn_trials(digested([*ended(1), pruned, failed]), ())
    assert [trial.number for trial in drawn.pruned] == [1]
    assert {trial.number for trial in drawn.all} == {0, 1}


def test_our_own_running_trials_are_newer_than_what_the_study_says_of_them() -> None:
    digest = digested([running(0, 10.0), running(1, 20.0)])
    drawn = drawn_trials(digest, [running(1, 20.0, 30.0)])
    assert [len(trial.curve) for trial in drawn.running] == [1, 2]


def test_a_trial_that_has_ended_meanwhile_is_not_drawn_as_running_too() -> None:
    drawn = drawn_trials(digested(ended(1)), [running(0, 10.0)])
    assert drawn.running == ()


# ---- the card --------------------------------------------------------------------------------------


def test_a_running_trial_grows(qtbot: QtBot, card: TrialCurvesCard, tune: TuneSession) -> None:
    show_study(tune, digested([]), [running(0, 10.0)])
    assert len(line(card, 0)) == 1
    tune.running = (running(0, 10.0, 20.0),)
    tune.running_changed.emit()
    qtbot.waitUntil(lambda: len(line(card, 0)) == 2)


def test_a_running_trial_is_drawn_before_anything_else_is_known(
    card: TrialCurvesCard, tune: TuneSession
) -> None:
    tune.plan = PLAN
    show_study(tune, None, [running(0, 10.0), running(1)])
    assert picture(card).keys == [0]


def test_a_trial_ends_where_it_was_pruned(card: TrialCurvesCard, tune: TuneSession) -> None:
    show_study(tune, digested([learnt(0, 3.0, 1.0, 2.0, 3.0, state=TrialState.PRUNED)]))
    last = line(card, 0)[-1].tolist()
    frame = picture(card).frame
    assert last == pytest.approx([frame.column(300), frame.row(3.0)])
    legend = picture(card).legend
    assert legend is not None
    assert legend.texts == ["pruned"]


def test_the_axis_is_the_budget_of_a_run_from_the_beginning(card: TrialCurvesCard, tune: TuneSession) -> None:
    show_study(tune, digested([]), [running(0, 10.0)])
    assert picture(card).frame.column(2_000) == pytest.approx(picture(card).frame.area.right())


def test_it_says_how_many_are_drawn_where_that_is_not_all(card: TrialCurvesCard, tune: TuneSession) -> None:
    show_study(tune, digested(ended(10)))
    assert "last" not in card.remark.text()
    show_study(tune, digested(ended(50)))
    assert "the best and the last 30 of 50" in card.remark.text()


def test_it_says_that_curves_are_of_training_and_not_the_objective(
    card: TrialCurvesCard, tune: TuneSession
) -> None:
    card.resize(900, 300)
    show_study(tune, digested(ended(50)))
    assert card.remark.text().startswith("return of training episodes, actions drawn at random; ")
    card.resize(420, 300)
    lay_out()
    assert card.remark.shown_lines()[0].startswith("training return")


def test_pointing_at_a_curve_between_its_points_finds_its_trial(
    card: TrialCurvesCard, tune: TuneSession
) -> None:
    show_study(tune, digested([learnt(0, 1.0, 100.0, 100.0), learnt(1, 2.0, 400.0, 400.0)]))
    middle = line(card, 0).mean(axis=0)
    point_at(card.figure, QPointF(*middle.tolist()))
    assert tune.highlighted == 0
    assert "Trial 0" in card.figure.tip_at(QPointF(*middle.tolist()))


def test_a_curve_whose_last_number_is_not_defined_is_drawn_as_far_as_it_is(
    card: TrialCurvesCard, tune: TuneSession
) -> None:
    show_study(tune, digested([]), [running(0, 10.0, float("nan")), running(1, float("nan"))])
    assert len(line(card, 0)) == 1
    assert not card.figure.grab().isNull()
    tune.highlight(1)
    assert not card.figure.grab().isNull()
