"""What is going wrong in a run, in plain words, as far as its latest updates make it certain.

Each detector is a pure function of the history and looks at its latest values only, so that it
costs the same however long the run is. Where the thresholds come from: docs/symptoms.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from statistics import fmean, median

from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.divergence import likely_cause
from ppo_desktop.ppo.environments import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.events import GoodMoment, UpdateFinished
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.runs.history import RECENT_UPDATES, History

SUSTAINED = 5
"""Updates in a row that show something, so that one odd rollout is no symptom."""
SUSTAINED_LARGE = 3
"""As above for updates that are too large: the third already leads far away."""
FEWEST_SAMPLES = 64
"""Of rollouts with fewer samples each says too little: all the recent ones must agree."""

COLLAPSED_BITS = 0.02
"""Policies that still learn, and solved ones, keep more than this; collapsed ones go to 0."""

FALLEN_SHARE = 0.5
"""Share of what the run has gained that must be lost again; good runs lose a seventh at most."""
NOTABLE_GAIN = 0.1
"""Share of the range of returns that a run must gain before it can lose it; less is noise."""

LARGE_KL = 0.1
"""Nats; presets that learn stay below 0.04 in three updates running, ε 0.8 and no clip go beyond 0.2."""
LARGE_RATIO = 4.0
"""Presets that learn stay below 2.5 in three updates running, ε 0.8 and no clip go beyond 6."""

HIGH_LEARNING_RATE = 2e-2
"""Above this no clip keeps updates small: 1e-2 learns with ε 0.2, 1e-1 collapses with it too."""
WIDE_EPSILON = 0.3
"""Beyond this ε is the first thing to change; up to it every preset learns."""

SILENCED_SHARE = 0.25
"""Share of samples outside the band…"""
SILENCED_KL = 1e-3
"""…while the policy moves less than this, nats: with ε 0.2 so much clipping comes with a KL over 0.01."""

UNDECIDED_SHARE = 0.95
"""Share of the entropy's ceiling above which the policy chooses nearly at random…"""
UNDECIDED_UPDATES = 30
"""…and the updates after which one that learns is well below it…"""
STRONG_BONUS = 0.1
"""…with an entropy coefficient that can be the reason; smaller ones were never."""

MOTIONLESS_KL = 5e-6
"""Nats an update: a learning rate of 1e-5 gives 1e-6, one of 1e-4, which learns, 5e-5…"""
SMALL_LEARNING_RATE = 1e-4
"""…and only one below this is to blame: where no reward tells actions apart, any policy rests."""


class Severity(Enum):
    """How bad it is."""

    NOTE = "note"
    WARNING = "warning"


@dataclass(frozen=True)
class Symptom:
    """What is happening and what to try.

    Attributes:
        key: Which symptom it is; numbers change while the key stays.
        sentence: What is happening, with the numbers that show it.
        advice: What to try, naming the slider.
        severity: How bad it is.
        best_is_lost: The run was better before, so that going back would help.
    """

    key: str
    sentence: str
    advice: str
    severity: Severity
    best_is_lost: bool = False


def symptom_of(history: History) -> Symptom | None:
    """Return the gravest symptom the run shows now, None if nothing is certain enough."""
    if history.hyperparameters is None:
        return None
    found = (detect(history) for detect in _DETECTORS)
    return next((symptom for symptom in found if symptom is not None), None)


def divergence(history: History) -> Symptom | None:
    """The run has ended because its numbers blew up."""
    if not history.has_diverged:
        return None
    assert history.hyperparameters is not None
    cause = DECLARATIONS[likely_cause(history.hyperparameters, _algorithm(history))]
    return Symptom(
        "divergence",
        "The run has diverged: its numbers have grown beyond all bounds.",
        f"Try a smaller {cause.label}.",
        Severity.WARNING,
        best_is_lost=True,
    )


