"""The objective over two hyperparameters, or over one: on their own scales, with the trials on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.contour import CELLS, Contour
from ppo_desktop.study.dimension import usual_dimension
from ppo_desktop.views.figure import Figure
from ppo_desktop.views.figure_export import figure_image, svg_of
from ppo_desktop.views.redraw_queue import RedrawQueue
from ppo_desktop.views.theme import LIGHT, Theme
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.contour_drawing import ContourDrawing, band_colour, band_edges, heat_image
from ppo_desktop.views.tune.slice_drawing import N_SHADES, SliceDrawing
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from ppo_desktop.views.tune.trial_symbols import paint_diamonds
from tests.judged_trials import searched
from tests.shown_studies import at, digested, many, point_at, show_study

PAIR = ("clip_range", "learning_rate")
DIMENSIONS = usual_dimension("clip_range"), usual_dimension("learning_rate")


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> ContourCard:
    card = ContourCard(tune, theme, RedrawQueue(10))
    qtbot.addWidget(card)
    card.resize(520, 320)
    with qtbot.waitExposed(card):
        card.show()
    return card


# ---- the map ---------------------------------------------------------------------------------------


def test_bands_are_round_numbers_over_the_whole_range() -> None:
    assert band_edges((0.0, 500.0)) == [0, 100, 200, 300, 400, 500]


def test_the_map_is_upright_and_clear_where_nothing_is_known(qapp: QApplication) -> None:
    del qapp
    levels = np.zeros((CELLS, CELLS))
    levels[: CELLS // 2, CELLS // 2 :] = 100.0  # at the left, above
    levels[CELLS // 2 :, : CELLS // 2] = np.nan  # at the right, below
    image = heat_image(Contour(PAIR, levels, 20), DIMENSIONS, (0.0, 100.0), LIGHT)
    right, below = image.width() - 1, image.height() - 1
    n = len(band_edges((0.0, 100.0))) - 1
    assert image.pixelColor(0, 0) == band_colour(LIGHT, n - 1, n)
    assert image.pixelColor(0, below) == band_colour(LIGHT, 0, n)
    assert image.pixelColor(right, below).alpha() == 0
    assert image.pixelColor(right, 0) == band_colour(LIGHT, 0, n)


def test_between_choices_nothing_is_interpolated(qapp: QApplication) -> None:
    del qapp
    levels = np.zeros((CELLS, CELLS))
    levels[CELLS // 2 :] = 100.0
    dimensions = usual_dimension("activation"), DIMENSIONS[1]
    image = heat_image(Contour(("activation", PAIR[1]), levels, 20), dimensions, (0.0, 100.0), LIGHT)
    colours = {image.pixelColor(column, 5).name() for column in range(image.width())}
    assert len(colours) == 2


# ---- where trials stand ----------------------------------------------------------------------------


def test_trials_stand_on_the_scales_of_both(theme: Theme) -> None:
    trials = [*many(20), at(20, 300.0, 0.25, 0.75, 0.5)]
    digest = digested(trials, contour=PAIR)
    assert digest.contour is not None
    drawn = ContourDrawing(theme, QRectF(0, 0, 500, 300), TrialArrays(digest), digest.contour)
    area = drawn.frame.area
    x, y = drawn.places[20].tolist()
    assert x == pytest.approx(area.left() + 0.25 * area.width(), abs=2)
    assert y == pytest.approx(area.top() + 0.25 * area.height(), abs=2)


def test_a_slice_shows_objectives_and_who_was_early(theme: Theme) -> None:
    digest = digested([at(0, 100.0, 0.0, 0.5, 0.5), at(1, 300.0, 1.0, 0.5, 0.5)])
    drawn = SliceDrawing(theme, QRectF(0, 0, 500, 300), TrialArrays(digest), "clip_range")
    frame = drawn.frame
    assert drawn.places[0].tolist() == pytest.approx([frame.area.left(), frame.row(100.0)])
    assert drawn.places[1].tolist() == pytest.approx([frame.area.right(), frame.row(300.0)])
    assert drawn.shades[0] < drawn.shades[1] <= N_SHADES - 1


def test_equal_choices_do_not_hide_each_other(theme: Theme) -> None:
    plan = searched("activation", "clip_range")
    trials = [replace(trial, objective=50.0) for trial in many(12, plan)]
    drawn = SliceDrawing(theme, QRectF(0, 0, 500, 300), TrialArrays(digested(trials, plan)), "activation")
    assert len({round(x, 1) for x in drawn.places[:, 0].tolist()}) == 12


def test_trials_of_a_choice_stand_around_the_middle_of_its_part_of_the_map(theme: Theme) -> None:
    plan = searched("clip_range", "activation")
    digest = digested(many(30, plan), plan, contour=("clip_range", "activation"))
    assert digest.contour is not None
    drawn = ContourDrawing(theme, QRectF(0, 0, 500, 300), TrialArrays(digest), digest.contour)
    area, dimension = drawn.frame.area, plan.dimension("activation")
    for place, choice in enumerate(dimension.choices):
        which = [trial.values["activation"] == choice for trial in digest.trials]
        shares = (area.bottom() - drawn.places[which, 1]) / area.height() * len(dimension.choices) - place
        assert 0.25 <= shares.min() < 0.5 < shares.max() <= 0.75
        row = drawn.frame.row(dimension.position(choice))
        assert (area.bottom() - row) / area.height() * len(dimension.choices) - place == pytest.approx(0.5)


def test_pruned_trials_are_set_off_from_the_map(qapp: QApplication) -> None:
    del qapp
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("#000080"))
    painter = QPainter(image)
    paint_diamonds(painter, np.array([[20.0, 20.0]]), 8.0, QColor("grey"), QColor("white"))
    painter.end()
    colours = {image.pixelColor(20, y).name() for y in range(20)}
    assert {"#000080", "#ffffff", QColor("grey").name()} <= colours


# ---- the card --------------------------------------------------------------------------------------


def test_with_few_trials_there_is_a_slice_and_no_contour_yet(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(4), contour=PAIR))
    assert card.figure.drawing is None
    assert "at least 6 complete trials; there are 4. A slice" in card.figure.accessibleDescription()
    card.slice_button.click()
    assert isinstance(card.figure.drawing, SliceDrawing)
    assert not card.vertical.isVisible()


def test_without_any_trials_nothing_is_said_of_a_slice(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested([], contour=PAIR))
    assert card.figure.accessibleDescription().endswith("there are none yet.")


def test_with_enough_trials_it_says_that_the_contour_will_come(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(6)))
    assert card.figure.accessibleDescription() == "The contour is being computed."
    show_study(tune, digested(many(6), contour=PAIR))
    assert isinstance(card.figure.drawing, ContourDrawing)


def test_a_contour_of_what_is_asked_for(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    assert isinstance(card.figure.drawing, ContourDrawing)
    assert (card.horizontal.currentText(), card.vertical.currentText()) == ("Clip range ε", "Learning rate α")


def test_choosing_another_hyperparameter_asks_for_it(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    card.horizontal.activated.emit(2)
    assert tune.question.contour == ("n_epochs", "learning_rate")
    assert card.figure.drawing is None  # until it has been computed
    show_study(tune, digested(many(30), contour=tune.question.contour))
    assert isinstance(card.figure.drawing, ContourDrawing)


def test_choosing_what_is_on_the_other_axis_swaps_them(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    card.vertical.activated.emit(0)
    assert tune.question.contour == ("learning_rate", "clip_range")


def test_of_a_single_hyperparameter_there_is_a_slice_and_nothing_to_choose(
    card: ContourCard, tune: TuneSession
) -> None:
    plan = searched("clip_range")
    show_study(tune, digested(many(15, plan), plan))
    assert isinstance(card.figure.drawing, SliceDrawing)
    assert not card.contour_button.isVisible()
    assert not card.vertical.isVisible()


def test_pointing_at_a_trial_on_the_map_lights_it(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(20), contour=PAIR))
    assert isinstance(card.figure.drawing, ContourDrawing)
    point_at(card.figure, QPointF(*card.figure.drawing.places[7].tolist()))
    assert tune.highlighted == 7


def test_another_study_with_other_hyperparameters_is_shown_with_its_own(
    card: ContourCard, tune: TuneSession
) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    plan = searched("gae_lambda", "gamma")
    show_study(tune, digested(many(12, plan), plan, contour=("gae_lambda", "gamma")))
    assert isinstance(card.figure.drawing, ContourDrawing)
    assert card.horizontal.count() == 2
    show_study(tune, None)
    assert card.figure.drawing is None
    assert not card.horizontal.isVisible()


def test_a_figure_of_it_has_what_is_chosen_and_nothing_to_click_on(
    card: ContourCard, tune: TuneSession, theme: Theme
) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    figure = Figure(card, "Contour", "30 trials")
    place = card.contour_button.mapTo(card, card.contour_button.rect().topLeft())
    image = figure_image(figure, 1.0)
    with figure.laid_out():
        above = round(figure.above)
    cut = image.copy(place.x(), place.y() + above, card.contour_button.width(), card.contour_button.height())
    colours = {cut.pixelColor(x, y).name() for x in range(cut.width()) for y in range(cut.height())}
    assert colours == {theme.colour("card").name()}
    assert "Learning rate" in svg_of(figure).decode()
