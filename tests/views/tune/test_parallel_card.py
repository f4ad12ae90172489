"""Parallel coordinates: a line for each trial, and ranges that leave some of them out."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.hyperparameters import TRAINING_FIELDS
from ppo_desktop.study.trials import TrialState
from ppo_desktop.views.figure_export import svg_of
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.parallel_card import ParallelCard
from ppo_desktop.views.tune.parallel_picture import NAME_FONT, OBJECTIVE, Bunch, ParallelPicture
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from tests.judged_trials import searched
from tests.shown_studies import at, digested, many, mouse, point_at, show_study, without_value

ROOM = QRectF(0, 0, 500, 300)
TWO = [at(0, 100.0, 0.0, 0.0, 1.0), at(1, 300.0, 1.0, 0.5, 0.0)]


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> ParallelCard:
    card = ParallelCard(tune, theme)
    qtbot.addWidget(card)
    card.resize(560, 320)
    with qtbot.waitExposed(card):
        card.show()
    return card


def picture(card: ParallelCard) -> ParallelPicture:
    assert card.figure.picture is not None
    return card.figure.picture


def points(picture: ParallelPicture, number: int) -> Numbers:
    """Return where a trial's line crosses the axes, pixels."""
    bunches = (shape for shape in picture.shapes if isinstance(shape, Bunch))
    bunch = next(bunch for bunch in bunches if number in bunch.lines)
    return bunch.points(picture.frame, number)


def brush(card: ParallelCard, axis: int, low: float, high: float) -> None:
    """Drag along an axis from one position to another."""
    frame = picture(card).frame
    column = picture(card).axes[axis].column
    mouse(card.figure, QEvent.Type.MouseButtonPress, QPointF(column, frame.row(low)), is_down=True)
    mouse(card.figure, QEvent.Type.MouseMove, QPointF(column, frame.row(high)), is_down=True)
    mouse(card.figure, QEvent.Type.MouseButtonRelease, QPointF(column, frame.row(high)))


# ---- where everything stands -----------------------------------------------------------------------


def test_the_axes_are_the_hyperparameters_in_order_and_then_the_objective(theme: Theme) -> None:
    geometry = ParallelPicture(theme, ROOM, TrialArrays(digested(TWO)))
    assert [axis.name for axis in geometry.axes] == ["clip_range", "learning_rate", "n_epochs", OBJECTIVE]
    columns = [axis.column for axis in geometry.axes]
    assert columns == sorted(columns)
    assert columns[-1] == pytest.approx(geometry.frame.area.right())


def test_a_line_passes_each_axis_at_its_value(theme: Theme) -> None:
    geometry = ParallelPicture(theme, ROOM, TrialArrays(digested(TWO)))
    frame = geometry.frame
    rows = points(geometry, 0)[:, 1].tolist()
    assert rows[:3] == pytest.approx([frame.row(0.0), frame.row(0.0), frame.row(1.0)])
    low, high = geometry.shown
    assert rows[3] == pytest.approx(frame.row((100.0 - low) / (high - low)))


def test_trials_without_a_value_or_outside_the_ranges_have_no_line(theme: Theme) -> None:
    trials = [
        *TWO,
        without_value(2, TrialState.FAILED),
        at(3, 50.0, values={"clip_range": 0.9, "learning_rate": 1e-3, "n_epochs": 3}),
        at(4, 50.0, state=TrialState.PRUNED),
    ]
    geometry = ParallelPicture(theme, ROOM, TrialArrays(digested(trials)))
    assert geometry.has_line.tolist() == [True, True, False, False, True]


def test_names_of_axes_are_shortened_where_there_is_little_room(theme: Theme) -> None:
    arrays = TrialArrays(digested(TWO))
    wide = ParallelPicture(theme, QRectF(0, 0, 900, 300), arrays)
    narrow = ParallelPicture(theme, QRectF(0, 0, 200, 300), arrays)
    assert wide.axes[0].label == "Clip range ε"
    assert narrow.axes[0].label == "ε"


def test_names_of_many_axes_do_not_touch(theme: Theme) -> None:
    sizes = ("rollout_length", "n_envs", "n_minibatches")
    plan = searched(*(field for field in TRAINING_FIELDS if field not in sizes))
    arrays = TrialArrays(digested(many(5, plan), plan))
    geometry = ParallelPicture(theme, QRectF(0, 0, 980, 140), arrays)
    names = QFontMetricsF(theme.font(NAME_FONT))
    widths = [names.horizontalAdvance(axis.label) for axis in geometry.axes]
    for line in {axis.line for axis in geometry.axes}:
        spans = [
            (axis.column - width / 2, axis.column + width / 2)
            for axis, width in zip(geometry.axes, widths, strict=True)
            if axis.line == line
        ]
        assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))
    assert all(axis.label.strip("…") for axis in geometry.axes)


# ---- the card --------------------------------------------------------------------------------------


def test_pointing_between_two_axes_finds_the_nearest_line(card: ParallelCard, tune: TuneSession) -> None:
    show_study(tune, digested(TWO))
    for number in (0, 1):
        middle = points(picture(card), number)[:2].mean(axis=0)
        point_at(card.figure, QPointF(*middle.tolist()))
        assert tune.highlighted == number
        assert f"Trial {number}" in card.figure.tip_at(QPointF(*middle.tolist()))


