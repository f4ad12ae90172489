"""The axis of ratios shows ε truly: other bands, other numbers, and labels that never meet."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QRectF

from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.views.charts.frame import bare_frame
from ppo_desktop.views.charts.words import Placed
from ppo_desktop.views.clipped_objective_view import FIXED_RANGE, fitted_range, ratio_labels
from ppo_desktop.views.theme import Theme

EPSILONS = DECLARATIONS["clip_range"].stops


def labels(theme: Theme, epsilon: float | None, *, width: float, fixed: bool) -> list[Placed]:
    shown = FIXED_RANGE if fixed else fitted_range(epsilon)
    area = QRectF(0.0, 0.0, width, 50.0)
    frame = bare_frame(theme, area, shown, (0.0, 1.0))
    return ratio_labels(shown, epsilon).placed(frame)


WIDTHS = (220.0, 300.0, 360.0, 700.0)


@pytest.mark.parametrize("fixed", [False, True])
def test_no_label_meets_another_or_leaves_the_axis(theme: Theme, fixed: bool) -> None:
    for epsilon, width in itertools.product(EPSILONS, WIDTHS):
        placed = sorted(labels(theme, epsilon, width=width, fixed=fixed), key=lambda label: label.left)
        assert placed[0].left >= 0
        assert placed[-1].right <= width
        assert all(first.right < second.left for first, second in itertools.pairwise(placed))


@pytest.mark.parametrize("fixed", [False, True])
def test_both_ends_of_the_band_are_numbered(theme: Theme, fixed: bool) -> None:
    for epsilon, width in itertools.product(EPSILONS, WIDTHS):
        band = [
            label.text for label in labels(theme, epsilon, width=width, fixed=fixed) if label.colour == "clip"
        ]
        numbers = [float(text.rpartition(" ")[2]) for text in band]
        expected = [] if epsilon is None else [1 - epsilon, 1 + epsilon]
        assert numbers == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("epsilon", [0.01, 0.05, 0.2, 0.35, None])
def test_both_ends_of_the_axis_are_numbered(theme: Theme, epsilon: float | None) -> None:
    shown = fitted_range(epsilon)
    texts = [
        label.text for label in labels(theme, epsilon, width=360, fixed=False) if label.colour == "muted"
    ]
    assert [float(text) for text in texts[:2]] == pytest.approx(shown, abs=6e-4)


def test_different_bands_have_different_numbers_and_on_the_fixed_axis_different_places(theme: Theme) -> None:
    drawn = [labels(theme, epsilon, width=360, fixed=False) for epsilon in (0.05, 0.2, 0.35)]
    assert len({tuple(label.text for label in one) for one in drawn}) == 3
    places = [labels(theme, epsilon, width=700, fixed=True)[0].left for epsilon in (0.05, 0.2, 0.35)]
    assert places[0] > places[1] > places[2]


def test_every_band_lies_in_both_ranges() -> None:
    for epsilon in EPSILONS:
        for low, high in (FIXED_RANGE, fitted_range(epsilon)):
            assert 0 <= low <= 1 - (epsilon or 0)
            assert high >= 1 + (epsilon or 0)
