"""What is going wrong in a run, in plain words, as far as its latest updates make it certain.

Each detector is a pure function of the history and looks at its latest updates and episodes only,
so that it costs the same however long the run is. Where the thresholds come from: docs/symptoms.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from statistics import fmean, median

from ppo_desktop.ppo.algorithms import Algorithm, update_plan
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.ppo.events import RETURN_WINDOW, UpdateFinished
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.step_settings import remaining_fraction, step_settings
from ppo_desktop.runs.advice import (
    SMALL_BONUS,
    STRONG_BONUS,
    TOO_FEW_SAMPLES,
    USUAL_EPSILON,
    Advice,
    higher_entropy_coefficient,
    higher_learning_rate,
    lower_entropy_coefficient,
    lower_learning_rate,
    more_epochs,
    more_samples,
    surer_updates,
    usual_value_coefficient,
)
from ppo_desktop.runs.history import RECENT_EPISODES, RECENT_UPDATES, History, Peak, returns_hardly_vary

SUSTAINED = 5
"""Updates in a row that show something, so that one odd rollout is no symptom."""
FEWEST_SAMPLES = 64
"""Of rollouts with fewer samples each says too little: all the recent ones must agree."""

COLLAPSED_BITS = 0.02
"""Policies that still learn, and solved ones, keep more than this; collapsed ones go to 0."""

FALLEN_SHARE = 0.5
"""Share of what the run has gained that must be lost again; good runs lose a seventh at most."""
NOTABLE_GAIN = 0.1
"""Share of the range of returns that a run must gain before it can lose it; less is noise."""

LARGE_KL = 0.1
"""Nats; presets that learn seldom pass 0.04 and never five times running, ε 0.8 and no clip go beyond 0.2."""
BRAKE_KL = 0.02
"""A target KL that ends such updates early: with ε 0.8 it kept KL at 0.05 instead of 1.9."""
LARGE_RATIO = 4.0
"""Presets that learn stay below 3.5 in five updates running, ε 0.8 and no clip go up to 16."""

SILENCED_SHARE = 0.25
"""Share of samples outside the band…"""
SILENCED_KL = 1e-3
"""…while the policy moves less than this, nats: with ε 0.2 so much clipping comes with a KL over 0.01."""

UNDECIDED_SHARE = 0.8
"""Share of the entropy's ceiling above which the policy chooses largely at random…"""
UNDECIDED_UPDATES = 30
"""…and the updates after which one that learns is below it."""

MOTIONLESS_KL = 5e-6
"""Nats an update: a learning rate of 1e-5 gives 1e-6, one of 1e-4, which learns, 5e-5…"""
SMALL_LEARNING_RATE = 1e-4
"""…and only one below this is to blame: where no reward tells actions apart, any policy rests."""

FRUITLESS_EPISODES = 600
"""Episodes that all returned the lowest there is; MountainCar's preset had up to 320 of them…"""
FRUITLESS_UNSCALED = 200
"""…and so many are enough where the preset normalises observations and the run does not."""


ANNEALED_SHARE = 0.1
"""Part of α and ε that annealing has left when a policy can hardly climb again."""

