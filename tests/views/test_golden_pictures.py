"""Painters paint what they have always painted, on screens of one and of two pixels a point.

The pictures are in `tests/golden/pictures`. A difference that is meant is accepted by deleting the picture:
the test writes it anew, fails once, and the new one is looked at before it is committed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QApplication

from ppo_desktop.study.contour import CELLS, Contour
from ppo_desktop.views.charts.frame import PlotFrame
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.words import Heading, LabelsBelow
from ppo_desktop.views.clipped_objective_view import ClippedObjectiveView
from ppo_desktop.views.map_shapes import CellTexts, ColourScale
from ppo_desktop.views.policy_map_view import PolicyMapView
from ppo_desktop.views.scenes import scene_for
from ppo_desktop.views.theme import DARK, LIGHT, Appearance, Palette, Theme, smooth_painter
from ppo_desktop.views.tune.contour_picture import ColourBar, contour_picture
from ppo_desktop.views.tune.history_card import history_picture
from ppo_desktop.views.tune.trial_arrays import TrialArrays
from tests.shown_studies import digested, many
from tests.views import test_clipped_objective_view, test_policy_map_view
from tests.views.test_scenes import OBSERVATIONS, make_frame, pixels

PICTURES = Path(__file__).parents[1] / "golden" / "pictures"
SIZE = QSize(160, 100)
NOTICEABLE = 64
"""Difference of a channel, of 255, that is more than another way of smoothing an edge."""
MOST_NOTICEABLE = 0.002
"""Share of pixels that may differ noticeably: systems have other fonts, and smooth edges otherwise."""
ACTIONS = {"CartPole-v1": (1.0,), "Pendulum-v1": (1.5,), "MountainCarContinuous-v0": (-0.7,)}
PALETTES = {"light": LIGHT, "dark": DARK}
ROOM = QRectF(0, 0, SIZE.width(), SIZE.height())
WORDS = (Heading, LabelsBelow, ColourScale, ColourBar, CellTexts)
"""Systems have other fonts."""


def painted(ground: str, ratio: int, paint: Callable[[QPainter], object]) -> QImage:
    image = QImage(SIZE * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(ground))
    painter = smooth_painter(image)
    paint(painter)
    painter.end()
    return image


def environment(environment_id: str, palette: Palette, ratio: int, *, state: int = 1) -> QImage:
    frame = make_frame(
        environment_id, OBSERVATIONS[environment_id][state], ACTIONS.get(environment_id, (2.0,))
    )
    scene = scene_for(environment_id)
    assert scene is not None
    return painted(palette.scene, ratio, lambda painter: scene.paint(painter, ROOM, frame, palette))


def noticeable_share(one: QImage, other: QImage) -> float:
    assert one.size() == other.size()
    differences = np.abs(pixels(one).astype(int) - pixels(other)).max(axis=2)
    return float((differences > NOTICEABLE).mean())


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("environment_id", OBSERVATIONS)
def test_an_environment_looks_as_it_always_has(
    qapp: QGuiApplication, environment_id: str, palette: str, ratio: int
) -> None:
    picture = environment(environment_id, PALETTES[palette], ratio)
    assert_golden(picture, f"{environment_id}-{palette}-{ratio}")


def assert_golden(picture: QImage, name: str) -> None:
    golden = PICTURES / f"{name}.png"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        picture.save(str(golden))
        pytest.fail(f"{golden.name} was not there and has been written: look at it")
    kept = QImage(str(golden)).convertToFormat(QImage.Format.Format_RGB32)
    assert noticeable_share(picture, kept) <= MOST_NOTICEABLE


@pytest.mark.parametrize("environment_id", OBSERVATIONS)
def test_another_state_looks_noticeably_otherwise(qapp: QGuiApplication, environment_id: str) -> None:
    pictures = [environment(environment_id, LIGHT, 1, state=state) for state in (0, 1)]
    assert noticeable_share(*pictures) > MOST_NOTICEABLE


# ---- figures ---------------------------------------------------------------------------------------


@pytest.fixture
def theme(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Theme]:
    """One in which dots are as large on every system."""
    monkeypatch.setattr(Theme, "base_size", 10.0)
    theme = Theme(qapp)
    yield theme
    theme.deleteLater()


def objective(theme: Theme) -> Sequence[Picture]:
    """120 samples, some of them clipped and some beyond the edge, the fourth one selected."""
    view = ClippedObjectiveView(theme)
    view.show_epsilon(0.2, clips=True)
    numbers = np.arange(120)
    ratios, advantages = np.exp(0.25 * np.sin(1.7 * numbers)), 2 * np.cos(2.3 * numbers)
    minibatch = test_clipped_objective_view.minibatch(ratios.tolist(), advantages.tolist(), 0.2)
    view.show_minibatch(minibatch, 3)
    return list(view.pictures_in(ROOM))[3:]


def policy_map(theme: Theme) -> Sequence[Picture]:
    """Always to the right, in a grid."""
    view = PolicyMapView(theme)
    view.show_run("GridWorld-v0", rewards_are_scaled=False)
    view.show_frame(
        test_policy_map_view.make_frame("GridWorld-v0", (2, 2)),
        test_policy_map_view.make_survey("GridWorld-v0", preferred=1),
    )
    return list(view.pictures_in(QRectF(0, 0, 800, 400)))


def history(theme: Theme) -> Sequence[Picture]:
    return [history_picture(theme, ROOM, TrialArrays(digested(many(25))))]


def contour(theme: Theme) -> Sequence[Picture]:
    """A slope with a corner in which nothing is known."""
    arrays = TrialArrays(digested(many(20)))
    across, up = np.meshgrid(*2 * [np.linspace(0, 1, CELLS)], indexing="ij")
    levels = np.where(across + up < 0.5, np.nan, 150 * (across + up**2))
    fields = arrays.digest.plan.fields
    return [contour_picture(theme, ROOM, arrays, Contour((fields[0], fields[1]), levels, 20))]


FIGURES = {one.__name__: one for one in (objective, policy_map, history, contour)}


def figure(theme: Theme, pictures: Sequence[Picture], ratio: int) -> QImage:
    """Return all that is drawn in plots one below the other, without any words."""

    def paint(painter: QPainter) -> None:
        height = SIZE.height() / len(pictures)
        for place, picture in enumerate(pictures):
            area = QRectF(4, place * height + 4, SIZE.width() - 8, height - 8)
            frame = PlotFrame(theme, area, picture.frame.columns, picture.frame.rows, area)
            for shape in picture.shapes:
                if not isinstance(shape, WORDS):
                    shape.paint(painter, frame)

    return painted(theme.palette.card, ratio, paint)


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_it_always_has(theme: Theme, name: str, appearance: Appearance, ratio: int) -> None:
    theme.set_appearance(appearance)
    assert_golden(figure(theme, FIGURES[name](theme), ratio), f"{name}-{appearance.value}-{ratio}")


def test_other_figures_look_noticeably_otherwise(theme: Theme) -> None:
    pictures = [figure(theme, make(theme), 1) for make in FIGURES.values()]
    assert all(noticeable_share(*two) > MOST_NOTICEABLE for two in itertools.pairwise(pictures))
