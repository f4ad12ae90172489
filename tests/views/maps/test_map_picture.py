"""A map as a picture: square cells, nothing between measured ones, signs that need no colour."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from ppo_desktop.study.map_digest import MapDigest, MapQuestion, Statistic
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.shapes import Scatter
from ppo_desktop.views.maps.map_colours import Colouring, cells_image, scaled
from ppo_desktop.views.maps.map_picture import map_picture
from ppo_desktop.views.maps.map_shapes import Cells, Corners, Sign, SignForm
from ppo_desktop.views.theme import Look
from tests.measured_maps import PLAN, map_of, measured, running

ROOM = QRectF(0, 0, 640, 420)
LOOK = Look()


def picture(digest: MapDigest, best: int | None = None) -> Picture:
    return map_picture(LOOK, ROOM, digest, scaled(digest, Colouring.FIXED), best)


def cells_of(digest: MapDigest) -> Cells:
    cells = picture(digest).shapes[0]
    assert isinstance(cells, Cells)
    return cells


def signs(digest: MapDigest) -> dict[SignForm, int]:
    """Return how many cells have each sign."""
    return {
        shape.symbol.form: len(shape.columns)
        for shape in picture(digest).shapes
        if isinstance(shape, Scatter) and isinstance(shape.symbol, Sign)
    }


@pytest.mark.parametrize(("width", "height"), [(640, 420), (1200, 300), (200, 700)])
def test_cells_are_square_and_within_the_room(width: int, height: int) -> None:
    digest = map_of({0: 100.0})
    room = QRectF(0, 0, width, height)
    shown = map_picture(LOOK, room, digest, scaled(digest, Colouring.FIXED), None)
    area = shown.frame.area
    assert area.width() / 4 == area.height() / 3
    assert room.contains(area)


def test_every_cell_is_reached_where_it_is_drawn() -> None:
    shown = picture(map_of({0: 100.0}))
    assert list(shown.keys) == list(range(12))
    for cell in range(12):
        place = shown.place_of(cell)
        assert place is not None
        assert shown.key_at(place) == cell
    lowest, highest = shown.place_of(0), shown.place_of(11)
    assert lowest is not None
    assert highest is not None
    assert lowest.x() < highest.x()
    assert lowest.y() > highest.y(), "the lowest values are at the lower left"


def test_both_axes_have_a_tick_at_every_cell() -> None:
    frame = picture(map_of({})).frame
    assert list(frame.columns.scale.strokes) == [0.5, 1.5, 2.5, 3.5]
    assert list(frame.rows.scale.strokes) == [0.5, 1.5, 2.5]


def test_only_measured_cells_have_a_colour() -> None:
    image = cells_of(map_of({0: 100.0, 11: 400.0}, running(5))).image
    opaque = [
        (column, row)
        for row in range(3)
        for column in range(4)
        if image.pixelColor(column, row).alpha() == 255
    ]
    assert opaque == [(3, 0), (0, 2)], "the highest row comes first"


def test_a_cell_without_a_number_is_measured_all_the_same() -> None:
    image = cells_image(LOOK, np.array([[np.nan, 1.0]]), np.array([[True, True]]))
    assert image.pixelColor(0, 0) == LOOK.colour("border")
    assert image.pixelColor(1, 0) != image.pixelColor(0, 0)


def test_signs_are_told_apart_by_their_form() -> None:
    solved = measured(0, 480.0, 490.0, solved_at=500)
    blown_up = measured(3, 10.0, 10.0, diverged=True)
    assert signs(map_of({5: 100.0}, solved, blown_up)) == {SignForm.TICK: 1, SignForm.CROSS: 1}
    assert signs(map_of({5: 100.0})) == {}


def test_cells_at_work_have_corners() -> None:
    shapes = picture(map_of({0: 100.0}, running(5), running(6))).shapes
    marked = [shape for shape in shapes if isinstance(shape, Scatter) and isinstance(shape.symbol, Corners)]
    assert [sorted(shape.columns - 0.5) for shape in marked] == [[1.0, 2.0]]


# ---- colours


def test_by_value_equal_differences_have_equal_colours() -> None:
    shares = scaled(map_of({0: 0.0, 1: 250.0, 2: 500.0}), Colouring.FIXED).shares
    assert shares[0, :3].tolist() == pytest.approx([0.0, 0.5, 1.0])
    assert np.isnan(shares[0, 3])


def test_by_rank_small_differences_are_as_far_apart_as_large_ones() -> None:
    shares = scaled(map_of({0: 10.0, 1: 11.0, 2: 500.0}), Colouring.QUANTILE).shares[0, :3]
    assert np.diff(shares).tolist() == pytest.approx([shares[1] - shares[0]] * 2)


def test_the_bar_of_ranks_has_the_quantiles_of_the_cells() -> None:
    ticks = scaled(map_of({cell: 100.0 * cell for cell in range(5)}), Colouring.QUANTILE).ticks
    assert [share for share, _ in ticks] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [float(text) for _, text in ticks] == [0.0, 100.0, 200.0, 300.0, 400.0]


def test_a_colour_is_the_same_number_all_through_the_film() -> None:
    means = {0: 100.0, 1: 300.0}
    early, late = (scaled(map_of(means, question=MapQuestion(n_bins=n)), Colouring.FIXED) for n in (10, 100))
    assert early.ticks == late.ticks


def test_a_spread_begins_at_nothing() -> None:
    digest = map_of({0: 100.0, 1: 300.0}, question=MapQuestion(statistic=Statistic.SPREAD))
    result = scaled(digest, Colouring.FIXED)
    assert result.ticks[0][0] == 0.0
    assert float(result.ticks[0][1]) == 0.0
    assert PLAN.n_seeds == 2
