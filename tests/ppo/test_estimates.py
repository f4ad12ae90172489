"""What is said of many samples at once is what it is by definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ppo_desktop.ppo.advantages import explained_variance
from ppo_desktop.ppo.estimates import critic_fit

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_explained_variance_is_what_both_variances_say(scale: float) -> None:
    targets = RANDOM.normal(20, 5, 500).astype(np.float32)
    values = (targets + RANDOM.normal(1, scale, 500)).astype(np.float32)
    fit = critic_fit(values, targets)
    mean = sum(targets.tolist()) / 500
    expected = sum((target - mean) ** 2 for target in targets.tolist()) / 500
    assert fit.target_variance == pytest.approx(expected)
    assert fit.explained_variance == pytest.approx(1 - fit.error_variance / fit.target_variance)
    reference = explained_variance(torch.from_numpy(values), torch.from_numpy(targets)).item()
    assert fit.explained_variance == pytest.approx(reference, abs=1e-5)


def test_where_all_returns_are_equal_no_variance_is_explained() -> None:
    targets = np.full(8, 12.3, np.float32)
    fit = critic_fit(RANDOM.normal(size=8).astype(np.float32), targets)
    assert math.isnan(fit.explained_variance)