def collapse(history: History) -> Symptom | None:
    """The policy always does the same and earns little: certain, and wrong.

    A solved environment may end with a low entropy too; there the return is near its best.
    """
    updates = _latest(history, SUSTAINED)
    if history.n_actions is None or not updates or not history.returns_are_of_now:
        return None
    if max(update.policy_entropy for update in updates) >= COLLAPSED_BITS * math.log(2):
        return None
    now, first = updates[-1].mean_return_100, history.first_mean_return
    if first is None or _is_solved(history, now):
        return None
    if _has_fallen(history, history.best, now):
        assert history.best is not None
        compared = f" after a best of {_return(history.best.mean_return)}"
    elif now <= first:
        compared = f", no better than at the start ({_return(first)})"
    else:
        return None
    bits = updates[-1].policy_entropy / math.log(2)
    return Symptom(
        "collapse",
        f"The policy has collapsed and tries nothing new: entropy {bits:.2f} bits, "
        f"mean return {_return(now)}{compared}.",
        f"Try {_smaller_steps(history)} or a higher Entropy coefficient.",
        Severity.WARNING,
        best_is_lost=True,
    )


def too_large_updates(history: History) -> Symptom | None:
    """Each update moves the policy so far that the samples no longer speak about it."""
    updates = _latest(history, SUSTAINED_LARGE)
    if not updates:
        return None
    far = min(update.approx_kl for update in updates) > LARGE_KL
    wide = min(update.max_ratio for update in updates) > LARGE_RATIO
    if not far and not wide:
        return None
    kl = median(update.approx_kl for update in updates)
    low = median(update.min_ratio for update in updates)
    high = median(update.max_ratio for update in updates)
    bound = "" if _epsilon(history) is None else "; clipping does not bound the ratio"
    return Symptom(
        "too_large_updates",
        f"Updates are too large: KL {kl:.2f} nats, ratios from {low:.2f} to {high:.1f}{bound}.",
        f"Try {_smaller_steps(history)}{' or Target KL 0.02' if _is_ppo(history) else ''}.",
        Severity.WARNING,
    )


def fallen_back(history: History) -> Symptom | None:
    """The run has lost much of what it had gained; after going back, of what it has gained since."""
    updates = _latest(history, SUSTAINED)
    if not updates or not history.returns_are_of_now:
        return None
    now, best = updates[-1].mean_return_100, history.best_since_way_back
    if best is None or not all(_has_fallen(history, best, update.mean_return_100) for update in updates):
        return None
    return Symptom(
        "fallen_back",
        f"The run has fallen back: mean return {_return(now)} after a best of "
        f"{_return(best.mean_return)} at step {grouped(best.steps)}.",
        f"Try {_smaller_steps(history)}.",
        Severity.WARNING,
        best_is_lost=True,
    )


def silenced_samples(history: History) -> Symptom | None:
    """ε is so small that it takes the gradient from many samples of a policy that hardly moves."""
    updates = _latest(history, SUSTAINED)
    if not updates or _epsilon(history) is None:
        return None
    share = fmean(update.clip_fraction for update in updates)
    kl = fmean(update.approx_kl for update in updates)
    if share <= SILENCED_SHARE or kl >= SILENCED_KL:
        return None
    return Symptom(
        "silenced_samples",
        f"ε is small: {share:.0%} of the ratios are outside the band, though the policy hardly moves "
        f"(KL {kl:.4f} nats). Learning is slow.".replace("%", " %", 1),
        "Try a larger Clip range.",
        Severity.NOTE,
    )


def undecided(history: History) -> Symptom | None:
    """The entropy bonus outweighs the return: the policy stays near uniform."""
    updates = _latest(history, RECENT_UPDATES)
    if not updates or history.n_actions is None or history.n_actions < 2:
        return None
    assert history.hyperparameters is not None
    if history.updates < UNDECIDED_UPDATES or history.hyperparameters.entropy_coef < STRONG_BONUS:
        return None
    share = fmean(update.policy_entropy for update in updates) / math.log(history.n_actions)
    if share < UNDECIDED_SHARE:
        return None
    bits = updates[-1].policy_entropy / math.log(2)
    return Symptom(
        "undecided",
        f"The entropy bonus outweighs the return: after {grouped(history.updates)} updates the entropy is "
        f"{bits:.2f} bits, {share:.0%} of its ceiling.".replace("%", " %", 1),
        "Try a lower Entropy coefficient.",
        Severity.NOTE,
    )


