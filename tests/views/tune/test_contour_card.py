"""The objective over two hyperparameters, or over one: on their own scales, with the trials on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.contour import CELLS, Contour
from ppo_desktop.study.dimension import usual_dimension
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import HeatMap, Scatter
from ppo_desktop.views.charts.symbols import Dot
from ppo_desktop.views.figure_export import svg_of
from ppo_desktop.views.theme import LIGHT, Theme
from ppo_desktop.views.tune.contour_card import ContourCard
from ppo_desktop.views.tune.contour_picture import (
    band_colour,
    band_edges,
    contour_picture,
    heat_image,
    shade_colour,
    slice_picture,
)
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from tests.judged_trials import searched
from tests.shown_studies import at, digested, many, point_at, show_study

PAIR = ("clip_range", "learning_rate")
DIMENSIONS = usual_dimension("clip_range"), usual_dimension("learning_rate")


@pytest.fixture
def card(qtbot: QtBot, tune: TuneSession, theme: Theme) -> ContourCard:
    card = ContourCard(tune, theme)
    qtbot.addWidget(card)
    card.resize(520, 320)
    with qtbot.waitExposed(card):
        card.show()
    return card


def place(picture: Picture, number: int) -> QPointF:
    point = picture.place_of(number)
    assert point is not None
    return point


def is_contour(picture: Picture | None) -> bool:
    return picture is not None and any(isinstance(shape, HeatMap) for shape in picture.shapes)


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
    drawn = contour_picture(theme, QRectF(0, 0, 500, 300), TrialArrays(digest), digest.contour)
    area = drawn.frame.area
    point = place(drawn, 20)
    assert point.x() == pytest.approx(area.left() + 0.25 * area.width(), abs=2)
    assert point.y() == pytest.approx(area.top() + 0.25 * area.height(), abs=2)


def test_a_slice_shows_objectives_and_who_was_early(theme: Theme) -> None:
    digest = digested([at(0, 100.0, 0.0, 0.5, 0.5), at(1, 300.0, 1.0, 0.5, 0.5)])
    drawn = slice_picture(theme, QRectF(0, 0, 500, 300), TrialArrays(digest), "clip_range")
    frame = drawn.frame
    assert place(drawn, 0) == QPointF(frame.area.left(), frame.row(100.0))
    assert place(drawn, 1) == QPointF(frame.area.right(), frame.row(300.0))
    dots = [shape.symbol for shape in drawn.shapes if isinstance(shape, Scatter) and shape.keys]
    colours = [dot.colour for dot in dots if isinstance(dot, Dot)]
    assert colours == [shade_colour(theme, 0), shade_colour(theme, 2)], "early ones are paler"


def test_equal_choices_do_not_hide_each_other(theme: Theme) -> None:
    plan = searched("activation", "clip_range")
    trials = [replace(trial, objective=50.0) for trial in many(12, plan)]
    drawn = slice_picture(theme, QRectF(0, 0, 500, 300), TrialArrays(digested(trials, plan)), "activation")
    assert len({round(place(drawn, number).x(), 1) for number in range(12)}) == 12


def test_trials_of_a_choice_stand_around_the_middle_of_its_part_of_the_map(theme: Theme) -> None:
    plan = searched("clip_range", "activation")
    digest = digested(many(30, plan), plan, contour=("clip_range", "activation"))
    assert digest.contour is not None
    drawn = contour_picture(theme, QRectF(0, 0, 500, 300), TrialArrays(digest), digest.contour)
    area, dimension = drawn.frame.area, plan.dimension("activation")
    for number, choice in enumerate(dimension.choices):
        rows = np.array(
            [
                place(drawn, trial.number).y()
                for trial in digest.trials
                if trial.values["activation"] == choice
            ]
        )
        shares = (area.bottom() - rows) / area.height() * len(dimension.choices) - number
        assert 0.25 <= shares.min() < 0.5 < shares.max() <= 0.75
        row = drawn.frame.row(dimension.position(choice))
        assert (area.bottom() - row) / area.height() * len(dimension.choices) - number == pytest.approx(0.5)


def test_the_legend_says_what_is_hatched_where_something_is(theme: Theme) -> None:
    digest = digested(many(20), contour=PAIR)
    assert digest.contour is not None
    levels = digest.contour.levels.copy()
    for name, contour in (
        ("", replace(digest.contour, levels=np.nan_to_num(levels))),
        ("no trial near", replace(digest.contour, levels=np.where(levels > 100.0, levels, np.nan))),
    ):
        drawn = contour_picture(theme, QRectF(0, 0, 500, 300), TrialArrays(digest), contour)
        assert drawn.legend is not None
        assert ("no trial near" in drawn.legend.texts) is bool(name)


# ---- the card --------------------------------------------------------------------------------------


def test_with_few_trials_there_is_a_slice_and_no_contour_yet(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(4), contour=PAIR))
    assert card.figure.picture is None
    assert "at least 6 complete trials; there are 4. A slice" in card.figure.accessibleDescription()
    card.slice_button.click()
    assert card.figure.picture is not None
    assert not is_contour(card.figure.picture)
    assert not card.vertical.isVisible()


def test_without_any_trials_nothing_is_said_of_a_slice(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested([], contour=PAIR))
    assert card.figure.accessibleDescription().endswith("there are none yet.")


def test_with_enough_trials_it_says_that_the_contour_will_come(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(6)))
    assert card.figure.accessibleDescription() == "The contour is being computed."
    show_study(tune, digested(many(6), contour=PAIR))
    assert is_contour(card.figure.picture)


def test_a_contour_of_what_is_asked_for(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    assert is_contour(card.figure.picture)
    assert (card.horizontal.currentText(), card.vertical.currentText()) == ("Clip range ε", "Learning rate α")


def test_choosing_another_hyperparameter_asks_for_it(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    card.horizontal.activated.emit(2)
    assert tune.question.contour == ("n_epochs", "learning_rate")
    assert card.figure.picture is None  # until it has been computed
    show_study(tune, digested(many(30), contour=tune.question.contour))
    assert is_contour(card.figure.picture)


def test_choosing_what_is_on_the_other_axis_swaps_them(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    card.vertical.activated.emit(0)
    assert tune.question.contour == ("learning_rate", "clip_range")


def test_of_a_single_hyperparameter_there_is_a_slice_and_nothing_to_choose(
    card: ContourCard, tune: TuneSession
) -> None:
    plan = searched("clip_range")
    show_study(tune, digested(many(15, plan), plan))
    assert card.figure.picture is not None
    assert not is_contour(card.figure.picture)
    assert not card.contour_button.isVisible()
    assert not card.vertical.isVisible()


def test_pointing_at_a_trial_on_the_map_lights_it(card: ContourCard, tune: TuneSession) -> None:
    show_study(tune, digested(many(20), contour=PAIR))
    assert card.figure.picture is not None
    point_at(card.figure, place(card.figure.picture, 7))
    assert tune.highlighted == 7


def test_another_study_with_other_hyperparameters_is_shown_with_its_own(
    card: ContourCard, tune: TuneSession
) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    plan = searched("gae_lambda", "gamma")
    show_study(tune, digested(many(12, plan), plan, contour=("gae_lambda", "gamma")))
    assert is_contour(card.figure.picture)
    assert card.horizontal.count() == 2
    show_study(tune, None)
    assert card.figure.picture is None
    assert not card.horizontal.isVisible()


def test_a_figure_of_it_has_what_is_chosen_and_nothing_to_click_on(
    card: ContourCard, tune: TuneSession, theme: Theme
) -> None:
    show_study(tune, digested(many(30), contour=PAIR))
    svg = svg_of(card.exported("Contour", "30 trials")).decode()
    assert "Learning rate" in svg
    assert "Slice" not in svg
