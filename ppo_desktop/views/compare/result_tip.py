"""The numbers of one variant, or of one of its seeds, as a tooltip says them. No widgets."""

from __future__ import annotations

import html
import math

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import Measure
from ppo_desktop.comparison.summary import Estimate
from ppo_desktop.ppo.messages import counted, grouped


def variant_tip(digest: Digest, variant: int, measure: Measure) -> str:
    """Return a variant's result, its interval and the number of each seed, as rich text."""
    result = digest.estimates[measure.name][variant]
    lines = [
        f"<b>{_escaped(digest.comparison.variants[variant].label)}</b>: {_escaped(measure.label)}",
        _centre_line(digest, measure, result),
        *_seed_lines(digest, measure, result),
    ]
    return f"<qt>{'<br>'.join(line for line in lines if line)}</qt>"


def seed_tip(digest: Digest, variant: int, seed: int) -> str:
    """Return the number of one seed, and what can be done with its run, as rich text."""
    measure = digest.question.measure
    result = digest.estimates[measure.name][variant]
    number = measure.write(result.samples[seed], digest.comparison.environment_id)
    if seed in result.censored:
        number = f"not solved within {grouped(result.samples[seed])} steps"
    label = _escaped(digest.comparison.variants[variant].label)
    return f"<qt><b>{label}</b>, seed {seed}: {number}<br>Double click: open in Train</qt>"


def _centre_line(digest: Digest, measure: Measure, result: Estimate) -> str:
    if not math.isfinite(result.centre):
        return "no result yet"
    if not result.n_solved:
        return "no seed has solved it"
    environment_id = digest.comparison.environment_id
    is_asked = measure.name == digest.question.measure.name
    word = digest.question.centre.label if is_asked else "mean"
    text = f"{word} {'≥ ' if result.censored else ''}{measure.write(result.centre, environment_id)}"
    if not digest.is_final:
        return f"{text} so far, {digest.progress}"
    if not math.isfinite(result.low):
        return text
    low, high = (measure.write(end, environment_id) for end in (result.low, result.high))
    return f"{text}, 95 % interval {low} to {high} ({counted(len(result.samples), 'seed')})"


def _seed_lines(digest: Digest, measure: Measure, result: Estimate) -> list[str]:
    """Return the number of each seed; of one that is not solved yet, only that."""

    def written(seed: int, sample: float) -> str:
        if seed in result.censored:
            return "not solved"
        return measure.write(sample, digest.comparison.environment_id)

    return [f"seed {seed}: {written(seed, sample)}" for seed, sample in result.samples.items()]


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
