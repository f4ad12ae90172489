"""Words around a plot: as many as have room, the more important ones first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from ppo_desktop.views.charts.frame import PlotFrame, bare_frame
from ppo_desktop.views.charts.scales import FixedScale, fitting_ticks
from ppo_desktop.views.charts.words import Heading, Label, LabelsBelow, Word
from ppo_desktop.views.theme import Theme


def frame(theme: Theme, width: float) -> PlotFrame:
    return bare_frame(theme, QRectF(10.0, 30.0, width, 40.0), (0.0, 10.0), (0.0, 10.0))


def texts(labels: LabelsBelow, place: PlotFrame) -> list[str]:
    return [label.text for label in labels.placed(place)]


def test_where_two_labels_would_meet_the_first_stands(theme: Theme) -> None:
    labels = LabelsBelow([[Label(5.0, "in the middle"), Label(5.2, "beside it"), Label(0.0, "0")]])
    assert texts(labels, frame(theme, 300)) == ["in the middle", "0"]


def test_a_label_that_would_reach_beyond_the_axis_is_moved_into_it(theme: Theme) -> None:
    place = frame(theme, 300)
    first, last = LabelsBelow([[Label(0.0, "the beginning"), Label(10.0, "the end")]]).placed(place)
    assert first.left == pytest.approx(place.area.left())
    assert last.right == pytest.approx(place.area.right())


def test_labels_that_keep_to_their_sides_stand_apart(theme: Theme) -> None:
    sides = [Label(4.9, "left of 5", within=(0.0, 5.0)), Label(5.1, "right of 5", within=(5.0, 10.0))]
    place = frame(theme, 300)
    left, right = LabelsBelow([sides]).placed(place)
    assert left.right < place.column(5.0) < right.left


def test_the_wording_that_leaves_room_for_most_labels_is_written(theme: Theme) -> None:
    long = [Label(2.0, "a rather long wording of it"), Label(8.0, "and another one as long")]
    labels = LabelsBelow([long, [Label(2.0, "a"), Label(8.0, "b")]])
    assert texts(labels, frame(theme, 120)) == ["a", "b"]
    assert texts(labels, frame(theme, 900)) == [label.text for label in long]


def test_the_title_stands_in_the_last_gap_in_the_fullest_wording_that_fits(theme: Theme) -> None:
    labels = LabelsBelow([[Label(0.0, "0"), Label(10.0, "10"), Label(5.0, "5")]], ("what it shows", "it"))
    *_, title = labels.placed(frame(theme, 600))
    assert title.text == "what it shows"
    assert title.left > frame(theme, 600).column(5.0)
    assert texts(labels, frame(theme, 110))[-1] == "it"


@pytest.mark.parametrize(("width", "expected"), [(600, 0), (90, 1), (5, 1)])
def test_a_heading_is_written_in_the_first_wording_that_fits_or_else_the_last(
    theme: Theme, width: float, expected: int
) -> None:
    wordings = [[Word("a long title"), Word("a remark at the right")], [Word("title"), Word("remark")]]
    assert painted(theme, wordings, width) == painted(theme, [wordings[expected]], width)


def painted(theme: Theme, wordings: list[list[Word]], width: float) -> QImage:
    image = QImage(700, 80, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    Heading(wordings).paint(painter, frame(theme, width))
    painter.end()
    return image


@pytest.mark.parametrize("shown", [(1.0, 5.0), (5.0, 1.0)])
def test_given_ticks_are_written_as_there_is_room_whichever_way_the_axis_goes(
    shown: tuple[float, float],
) -> None:
    scale = FixedScale(tuple((float(number), str(number)) for number in range(1, 6)))
    assert len(fitting_ticks(scale, shown, 500.0, lambda _: 20.0)) == 5
    assert {text for _, text in fitting_ticks(scale, shown, 60.0, lambda _: 20.0)} == {"1", "3", "5"}
