"""Where a frame writes the numbers of its axes."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from ppo_desktop.views.charts.frame import Axis, PlotFrame
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.theme import Theme, smooth_painter

LEFT, WIDTH, HEIGHT = 60, 200, 100


def numbers_at_the_left(theme: Theme, *, has_grid: bool, above: int) -> QImage:
    """Return what is written beside the vertical axis, whose ends are `above` from those of the room."""
    room = QRectF(0, 0, LEFT + WIDTH, HEIGHT + 2 * above)
    area = QRectF(LEFT, above, WIDTH, HEIGHT)
    axis = Axis(LinearScale(), (0.0, 100.0), has_grid=has_grid)
    image = QImage(room.size().toSize(), QImage.Format.Format_RGB32)
    image.fill(theme.colour("card"))
    painter = smooth_painter(image)
    PlotFrame(theme, area, Axis(LinearScale(), (0.0, 1.0)), axis, room)._paint_rows(painter)
    painter.end()
    return image.copy(0, 0, LEFT - 4, image.height())


def test_numbers_at_the_ends_of_an_axis_stay_within_the_room(theme: Theme) -> None:
    grid, no_grid = (numbers_at_the_left(theme, has_grid=has_grid, above=0) for has_grid in (True, False))
    assert grid == no_grid
