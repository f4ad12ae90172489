"""The events that say what a gradient step and an update were like."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from ppo_desktop.ppo.algorithms import UpdatePlan
from ppo_desktop.ppo.engines import GradientStep, Objective, UpdateMeasures
from ppo_desktop.ppo.events import MinibatchOptimized, UpdateFinished

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def minibatch_optimized(
    epoch: int,
    minibatch: int,
    plan: UpdatePlan,
    objective: Objective,
    indices: NDArray[np.int64],
    taken: GradientStep,
) -> MinibatchOptimized:
    """Return the event of a gradient step `taken` on the samples `indices`."""
    return MinibatchOptimized(
        epoch=epoch,
        n_epochs=plan.n_epochs,
        minibatch=minibatch,
        n_minibatches=plan.n_minibatches,
        clip_range=objective.clip_range,
        indices=indices,
        ratios=taken.ratios,
        advantages=taken.advantages,
        objectives=taken.objectives,
        gradient_cut=taken.gradient_cut,
    )


def summarize_update(
    update: int,
    steps: int,
    mean_return_100: float,
    epochs_run: int,
    taken: Sequence[GradientStep],
    measures: UpdateMeasures,
) -> UpdateFinished:
    """Return the means over the gradient steps `taken`, and the state `measures` after them."""
    return UpdateFinished(
        update=update,
        steps=steps,
        mean_return_100=mean_return_100,
        policy_entropy=measures.policy_entropy,
        clip_fraction=fmean(step.clip_fraction for step in taken),
        gradient_cut_fraction=fmean(step.gradient_cut_fraction for step in taken),
        approx_kl=measures.approx_kl,
        explained_variance=measures.explained_variance,
        return_spread=measures.return_spread,
        policy_loss=fmean(step.policy_loss for step in taken),
        value_loss=fmean(step.value_loss for step in taken),
        gradient_norm=fmean(step.gradient_norm for step in taken),
        policy_gradient_norm=fmean(step.policy_gradient_norm for step in taken),
        value_gradient_norm=fmean(step.value_gradient_norm for step in taken),
        max_ratio=measures.max_ratio,
        min_ratio=measures.min_ratio,
        epochs_run=epochs_run,
    )