def motionless(history: History) -> Symptom | None:
    """The learning rate is so small that the policy stays where it began."""
    updates = _latest(history, RECENT_UPDATES)
    if not updates or _samples(history) < FEWEST_SAMPLES or history.best is None:
        return None
    assert history.hyperparameters is not None
    if history.hyperparameters.learning_rate >= SMALL_LEARNING_RATE or history.hyperparameters.anneal:
        return None
    kl = median(update.approx_kl for update in updates)
    if kl >= MOTIONLESS_KL or _gain(history, history.best) > 0:
        return None
    if _is_solved(history, updates[-1].mean_return_100):
        return None
    return Symptom(
        "motionless",
        f"The policy hardly moves: KL {kl:.0e} nats an update, and the mean return is "
        f"{_return(updates[-1].mean_return_100)} after {grouped(history.updates)} updates.".replace(
            "e-0", "e-"
        ),
        "Try a higher Learning rate.",
        Severity.NOTE,
    )


def ratios_are_one(history: History) -> Symptom | None:
    """There is one gradient step per rollout, in which every ratio is 1."""
    assert history.hyperparameters is not None
    plan = update_plan(_algorithm(history), history.hyperparameters)
    if not history.updates or _epsilon(history) is None or not plan.ratio_is_always_one:
        return None
    return Symptom(
        "ratios_are_one",
        "Every ratio is 1: with one gradient step per rollout, ε does nothing.",
        "Try more Epochs or Minibatches.",
        Severity.NOTE,
    )


_DETECTORS: tuple[Callable[[History], Symptom | None], ...] = (
    divergence,
    collapse,
    too_large_updates,
    fallen_back,
    silenced_samples,
    undecided,
    motionless,
    ratios_are_one,
)
"""The gravest first."""


# ---- what they rest on ------------------------------------------------------------------------------


def _latest(history: History, number: int) -> list[UpdateFinished]:
    """Return the last `number` updates, oldest first; none if there have not been so many.

    Of updates on few samples more are returned, as one says less.
    """
    if _samples(history) < FEWEST_SAMPLES:
        number = RECENT_UPDATES
    return list(history.recent)[-number:] if len(history.recent) >= number else []


def _algorithm(history: History) -> Algorithm:
    assert history.settings is not None
    return history.settings.algorithm


def _is_ppo(history: History) -> bool:
    return _algorithm(history) is Algorithm.PPO


def _epsilon(history: History) -> float | None:
    """Return the ε that clips, None if nothing does."""
    assert history.hyperparameters is not None
    return history.hyperparameters.clip_range if _is_ppo(history) else None


def _samples(history: History) -> int:
    assert history.hyperparameters is not None
    return history.hyperparameters.samples_per_rollout


def _gain(history: History, best: GoodMoment | None) -> float:
    """Return how far `best` is above the first mean return; 0 where that may be noise."""
    if best is None or history.first_mean_return is None:
        return 0.0
    gain = best.mean_return - history.first_mean_return
    return gain if gain >= NOTABLE_GAIN * _return_scale(history, best) else 0.0


def _has_fallen(history: History, best: GoodMoment | None, now: float) -> bool:
    """Whether much of what had been gained at `best` is lost again."""
    gain = _gain(history, best)
    return best is not None and gain > 0 and best.mean_return - now >= FALLEN_SHARE * gain


def _return_scale(history: History, best: GoodMoment) -> float:
    """Return the width of the range of returns, or what is known of it from the run."""
    assert history.settings is not None
    known = KNOWN_ENVIRONMENTS.get(history.settings.environment_id)
    if known is not None:
        low, high = known.return_range
        return high - low
    assert history.first_mean_return is not None
    return max(abs(best.mean_return), abs(history.first_mean_return))


def _is_solved(history: History, mean_return: float) -> bool:
    assert history.settings is not None
    known = KNOWN_ENVIRONMENTS.get(history.settings.environment_id)
    return known is not None and known.solved_return is not None and mean_return >= known.solved_return


def _smaller_steps(history: History) -> str:
    """Return what makes updates smaller: ε where it is off or wide and to blame, else the learning rate."""
    if not _is_ppo(history):
        return "a lower Learning rate"
    epsilon = _epsilon(history)
    assert history.hyperparameters is not None
    if history.hyperparameters.learning_rate > HIGH_LEARNING_RATE:
        return "a lower Learning rate"
    if epsilon is None:
        return "Clip range 0.20"
    return "a smaller Clip range" if epsilon > WIDE_EPSILON else "a lower Learning rate"


def _return(mean_return: float) -> str:
    return grouped(mean_return, decimals=1).replace("-", "−")
