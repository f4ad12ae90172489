"""What the pictures of the update say of many samples at once, in NumPy and double precision.

The window computes it when it is looked at, without PyTorch.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ppo_desktop.ppo.arrays import Numbers
from ppo_desktop.ppo.constants import SAME_RETURN


class CriticFit(NamedTuple):
    """How much of the returns the critic foresaw.

    Attributes:
        target_variance: Var(R).
        error_variance: Var(R − V), what it did not foresee.
        explained_variance: 1 − Var(R − V)/Var(R); nan where all R are equal but for rounding.
    """

    target_variance: float
    error_variance: float
    explained_variance: float


def critic_fit(values: Numbers, targets: Numbers) -> CriticFit:
    """Return the variances of value targets and of errors, and the share explained; all are (n,).

    Reference: `advantages.explained_variance`.
    """
    exact = targets.astype(float)
    target_variance, error_variance = float(exact.var()), float((exact - values).var())
    is_constant = math.sqrt(target_variance) <= SAME_RETURN * np.abs(exact).max()
    explained = math.nan if is_constant else 1 - error_variance / target_variance
    return CriticFit(target_variance, error_variance, explained)
