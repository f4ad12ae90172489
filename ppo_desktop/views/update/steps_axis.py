"""The gradient steps of an update along an axis, and as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.views.charts.frame import Axis
from ppo_desktop.views.charts.scales import LinearScale
from ppo_desktop.views.kit.table import Column
from ppo_desktop.views.update.update_picture import number_column

if TYPE_CHECKING:
    from ppo_desktop.ppo.events import MinibatchOptimized

_WHOLE = LinearScale(label=grouped, is_whole=True, most=10)


def steps_axis(minibatch: MinibatchOptimized) -> Axis:
    """Return an axis of all gradient steps of an update, those to come included, from 1."""
    n_steps = minibatch.n_epochs * minibatch.n_minibatches
    epochs = counted(minibatch.n_epochs, "epoch")
    name = f"gradient step of {epochs} × {counted(minibatch.n_minibatches, 'minibatch', 'minibatches')}"
    return Axis(_WHOLE, (0.5, n_steps + 0.5), name, "gradient step")


def steps_columns(minibatch: MinibatchOptimized) -> list[Column]:
    """Return number, epoch and minibatch of each gradient step so far, from 1."""
    steps = np.arange((minibatch.epoch - 1) * minibatch.n_minibatches + minibatch.minibatch)
    return [
        number_column("step", steps + 1),
        number_column("epoch", steps // minibatch.n_minibatches + 1),
        number_column("minibatch", steps % minibatch.n_minibatches + 1),
    ]
