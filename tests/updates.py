"""An update as a run tells it, in which nothing is remarkable; tests replace what they are about."""

from __future__ import annotations

from typing import Any

import numpy as np

from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.quantities import UPDATE_QUANTITIES

_QUANTITIES: dict[str, Any] = {
    "policy_entropy": 0.69,
    "clip_fraction": 0.066,
    "gradient_cut_fraction": 0.031,
    "approx_kl": 0.005,
    "explained_variance": 0.5,
    "return_spread": 20.0,
    "policy_loss": -0.01,
    "value_loss": 18.2,
    "gradient_norm": 30.0,
    "policy_gradient_norm": 0.2,
    "value_gradient_norm": 29.9,
    "max_ratio": 1.4,
    "min_ratio": 0.7,
    "epochs_run": 4,
}
UPDATE = UpdateFinished(
    update=1,
    steps=1024,
    mean_return_100=22.0,
    state_entropies=np.zeros(0, np.float32),
    **{**dict.fromkeys(UPDATE_QUANTITIES, 0.0), **_QUANTITIES},
)