def test_dragging_along_an_axis_leaves_out_who_does_not_pass_there(
    card: ParallelCard, tune: TuneSession
) -> None:
    show_study(tune, digested(TWO))
    brush(card, 0, 0.6, 1.0)
    assert list(picture(card).keys) == [1]
    assert card.remark.text().startswith("1 of 2 trials")


def test_ranges_on_two_axes_count_together_and_a_click_takes_one_away(
    card: ParallelCard, tune: TuneSession
) -> None:
    show_study(tune, digested(TWO))
    brush(card, 0, 0.6, 1.0)
    brush(card, 2, 0.5, 1.0)
    assert list(picture(card).keys) == []
    brush(card, 2, 0.5, 0.5)
    assert list(picture(card).keys) == [1]
    brush(card, 0, 0.5, 0.5)
    assert list(picture(card).keys) == [0, 1]


def test_a_range_stays_while_trials_are_added_and_goes_with_the_study(
    qtbot: QtBot, card: ParallelCard, tune: TuneSession
) -> None:
    show_study(tune, digested(TWO))
    brush(card, 0, 0.6, 1.0)
    more = digested([*TWO, at(2, 10.0, 0.8, 0.8, 0.8)])
    with qtbot.waitSignal(tune.digest_changed):
        tune.inquiry.digest = more
        tune.digest_changed.emit()
    qtbot.waitUntil(lambda: list(picture(card).keys) == [1, 2])
    show_study(tune, more)  # another study of the same hyperparameters
    assert list(picture(card).keys) == [0, 1, 2]
    brush(card, 0, 0.6, 1.0)
    plan = searched("gae_lambda", "gamma")
    show_study(tune, digested(many(5, plan), plan))
    assert not card.figure.brushes
    assert len(picture(card).keys) == 5


def test_two_clicks_on_an_axis_open_no_trial(qtbot: QtBot, card: ParallelCard, tune: TuneSession) -> None:
    show_study(tune, digested(TWO))
    line = points(picture(card), 1)
    with qtbot.assertNotEmitted(card.figure.opened):
        mouse(card.figure, QEvent.Type.MouseButtonDblClick, QPointF(*line[1].tolist()))
    with qtbot.waitSignal(card.figure.opened):
        between = line[1:3].mean(axis=0)
        mouse(card.figure, QEvent.Type.MouseButtonDblClick, QPointF(*between.tolist()))


def test_ranges_can_be_chosen_by_keyboard(qtbot: QtBot, card: ParallelCard, tune: TuneSession) -> None:
    show_study(tune, digested(TWO))
    figure, shift = card.figure, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(figure, Qt.Key.Key_Right, shift)
    assert figure.accessibleDescription() == "Clip range ε"
    qtbot.keyClick(figure, Qt.Key.Key_Up, shift)
    assert list(picture(card).keys) == [1]
    qtbot.keyClick(figure, Qt.Key.Key_Down, shift)
    assert list(picture(card).keys) == []
    qtbot.keyClick(figure, Qt.Key.Key_Down, shift)
    assert list(picture(card).keys) == [0]
    qtbot.keyClick(figure, Qt.Key.Key_Delete)
    assert list(picture(card).keys) == [0, 1]
    assert not figure.brushes


def legend(card: ParallelCard) -> list[str]:
    shown = picture(card).legend
    assert shown is not None
    return shown.texts


def test_dotted_lines_are_explained_where_there_are_some(card: ParallelCard, tune: TuneSession) -> None:
    show_study(tune, digested(TWO))
    assert "pruned" not in legend(card)
    show_study(tune, digested([*TWO, at(2, 50.0, state=TrialState.PRUNED)]))
    assert "pruned" in legend(card)


def test_how_to_brush_is_no_part_of_a_figure(card: ParallelCard, tune: TuneSession) -> None:
    show_study(tune, digested([*TWO, at(2, 50.0, state=TrialState.PRUNED)]))
    svg = svg_of(card.exported("Parallel coordinates", "3 trials")).decode()
    assert "pruned" in svg
    assert "drag along" not in svg


def test_many_lines_are_painted_part_by_part_and_look_as_if_painted_at_once(
    qtbot: QtBot, card: ParallelCard, tune: TuneSession
) -> None:
    figure = card.figure
    show_study(tune, digested(many(450)))
    assert figure.picture is None
    qtbot.waitUntil(lambda: figure.picture is not None)
    first = figure.picture
    show_study(tune, digested(many(460)))
    assert figure.picture is first
    qtbot.waitUntil(lambda: figure.picture is not first)
    assert figure.picture is not None
    assert len(figure.picture.keys) == 460
    in_parts = card.grab().toImage()
    figure.lay_out()
    assert card.grab().toImage() == in_parts


def test_what_is_exported_is_the_present_state_whatever_is_still_being_painted(
    card: ParallelCard, tune: TuneSession
) -> None:
    show_study(tune, digested(many(450)))
    svg = svg_of(card.exported("Parallel coordinates", "450 trials"))
    assert svg.count(b"<polyline") >= 450
