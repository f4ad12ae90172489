"""Every picture of the update, in the order in which they are offered."""

from __future__ import annotations

from ppo_desktop.views.update.cut_off_episode import CutOffEpisodeFigure
from ppo_desktop.views.update.effective_samples import EffectiveSamples
from ppo_desktop.views.update.forward_pass import ForwardPass
from ppo_desktop.views.update.kl_estimates import KLEstimatesFigure
from ppo_desktop.views.update.loss_terms import LossTerms
from ppo_desktop.views.update.normalised_advantages import NormalisedAdvantages
from ppo_desktop.views.update.ratio_histograms import RatioHistograms
from ppo_desktop.views.update.update_picture import UpdatePicture
from ppo_desktop.views.update.value_loss_steps import ValueLossSteps
from ppo_desktop.views.update.value_scatter import ValueScatter

UPDATE_PICTURES = (
    UpdatePicture(
        "ratio_histograms",
        "Ratios by step",
        "ratio_histograms",
        RatioHistograms,
        is_of_ratios=True,
        has_ratio_axis=True,
    ),
    UpdatePicture(
        "effective_samples", "Effective samples", "effective_samples", EffectiveSamples, is_of_ratios=True
    ),
    UpdatePicture(
        "kl_estimates",
        "KL estimates",
        "kl_estimates",
        KLEstimatesFigure,
        is_of_ratios=True,
        needs_networks=True,
    ),
    UpdatePicture(
        "normalised_advantages", "Â before and after", "normalised_advantages", NormalisedAdvantages
    ),
    UpdatePicture("loss_terms", "Terms of the loss", "loss_terms", LossTerms, needs_networks=True),
    UpdatePicture(
        "forward_pass",
        "Forward pass",
        "forward_pass",
        ForwardPass.of_sample,
        needs_networks=True,
        of_frame=ForwardPass.of_frame,
    ),
    UpdatePicture("value_scatter", "V against return", "value_scatter", ValueScatter),
    UpdatePicture(
        "cut_off_episode", "V at a time limit", "cut_off_episode", CutOffEpisodeFigure, needs_episode=True
    ),
    UpdatePicture("value_loss_steps", "Value loss and Var(R)", "value_loss_steps", ValueLossSteps),
)
