"""What an update was like, in one event."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ppo_desktop.ppo.engines import GradientStep, UpdateMeasures
from ppo_desktop.ppo.events import GoodMoment, UpdateFinished


def summarize_update(
    update: int,
    steps: int,
    mean_return_100: float,
    epochs_run: int,
    taken: Sequence[GradientStep],
    measures: UpdateMeasures,
    best: GoodMoment | None,
) -> UpdateFinished:
    """Return the means over the gradient steps `taken`, the state `measures` after them, and the rest."""
    return UpdateFinished(
        update=update,
        steps=steps,
        mean_return_100=mean_return_100,
        policy_entropy=measures.policy_entropy,
        state_entropies=measures.state_entropies,
        clip_fraction=measures.clip_fraction,
        gradient_cut_fraction=measures.gradient_cut_fraction,
        approx_kl=measures.approx_kl,
        explained_variance=measures.explained_variance,
        return_spread=measures.return_spread,
        policy_loss=fmean([step.policy_loss for step in taken]),
        value_loss=fmean([step.value_loss for step in taken]),
        gradient_norm=fmean([step.gradient_norm for step in taken]),
        policy_gradient_norm=fmean([step.policy_gradient_norm for step in taken]),
        value_gradient_norm=fmean([step.value_gradient_norm for step in taken]),
        max_ratio=measures.max_ratio,
        min_ratio=measures.min_ratio,
        epochs_run=epochs_run,
        best=best,
    )