FORESEEN_SHARE = 0.1
"""Explained variance below which a critic foresees nothing…"""
UNLEARNT_LOSS = 1.5
"""…and value loss, in Var(R), above which it would do better to say the mean of R, always."""


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
        advice: Values to try, each on its own, the best first.
    """

    key: str
    sentence: str
    advice: tuple[Advice, ...]
    severity: Severity


def symptom_of(history: History) -> Symptom | None:
    """Return the gravest symptom the run shows now, None if nothing is certain enough."""
    if history.hyperparameters is None:
        return None
    found = (detect(history) for detect in _DETECTORS)
    symptom = next((symptom for symptom in found if symptom is not None), None)
    if symptom is None:
        return None
    return replace(symptom, advice=tuple(_as_at_the_best(history, advice) for advice in symptom.advice))


def best_is_lost(history: History) -> bool:
    """Return whether the run was clearly better before, whatever else is wrong with it, too."""
    return history.hyperparameters is not None and any(
        detect(history) is not None for detect in (divergence, collapse, fallen_back, fallen_and_annealed)
    )


def can_be_judged(history: History) -> bool:
    """Return whether there are updates and episodes enough to say that nothing is wrong."""
    return len(history.recent) == RECENT_UPDATES and len(history.recent_returns) == RECENT_EPISODES


def divergence(history: History) -> Symptom | None:
    """The run has ended because its numbers blew up."""
    if not history.has_diverged:
        return None
    settings, values = _settings(history), _values(history)
    match history.divergence_cause:
        case "normalize_rewards" | "normalize_observations" as switch:
            advice = Advice(switch, value=True)
        case "learning_rate":
            advice = lower_learning_rate(settings, values)
        case "entropy_coef":
            advice = lower_entropy_coefficient(values)
        case _:
            advice = surer_updates(settings, values)
    return Symptom(
        "divergence",
        "The run has diverged: its numbers have grown beyond all bounds.",
        (advice,),
        Severity.WARNING,
    )


def collapse(history: History) -> Symptom | None:
    """The policy always does the same and earns little: certain, and wrong.

    A solved environment may end with a low entropy too; there the return is near its best.
    """
    updates = _latest(history, SUSTAINED)
    now = _return_of_now(history)
    if history.n_actions is None or not updates or now is None:
        return None
    if max(update.policy_entropy for update in updates) >= COLLAPSED_BITS * math.log(2):
        return None
    first, values = history.first_mean_return, _values(history)
    if first is None or _is_solved(history, now):
        return None
    if _has_fallen(history, history.peak, now):
        assert history.peak is not None
        compared = f" after a best of {_return(history.peak.mean_return)} (mean of {RETURN_WINDOW})"
    elif now <= first:
        compared = f", no better than at the start ({_return(first)})"
    else:
        return None
    bits = updates[-1].policy_entropy / math.log(2)
    return Symptom(
        "collapse",
        f"The policy has collapsed and tries nothing new: entropy {bits:.2f} bits, "
        f"{_lately(history)} {_return(now)}{compared}.",
        (
            surer_updates(_settings(history), values),
            *((higher_entropy_coefficient(values),) if values.entropy_coef < SMALL_BONUS else ()),
        ),
        Severity.WARNING,
    )


def too_large_updates(history: History) -> Symptom | None:
    """Each update moves the policy so far that the samples no longer speak about it."""
    updates = _latest(history, SUSTAINED)
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
    moved = "ratios" if _is_ppo(history) else "probabilities of actions multiplied by factors"
    return Symptom(
        "too_large_updates",
        f"Updates are too large: in the last {len(updates)} a median KL {kl:.2f} nats, "
        f"{moved} from {low:.2f} to {high:.1f}{bound}.",
        (
            surer_updates(_settings(history), _values(history)),
            *((Advice("target_kl", BRAKE_KL),) if _can_brake(history) else ()),
        ),
        Severity.WARNING,
    )


def fallen_back(history: History) -> Symptom | None:
    """The run has lost much of what it had gained, in each of the latest episodes or in the mean of 100."""
    peak, returns = history.peak, history.recent_returns
    if peak is None or not history.updates:
        return None
    if len(returns) == RECENT_EPISODES and _has_fallen(history, peak, max(returns)):
        now = f"{_lately(history)} {_return(fmean(returns))}"
    elif _mean_has_fallen(history, peak):
        now = f"mean of the last {RETURN_WINDOW} episodes {_return(history.recent[-1].mean_return_100)}"
    else:
        return None
    return Symptom(
        "fallen_back",
        f"The run has fallen back: {now} after a best of {_return(peak.mean_return)} "
        f"(mean of {RETURN_WINDOW}) at step {grouped(peak.steps)}.{_large_steps(history)}",
        (surer_updates(_settings(history), _values(history)),),
        Severity.WARNING,
    )


def fallen_and_annealed(history: History) -> Symptom | None:
    """The latest episodes have lost much of the best mean of as many, and annealing has all but ended."""
    peak, values = history.recent_peak, _values(history)
    if (
        peak is None
        or not history.recent
        or not values.anneal
        or len(history.recent_returns) < RECENT_EPISODES
    ):
        return None
    settings = _settings(history)
    remaining = remaining_fraction(settings.hyperparameters, values, history.recent[-1].steps)
    now = fmean(history.recent_returns)
    if remaining > ANNEALED_SHARE or _is_solved(history, now) or not _has_fallen(history, peak, now):
        return None
    in_force = step_settings(settings.algorithm, values, remaining)
    epsilon = "" if in_force.clip_range is None else f", ε {in_force.clip_range:.2g}"
    return Symptom(
        "fallen_and_annealed",
        f"The run has fallen back and annealing has left α {in_force.learning_rate:.1e}{epsilon}: "
        f"{_lately(history)} {_return(now)} after a best of {_return(peak.mean_return)} "
        f"(mean of {RECENT_EPISODES}) at step {grouped(peak.steps)}.".replace("e-0", "e-"),
        (surer_updates(settings, values), Advice("anneal", value=False)),
        Severity.WARNING,
    )


def unlearnt_critic(history: History) -> Symptom | None:
    """The critic foresees nothing of the returns, though they vary, and its loss hardly counts.

    It errs more than their mean would. Where its loss counts as usual that is so early in many runs that
    learn, and no sign.
    """
    updates = list(history.recent)
    usual, weight = usual_value_coefficient(_settings(history)), _values(history).value_coef
    if not isinstance(usual.value, float) or weight >= usual.value / 2:
        return None
    if len(updates) < RECENT_UPDATES or _samples(history) < FEWEST_SAMPLES:
        return None
    if any(returns_hardly_vary(update.return_spread, history.largest_spread) for update in updates):
        return None
    if max(update.explained_variance for update in updates) >= FORESEEN_SHARE:
        return None
    if min(update.value_loss / update.return_spread**2 for update in updates) <= UNLEARNT_LOSS:
        return None
    last = updates[-1]
    return Symptom(
        "unlearnt_critic",
        f"The critic does not learn: explained variance {last.explained_variance:.2f}, value loss "
        f"{last.value_loss:.3g} where Var(R) is {last.return_spread**2:.3g}. ".replace("-", "−")
        + f"Its weight in the loss, cᵥ, is {weight:g}.",
        (usual,),
        Severity.WARNING,
    )


def large_steps(history: History) -> int:
    """Return how many of the latest updates moved the policy by a KL above `LARGE_KL`."""
    return sum(update.approx_kl > LARGE_KL for update in history.recent)


def _large_steps(history: History) -> str:
    """Return how many of the latest updates were large steps, as a sentence; nothing for few."""
    n_large = large_steps(history)
    if n_large < SUSTAINED:
        return ""
    return f" Of the last {len(history.recent)} updates {n_large} were large steps (KL above {LARGE_KL:g})."


def ended_early(history: History) -> str:
    """Return how many of the latest updates target KL has ended early, as a sentence; nothing for none.

    It is no symptom, but worth knowing.
    """
    if not _is_ppo(history) or _values(history).target_kl is None or history.values_are_new:
        return ""
    n_epochs = _values(history).n_epochs
    run = [update.epochs_run for update in history.recent]
    n_early = sum(epochs < n_epochs for epochs in run)
    if not n_early:
        return ""
    return (
        f"Of the last {len(run)} updates target KL ended {n_early} early: "
        f"{median(run):g} of {counted(n_epochs, 'epoch')} in the median."
    )


def _mean_has_fallen(history: History, peak: Peak) -> bool:
    """Whether the mean of 100 episodes has shown it over some updates; single good ones may be among them."""
    updates = _latest(history, SUSTAINED)
    return bool(updates) and all(_has_fallen(history, peak, update.mean_return_100) for update in updates)


def too_few_samples(history: History) -> Symptom | None:
    """An update rests on so few samples that its direction is mostly chance."""
    samples, now = _samples(history), _return_of_now(history)
    if not history.updates or samples >= TOO_FEW_SAMPLES or (now is not None and _is_solved(history, now)):
        return None
    return Symptom(
        "too_few_samples",
        f"An update rests on {counted(samples, 'sample')}: with so few its direction is mostly chance.",
        (more_samples(_values(history)),),
        Severity.NOTE,
    )


def frequent_large_steps(history: History) -> Symptom | None:
    """Many of the latest updates moved the policy far, though not one after the other.

    A solved environment has stood it so far: nothing is advised there.
    """
    n_large, now = large_steps(history), _return_of_now(history)
    if n_large < SUSTAINED:
        return None
    sentence = (
        f"Large steps: {n_large} of the last {len(history.recent)} updates moved the policy by a KL above "
        f"{LARGE_KL:g} nats."
    )
    if now is not None and _is_solved(history, now):
        stood = f"{sentence} The returns have stood it so far: {_lately(history)} {_return(now)}."
        return Symptom("frequent_large_steps", stood, (), Severity.NOTE)
    return Symptom(
        "frequent_large_steps",
        sentence,
        (
            surer_updates(_settings(history), _values(history)),
            *((Advice("target_kl", BRAKE_KL),) if _can_brake(history) else ()),
        ),
        Severity.NOTE,
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
        f"ε is small: in the last {len(updates)} updates {share:.0%} of the ratios are outside the band, "
        "though the policy hardly moves "
        f"(KL {kl:.4f} nats). Learning is slow.".replace("%", " %", 1),
        (Advice("clip_range", USUAL_EPSILON),),
        Severity.NOTE,
    )


def undecided(history: History) -> Symptom | None:
    """The entropy bonus outweighs the return: the policy stays near uniform."""
    updates = _latest(history, RECENT_UPDATES)
    if not updates or history.n_actions is None or history.n_actions < 2:
        return None
    values = _values(history)
    if history.updates < UNDECIDED_UPDATES or values.entropy_coef < STRONG_BONUS:
        return None
    if _is_solved(history, updates[-1].mean_return_100):
        return None
    share = fmean(update.policy_entropy for update in updates) / math.log(history.n_actions)
    if share < UNDECIDED_SHARE:
        return None
    bits = updates[-1].policy_entropy / math.log(2)
    return Symptom(
        "undecided",
        f"The entropy bonus outweighs the return: after {grouped(history.updates)} updates the entropy is "
        f"{bits:.2f} bits, {share:.0%} of its ceiling.".replace("%", " %", 1),
        (lower_entropy_coefficient(values),),
        Severity.NOTE,
    )


def motionless(history: History) -> Symptom | None:
    """The learning rate is so small that the policy stays where it began."""
    updates = _latest(history, RECENT_UPDATES)
    if not updates or _samples(history) < FEWEST_SAMPLES or history.peak is None:
        return None
    if _values(history).learning_rate >= SMALL_LEARNING_RATE or _values(history).anneal:
        return None
    kl = median(update.approx_kl for update in updates)
    if kl >= MOTIONLESS_KL or _gain(history, history.peak) > 0:
        return None
    if _is_solved(history, updates[-1].mean_return_100):
        return None
    return Symptom(
        "motionless",
        f"The policy hardly moves: KL {kl:.0e} nats an update, and the mean return is "
        f"{_return(updates[-1].mean_return_100)} after {grouped(history.updates)} updates.".replace(
            "e-0", "e-"
        ),
        (higher_learning_rate(_settings(history)),),
        Severity.NOTE,
    )


def nothing_reached(history: History) -> Symptom | None:
    """No episode has returned more than the lowest there is, so that no reward tells actions apart.

    The mean of 100 episodes has been above the lowest if any has been that an update has seen.
    """
    known, returns = KNOWN_ENVIRONMENTS.get(_settings(history).environment_id), history.recent_returns
    if known is None or history.peak is None:
        return None
    preset, lowest = known.presets[0].hyperparameters, known.return_range[0]
    is_to_normalize = preset.normalize_observations and not _values(history).normalize_observations
    enough = FRUITLESS_UNSCALED if is_to_normalize else FRUITLESS_EPISODES
    if history.episodes < enough or max(history.peak.mean_return, *returns) > lowest:
        return None
    return Symptom(
        "nothing_reached",
        f"Nothing has been reached yet: all {grouped(history.episodes)} episodes returned {_return(lowest)}.",
        (Advice("normalize_observations", value=True),) if is_to_normalize else (),
        Severity.WARNING if is_to_normalize else Severity.NOTE,
    )


def ratios_are_one(history: History) -> Symptom | None:
    """There is one gradient step per rollout, at which every ratio is 1."""
    plan = update_plan(_settings(history).algorithm, _values(history))
    if not history.recent or _epsilon(history) is None or not plan.ratio_is_always_one:
        return None
    low, high = history.recent[-1].min_ratio, history.recent[-1].max_ratio
    return Symptom(
        "ratios_are_one",
        "Every ratio is 1 at the only gradient step of a rollout, so ε does nothing. After the step: "
        f"{low:.2f} to {high:.2f}.",
        (more_epochs(_settings(history)),),
        Severity.NOTE,
    )


_DETECTORS: tuple[Callable[[History], Symptom | None], ...] = (
    divergence,
    collapse,
    too_large_updates,
    fallen_back,
    fallen_and_annealed,
    too_few_samples,
    unlearnt_critic,
    frequent_large_steps,
    silenced_samples,
    undecided,
    motionless,
    nothing_reached,
    ratios_are_one,
)
"""The gravest first."""


SYMPTOMS = {
    "divergence": "diverged",
    "collapse": "collapsed",
    "too_large_updates": "too large updates",
    "fallen_back": "fallen back",
    "fallen_and_annealed": "fallen back, annealed",
    "too_few_samples": "too few samples",
    "unlearnt_critic": "critic does not learn",
    "frequent_large_steps": "large steps",
    "silenced_samples": "ε too small",
    "undecided": "too much entropy",
    "motionless": "hardly moves",
    "nothing_reached": "nothing reached",
    "ratios_are_one": "every ratio is 1",
}
"""{key: what a list calls it}."""


# ---- what they rest on ------------------------------------------------------------------------------


def _latest(history: History, number: int) -> list[UpdateFinished]:
    """Return the last `number` updates, oldest first; none if there have not been so many.

    Of updates on few samples more are returned, as one says less.
    """
    if _samples(history) < FEWEST_SAMPLES:
        number = RECENT_UPDATES
    return list(history.recent)[-number:] if len(history.recent) >= number else []


def _as_at_the_best(history: History, advice: Advice) -> Advice:
    """Return the value in force when the run was at its best, where that was changed since, else `advice`."""
    best = history.best
    if best is None:
        return advice
    changes = (mark.change_of(advice.field) for mark in history.marks if mark.last_update >= best.update)
    then = next((old for old, _ in filter(None, changes)), getattr(_values(history), advice.field))
    return advice if then == getattr(_values(history), advice.field) else Advice(advice.field, then)


def _settings(history: History) -> RunSettings:
    assert history.settings is not None
    return history.settings


def _values(history: History) -> Hyperparameters:
    assert history.hyperparameters is not None
    return history.hyperparameters


def _is_ppo(history: History) -> bool:
    return _settings(history).algorithm is Algorithm.PPO


def _epsilon(history: History) -> float | None:
    """Return the ε that clips, None if nothing does."""
    return _values(history).clip_range if _is_ppo(history) else None


def _can_brake(history: History) -> bool:
    target = _values(history).target_kl
    return _is_ppo(history) and (target is None or target > BRAKE_KL)


def _samples(history: History) -> int:
    return _values(history).samples_per_rollout


def _return_of_now(history: History) -> float | None:
    """Return the mean return of the latest episodes, of the last 100 where fewer are known, else None."""
    if len(history.recent_returns) == RECENT_EPISODES:
        return fmean(history.recent_returns)
    return history.recent[-1].mean_return_100 if history.recent else None


def _lately(history: History) -> str:
    """Return what `_return_of_now` is called."""
    has_latest = len(history.recent_returns) == RECENT_EPISODES
    return f"mean of the last {RECENT_EPISODES if has_latest else RETURN_WINDOW} episodes"


def _gain(history: History, peak: Peak | None) -> float:
    """Return how far `peak` is above the first mean return; 0 where that may be noise."""
    if peak is None or history.first_mean_return is None:
        return 0.0
    gain = peak.mean_return - history.first_mean_return
    return gain if gain >= NOTABLE_GAIN * _return_scale(history, peak) else 0.0


def _has_fallen(history: History, peak: Peak | None, now: float) -> bool:
    """Whether much of what had been gained at `peak` is lost again."""
    gain = _gain(history, peak)
    return peak is not None and gain > 0 and peak.mean_return - now >= FALLEN_SHARE * gain


def _return_scale(history: History, peak: Peak) -> float:
    """Return the width of the range of returns, or what is known of it from the run."""
    known = KNOWN_ENVIRONMENTS.get(_settings(history).environment_id)
    if known is not None:
        low, high = known.return_range
        return high - low
    assert history.first_mean_return is not None
    threshold = solved_return(_settings(history).environment_id) or 0.0
    return max(abs(peak.mean_return), abs(history.first_mean_return), abs(threshold))


def _is_solved(history: History, mean_return: float) -> bool:
    threshold = solved_return(_settings(history).environment_id)
    return threshold is not None and mean_return >= threshold


def _return(mean_return: float) -> str:
    return grouped(mean_return, decimals=1 if abs(mean_return) >= 1 else 2).replace("-", "−")
