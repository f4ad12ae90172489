"""Painters paint what they have always painted, on screens of one and of two pixels a point.

The pictures are in `tests/golden/pictures`. A difference that is meant is accepted by deleting the picture:
the test writes it anew, fails once, and the new one is looked at before it is committed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QImage

from ppo_desktop.views.scenes import scene_for
from ppo_desktop.views.theme import DARK, LIGHT, Palette, smooth_painter
from tests.views.test_scenes import OBSERVATIONS, make_frame, pixels

PICTURES = Path(__file__).parents[1] / "golden" / "pictures"
SIZE = QSize(160, 100)
NOTICEABLE = 64
"""Difference of a channel, of 255, that is more than another way of smoothing an edge."""
MOST_NOTICEABLE = 0.002
"""Share of pixels that may differ noticeably: systems have other fonts, and smooth edges otherwise."""
ACTIONS = {"CartPole-v1": (1.0,), "Pendulum-v1": (1.5,), "MountainCarContinuous-v0": (-0.7,)}
PALETTES = {"light": LIGHT, "dark": DARK}


def painted(environment_id: str, palette: Palette, ratio: int, *, state: int = 1) -> QImage:
    image = QImage(SIZE * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(palette.scene))
    painter = smooth_painter(image)
    frame = make_frame(
        environment_id, OBSERVATIONS[environment_id][state], ACTIONS.get(environment_id, (2.0,))
    )
    scene = scene_for(environment_id)
    assert scene is not None
    scene.paint(painter, QRectF(0, 0, SIZE.width(), SIZE.height()), frame, palette)
    painter.end()
    return image


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
    picture = painted(environment_id, PALETTES[palette], ratio)
    golden = PICTURES / f"{environment_id}-{palette}-{ratio}.png"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        picture.save(str(golden))
        pytest.fail(f"{golden.name} was not there and has been written: look at it")
    kept = QImage(str(golden)).convertToFormat(QImage.Format.Format_RGB32)
    assert noticeable_share(picture, kept) <= MOST_NOTICEABLE


@pytest.mark.parametrize("environment_id", OBSERVATIONS)
def test_another_state_looks_noticeably_otherwise(qapp: QGuiApplication, environment_id: str) -> None:
    pictures = [painted(environment_id, LIGHT, 1, state=state) for state in (0, 1)]
    assert noticeable_share(*pictures) > MOST_NOTICEABLE
