"""The figure of luck or fate."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from ppo_desktop.views.luck_chart import side_by_side

PITCH = 9.0


@pytest.mark.parametrize("seed", range(5))
def test_symbols_of_branches_that_end_alike_stand_side_by_side_and_none_covers_another(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = [
        *generator.uniform(0.0, 100.0, 20).tolist(),
        *[50.0] * 8,
        *generator.normal(50.0, 2.0, 20).tolist(),
    ]
    rows.sort(key=lambda row: round(row / PITCH))
    aside = side_by_side(rows, PITCH)
    for (row, place), (other, its_place) in combinations(zip(rows, aside, strict=True), 2):
        assert place != its_place or abs(row - other) >= PITCH
    assert side_by_side([50.0] * 8, PITCH) == [*range(8)]
    assert side_by_side([0.0, PITCH, 2 * PITCH], PITCH) == [0, 0, 0]
