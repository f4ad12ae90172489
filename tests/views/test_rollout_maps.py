"""The maps of a rollout: colours, signs and words say its numbers, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, plane_for
from ppo_desktop.ppo.catalogue.state_plane import Cell, StatePlane
from ppo_desktop.ppo.plane_visits import visits_on
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import HeatMap, Scatter
from ppo_desktop.views.map_shapes import CellTexts, ColourScale, cell_rect
from ppo_desktop.views.rollout_maps import ROLLOUT_MAPS, CriticErrorMap, RolloutMap, VisitsMap
from ppo_desktop.views.theme import Theme, smooth_painter
from ppo_desktop.views.update.update_picture import Moment
from tests.views.update.moments import rows, update

WITH_A_PLANE = [name for name, known in KNOWN_ENVIRONMENTS.items() if known.plane is not None]
ROOM = QRectF(0, 0, 500, 300)


def moment_of(environment_id: str) -> tuple[StatePlane, Moment]:
    plane = plane_for(environment_id)
    assert plane is not None
    return plane, replace(update(environment_id, n_steps=120)[-1], plane=plane)


def shapes_of(picture: Picture, kind: type) -> list:
    return [shape for shape in picture.shapes if isinstance(shape, kind)]


def pixels_of(figure: RolloutMap, theme: Theme) -> np.ndarray:
    """Red, green, blue and opacity of every cell, (rows, columns, 4)."""
    (heat,) = shapes_of(figure.picture_in(theme, ROOM), HeatMap)
    image = heat.image.convertToFormat(QImage.Format.Format_RGBA8888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).astype(int)


@pytest.mark.parametrize("environment_id", WITH_A_PLANE)
@pytest.mark.parametrize("kind", [VisitsMap, CriticErrorMap])
def test_what_is_copied_are_the_numbers_of_all_cells_that_have_some(
    environment_id: str, kind: type[RolloutMap]
) -> None:
    plane, moment = moment_of(environment_id)
    found = visits_on(plane, moment.minibatch.trace.evaluated)
    table = rows(kind(moment))
    cells = [int((row["row_from_top"] - 1) * plane.columns + row["column"] - 1) for row in table]
    assert cells == np.flatnonzero((found.visits > 0) | (found.terminations > 0)).tolist()
    for cell, row in zip(cells, table, strict=True):
        assert (row["x"], row["y"]) == pytest.approx(plane.grid()[cell])
        assert (row["visits"], row["terminations"]) == (found.visits[cell], found.terminations[cell])
        expected = [numbers[cell] for numbers in (found.values, found.returns, found.errors)]
        shown = [row["mean_value"], row["mean_return"], row["mean_error"]]
        assert shown == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("environment_id", WITH_A_PLANE)
def test_a_cell_without_a_visit_is_clear_and_every_other_has_a_colour_of_its_own(
    theme: Theme, environment_id: str
) -> None:
    _, moment = moment_of(environment_id)
    for kind in (VisitsMap, CriticErrorMap):
        figure = kind(moment)
        opacity = pixels_of(figure, theme)[..., 3].ravel()
        assert np.array_equal(opacity == 255, figure.visits.visits > 0)
        assert set(opacity.tolist()) <= {0, 255}, "nothing in between"
        (heat,) = shapes_of(figure.picture_in(theme, ROOM), HeatMap)
        assert heat.hatching is not None
        assert not heat.is_smooth


def test_more_visits_are_a_stronger_colour_on_a_logarithmic_scale(theme: Theme) -> None:
    figure = VisitsMap(moment_of("GridWorld-v0")[1])
    visits, shares = figure.visits.visits, figure.shares()
    most = int(visits.max())
    seen = np.flatnonzero(visits)
    assert shares[seen] == pytest.approx(np.log(visits[seen]) / np.log(most))
    (scale,) = shapes_of(figure.picture_in(theme, ROOM), ColourScale)
    assert scale.ends == ["1", str(most)]


def test_the_sign_of_an_error_is_a_side_of_the_scale_and_both_ends_are_as_far_from_zero(theme: Theme) -> None:
    figure = CriticErrorMap(moment_of("CartPole-v1")[1])
    errors = figure.visits.errors
    seen = np.flatnonzero(figure.visits.visits)
    largest = max(abs(error) for error in errors[seen])
    assert figure.shares()[seen] == pytest.approx(0.5 + errors[seen] / (2 * largest))
    low, middle, high = (np.array(colour.getRgb()[:3]) for colour in figure.colours(theme))
    pixels = pixels_of(figure, theme).reshape(-1, 4)[:, :3]
    for cell in seen:
        share = abs(errors[cell]) / largest
        end = low if errors[cell] < 0 else high
        assert np.abs(pixels[cell] - (middle + share * (end - middle))).max() <= 1
    (scale,) = shapes_of(figure.picture_in(theme, ROOM), ColourScale)
    assert [float(end.replace("−", "-")) for end in scale.ends] == pytest.approx(
        [-largest, largest], rel=0.01
    )


@pytest.mark.parametrize("width", [1, 60, 120, 200, 260, 400])
def test_the_ends_of_a_scale_stand_in_order_and_its_name_gives_way(theme: Theme, width: int) -> None:
    for each in ROLLOUT_MAPS:
        picture = each.make(moment_of("CartPole-v1")[1]).picture_in(theme, QRectF(0, 0, width, 200))
        (scale,) = shapes_of(picture, ColourScale)
        name, low, bar, high = scale.placed(picture.frame)
        if width >= 200:
            assert 0 < low.left() < low.right() < bar.left() < bar.right() < high.left()
            assert picture.frame.metrics.horizontalAdvance(name) < low.left()
        image = QImage(width, 200, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = smooth_painter(image)
        scale.paint(painter, picture.frame)
        painter.end()
        is_blank = not np.frombuffer(image.constBits(), np.uint32).any()
        assert is_blank is (bar.width() < 2), "no numbers without what is between them"


def test_a_cross_stands_in_every_cell_in_which_episodes_terminated(theme: Theme) -> None:
    plane, moment = moment_of("CartPole-v1")
    figure = VisitsMap(moment)
    ended = np.flatnonzero(figure.visits.terminations)
    assert len(ended)
    picture = figure.picture_in(theme, ROOM)
    for scatter in shapes_of(picture, Scatter):
        assert np.stack([scatter.columns, scatter.rows], axis=1) == pytest.approx(plane.grid()[ended])
    assert shapes_of(CriticErrorMap(moment).picture_in(theme, ROOM), Scatter) == []


def test_in_a_grid_each_free_cell_says_its_number_and_goal_and_pit_how_many_have_ended_there(
    theme: Theme,
) -> None:
    plane, moment = moment_of("GridWorld-v0")
    figure = VisitsMap(moment)
    assert figure.visits.terminations.sum() > 0
    (texts,) = shapes_of(figure.picture_in(theme, ROOM), CellTexts)
    for cell, kind in enumerate(plane.cells):
        if kind is Cell.FREE:
            assert texts.wordings[cell] == (str(figure.visits.visits[cell]),)
        elif kind is Cell.WALL:
            assert cell not in texts.wordings
        elif figure.visits.terminations[cell]:
            assert str(figure.visits.terminations[cell]) in texts.wordings[cell][-1]
    (errors,) = shapes_of(CriticErrorMap(moment).picture_in(theme, ROOM), CellTexts)
    for cell in np.flatnonzero(figure.visits.visits).tolist():
        written = float(errors.wordings[cell][0].replace("−", "-"))
        assert written == pytest.approx(figure.visits.errors[cell], abs=0.006)


@pytest.mark.parametrize("environment_id", ["CartPole-v1", "GridWorld-v0"])
def test_every_cell_that_has_numbers_can_be_pointed_at_and_says_them(
    theme: Theme, environment_id: str
) -> None:
    plane, moment = moment_of(environment_id)
    figure = CriticErrorMap(moment)
    picture = figure.picture_in(theme, ROOM)
    known = np.flatnonzero((figure.visits.visits > 0) | (figure.visits.terminations > 0)).tolist()
    assert list(picture.keys) == known
    for cell in range(plane.rows * plane.columns):
        middle = cell_rect(picture.frame, plane, *divmod(cell, plane.columns)).center()
        assert picture.key_at(middle) == (cell if cell in known else None)
    cell = int(figure.visits.visits.argmax())
    assert f"{figure.visits.visits[cell]} visit" in figure.tip(cell)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (160, 90), (271, 123), (1500, 900)], ids=str)
@pytest.mark.parametrize("environment_id", WITH_A_PLANE)
def test_every_size_can_be_painted(theme: Theme, environment_id: str, size: tuple[int, int]) -> None:
    _, moment = moment_of(environment_id)
    image = QImage(*size, QImage.Format.Format_RGB32)
    for each in ROLLOUT_MAPS:
        painter = smooth_painter(image)
        picture = each.make(moment).picture_in(theme, QRectF(0, 0, *size))
        picture.paint(painter)
        for key in picture.keys:
            picture.paint_pointed(painter, key)
        painter.end()
