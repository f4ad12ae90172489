"""The objective's picture shows every sample, or says that it lies beyond the edge."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from pytestqt.qtbot import QtBot

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.events import MinibatchOptimized
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.samples import MinibatchSamples
from ppo_desktop.ppo.step_settings import StepSettings, step_settings
from ppo_desktop.views.charts.shapes import Lines, Rules
from ppo_desktop.views.charts.words import LabelsBelow
from ppo_desktop.views.clipped_objective_view import ClippedObjectiveView, ratio_text
from ppo_desktop.views.theme import Theme
from tests.updates import trace_of


def minibatch(
    ratios: list[float], advantages: list[float], epsilon: float | None, settings: StepSettings | None = None
) -> MinibatchOptimized:
    size = len(ratios)
    rollout = Rollout.empty(size, 1, Spaces(n_observations=4, n_actions=2))
    advantage = np.array(advantages, np.float32)
    samples = MinibatchSamples(
        rollout,
        np.arange(size),
        np.zeros(size, np.float32),
        np.log(np.array(ratios, np.float32)),
        advantage,
        advantage,
        epsilon,
    )
    return MinibatchOptimized(1, 2, 1, 1, trace_of(samples, settings=settings))


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> ClippedObjectiveView:
    view = ClippedObjectiveView(theme)
    qtbot.addWidget(view)
    view.resize(360, 200)
    return view


def show(view: ClippedObjectiveView, epsilon: float | None, ratios: list[float]) -> None:
    view.show_epsilon(epsilon, clips=True)
    view.show_minibatch(minibatch(ratios, [1.0, -1.0] * (len(ratios) // 2), epsilon), None)


def test_what_lies_beyond_the_edge_is_counted_in_words(view: ClippedObjectiveView) -> None:
    show(view, 0.1, [1.0, 0.9, 1.6, 1.7, 0.5, 1.05])  # 0.75 to 1.25 is shown
    assert view.not_shown() == (
        "not shown: 1 with r < 0.75, 2 with r > 1.25",
        "3 samples not shown: ◂ 1 · ▸ 2",
        "3 samples not shown",
    )
    show(view, 0.1, [1.0, 1.6])
    assert view.not_shown()[0] == "not shown: 1 with r > 1.25"
    show(view, 0.1, [1.0, 1.1])
    assert view.not_shown() == ()


def test_the_fixed_axis_reaches_from_0_to_2_for_every_epsilon_and_the_fitted_one_follows(
    view: ClippedObjectiveView,
) -> None:
    fitted = set()
    for epsilon in (0.01, 0.05, 0.2, 0.35, 1.0, None):
        show(view, epsilon, [1.0, 1.1])
        view.fix_axis(False)
        fitted.add(view.frames().curves.columns.shown)
        view.fix_axis(True)
        assert view.frames().curves.columns.shown == (0, 2)
    assert len(fitted) == 6


@pytest.mark.parametrize("size", [(240, 150), (360, 200), (700, 500)])
def test_no_text_stands_where_samples_are_drawn(view: ClippedObjectiveView, size: tuple[int, int]) -> None:
    view.resize(*size)
    line = view.fontMetrics().height() * 0.8
    curves, histogram = view.frames().curves.area, view.frames().histogram.area
    assert curves.top() >= line
    assert histogram.top() - curves.bottom() >= line
    assert view.height() - histogram.bottom() >= line


@pytest.mark.parametrize("size", [(360, 200), (430, 230), (700, 500)])
def test_the_band_leaves_out_the_line_in_which_colours_are_named(
    view: ClippedObjectiveView, size: tuple[int, int]
) -> None:
    view.resize(*size)
    show(view, 0.2, [1.0, 1.1])
    image = view.grab().toImage()
    frames = view.frames()
    column = round(frames.curves.column(0.9))  # in the band, where no word and no bar stands
    ground = image.pixelColor(1, 1)
    top, bottom = (int(frames.upper.area.bottom()) + 2, int(frames.histogram.area.top()) - 2)
    assert bottom - top >= view.fontMetrics().height() * 0.6
    assert {image.pixelColor(column, row).rgb() for row in range(top, bottom)} == {ground.rgb()}
    for frame in (frames.upper, frames.histogram):
        assert image.pixelColor(column, int(frame.area.top()) + 3) != ground


def test_where_there_is_room_the_samples_are_counted_in_all_six_situations(
    view: ClippedObjectiveView,
) -> None:
    view.show_epsilon(0.2, clips=True)
    ratios = [0.7] + [1.0] * 2 + [1.3] * 3 + [0.7] * 4 + [1.1] * 5 + [1.4] * 6
    view.show_minibatch(minibatch(ratios, [2.0] * 6 + [-1.0] * 15, 0.2), None)
    assert counted(view) == []
    view.resize(700, 400)
    assert sorted(counted(view)) == sorted(["1 alive", "2 alive", "3 dead", "4 dead", "5 alive", "6 alive"])


def counted(view: ClippedObjectiveView) -> list[str]:
    """Return how many samples are said to be alive or dead beside the curves."""
    pictures = view.pictures_in(QRectF(view.rect()))
    labels = (
        shape.placed(picture.frame)
        for picture in pictures
        for shape in picture.shapes
        if isinstance(shape, LabelsBelow) and not shape.titles
    )
    return [label.text for placed in labels for label in placed]


def test_the_path_of_a_followed_sample_goes_on_outside_the_band(view: ClippedObjectiveView) -> None:
    passed = [minibatch([ratio, 1.0], [1.0, -1.0], 0.2).samples for ratio in (1.0, 1.15, 1.3, 1.4)]
    first = passed[0].rollout
    trace = trace_of(*(replace(samples, rollout=first) for samples in passed))
    view.show_epsilon(0.2, clips=True)
    view.show_minibatch(MinibatchOptimized(4, 5, 1, 1, trace), 0)
    (path,) = (
        shape.lines[None]
        for picture in view.pictures_in(QRectF(view.rect()))
        for shape in picture.shapes
        if isinstance(shape, Lines) and shape.pen.color() == view._theme.colour("text")
    )
    np.testing.assert_allclose(path, [[1, 1], [1.15, 1.15], [1.3, 1.2], [1.4, 1.2]], rtol=1e-6)


def test_it_is_painted_for_every_epsilon(view: ClippedObjectiveView) -> None:
    pictures = []
    for epsilon in (0.01, 0.05, 0.2, 0.35, 1.0, None):
        show(view, epsilon, [1.0, 1.02, 0.7, 3.0])
        view.fix_axis(True)
        pictures.append(view.grab().toImage())
    assert all(first != second for first, second in itertools.pairwise(pictures))


def test_a_ratio_is_written_so_that_it_can_be_read_however_large_it_is() -> None:
    ratios = (1.0, 0.8, 1.025, 12.3456, 1234567.0)
    assert [ratio_text(ratio) for ratio in ratios] == ["1", "0.80", "1.025", "12.346", "1.23e+06"]


ANNEALED = step_settings(
    Algorithm.PPO, Hyperparameters(clip_range=0.2, anneal=True, total_steps=1024), 1 / 16
)


def test_bars_and_their_numbers_are_those_of_the_annealed_band_of_the_update(
    qtbot: QtBot, view: ClippedObjectiveView
) -> None:
    view.resize(1000, 400)
    view.show_epsilon(0.2, clips=True)
    view.show_minibatch(minibatch([0.98, 1.0, 1.03, 1.01], [1.0, -1.0] * 2, 0.0125, ANNEALED), None)
    pictures = list(view.pictures_in(QRectF(view.rect())))
    numbered = {
        label.text
        for picture in pictures
        for shape in picture.shapes
        if isinstance(shape, LabelsBelow) and shape.titles
        for label in shape.placed(picture.frame)
        if label.colour == "clip"
    }
    assert numbered == {"1−ε = 0.9875", "1+ε = 1.0125"}
    bars = {
        (*shape.columns, shape.pen.style())
        for picture in pictures
        for shape in picture.shapes
        if isinstance(shape, Rules) and shape.pen.color() == view._theme.colour("clip")
    }
    assert bars == {(0.9875, 1.0125, Qt.PenStyle.SolidLine)}
    view.show_epsilon(0.4, clips=True)  # of which a sixteenth is left, too
    column = view.frames().curves.column
    dragged: list[float] = []
    view.epsilon_dragged.connect(dragged.append)
    middle = int(view.frames().curves.area.center().y())
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(round(column(1.025)), middle))
    qtbot.mouseMove(view, QPoint(round(column(1.05)), middle))
    assert dragged[-1] == pytest.approx(0.8, abs=0.01)
