"""What is said of many samples at once is what it is by definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ppo_desktop.ppo.advantages import explained_variance
from ppo_desktop.ppo.estimates import critic_fit, effective_sample_size, kl_estimates
from ppo_desktop.ppo.objective import approx_kl

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


def test_equal_weights_count_in_full_and_one_that_outweighs_all_others_as_one() -> None:
    for log_ratio in (-200, 0.3, 200):
        assert effective_sample_size(np.full(8, log_ratio, np.float32)) == pytest.approx(8)
    for largest in (10, 200):
        assert effective_sample_size(np.array([largest, 0, 0], np.float32)) == pytest.approx(1, abs=1e-3)
    assert effective_sample_size(np.log([1.0, 3.0])) == pytest.approx(16 / 10)


def test_the_third_estimate_of_the_divergence_is_approx_kl_and_both_others_are_near_it() -> None:
    old = RANDOM.normal(-1, 0.3, 4000).astype(np.float32)
    new = (old + RANDOM.normal(-0.005, 0.1, 4000)).astype(np.float32)
    estimates = kl_estimates(new, old)
    expected = approx_kl(torch.from_numpy(new), torch.from_numpy(old)).item()
    assert estimates.k3.mean() == pytest.approx(expected, rel=1e-3)
    assert (estimates.k3 >= 0).all()
    assert estimates.k1.mean() == pytest.approx(expected, abs=0.005)
    assert estimates.k2.mean() == pytest.approx(expected, abs=0.001)
    assert estimates.k1.std() > 5 * estimates.k3.std()
