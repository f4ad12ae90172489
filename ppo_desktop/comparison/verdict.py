"""What a newcomer should take away from a comparison, claiming no more than the paired differences show.

While runs still learn there is no verdict: what is seen so far is said by `so_far`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import COLLAPSED, FINAL_RETURN
from ppo_desktop.comparison.statistics import Centre, Difference
from ppo_desktop.comparison.summary import Estimate, difference
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import counted, grouped, listed


def verdict(digest: Digest) -> tuple[str, ...]:
    """Return the verdict in sentences: which is best and how sure, which collapsed, diverged or failed.

    Examples: "Best: ε = 0.20, but 3 seeds do not prove it better than 0.10."; "ε = 0.80: 2 of 3 seeds
    collapsed.". While runs learn, only what is seen so far.
    """
    ranking = _ranking(digest) if digest.is_final else seen_so_far(digest)
    sentences = (ranking, _collapsed(digest), _diverged(digest), _failed(digest))
    return tuple(sentence for sentence in sentences if sentence)


# ---- which is best ---------------------------------------------------------------------------------


def _ranking(digest: Digest) -> str:
    """Return which variant is best, or which are the ends where neither end is better."""
    known = {
        variant: estimate for variant, estimate in enumerate(digest.asked) if math.isfinite(estimate.centre)
    }
    has_own_sentence = digest.question.measure.name == COLLAPSED.name
    if len(known) < 2 or not digest.steps or has_own_sentence:
        return ""
    if not any(estimate.n_solved for estimate in known.values()):
        return f"No seed has solved it within {grouped(digest.steps)} steps."
    sign = -1.0 if digest.question.measure.quantity.higher_is_better is False else 1.0
    best = max(known, key=lambda variant: sign * known[variant].centre)
    gaps = {variant: difference(known[variant], known[best]) for variant in known if variant != best}
    equals = [variant for variant in gaps if _are_alike(known[variant], known[best])]
    if len(equals) == len(gaps):
        return _all_alike(digest, known, gaps)
    if digest.question.measure.quantity.higher_is_better is None:
        return _ends(digest, known, best, gaps)
    return _best(digest, [best, *equals], gaps, sign)


def _are_alike(estimate: Estimate, best: Estimate) -> bool:
    """Whether neither came out better: their centres are equal but for rounding."""
    return math.isclose(estimate.centre, best.centre, rel_tol=1e-9)


def _all_alike(digest: Digest, known: Mapping[int, Estimate], gaps: Mapping[int, Difference]) -> str:
    """Return that all results are the same, or only what stands for several seeds."""
    all_of_them = _all_of(digest, known)
    if all(gap.is_none_at_all for gap in gaps.values()):
        with_one = " with one seed" if max(gap.n for gap in gaps.values()) == 1 else ""
        return f"{all_of_them} had the same result{with_one}."
    if any(gap.is_censored for gap in gaps.values()):
        return f"{all_of_them} came out equal, as far as they were solved."
    return f"{all_of_them} came out with the same {digest.question.centre.label}, though not seed by seed."


def _best(digest: Digest, best: Sequence[int], gaps: Mapping[int, Difference], sign: float) -> str:
    """Return which variant is best.

    Args:
        digest: What is known.
        best: The variants that came out best, others of the same result after the first.
        gaps: {each variant but the first: its difference to that one}.
        sign: 1 where more is better, −1 where less is.
    """
    if any(gap.is_certain and (sign * gap.direction > 0 or number in best) for number, gap in gaps.items()):
        of_means = "" if digest.question.centre is Centre.MEAN else ", which are of means,"
        centre = digest.question.centre.label
        return f"The {centre} and the differences by seed{of_means} name different winners."
    rivals = {variant: gap for variant, gap in gaps.items() if variant not in best and not gap.is_certain}
    is_same = all(gaps[variant].is_none_at_all for variant in best[1:])
    return _award(digest, sorted(best), rivals, len(gaps) + 1, is_same=is_same)


def _award(
    digest: Digest, winners: Sequence[int], rivals: Mapping[int, Difference], n_known: int, *, is_same: bool
) -> str:
    """Return which variant is best, and how sure that is.

    Args:
        digest: What is known.
        winners: The variants that came out best; several came out equal.
        rivals: {variant that cannot be told from them: its difference to them}.
        n_known: How many variants have a result.
        is_same: Whether several winners had the same result with every seed.
    """
    judged, winner = _judged(digest), _names(digest, winners)
    if len(winners) > 1:
        winner += " (equal with every seed)" if is_same else f" (the same {digest.question.centre.label})"
    if not rivals:
        return f"Best{judged}: {winner}; {_losers(digest, n_known - len(winners))} with 95 % confidence."
    seeds, them = _seeds(rivals.values()), "them" if len(winners) > 1 else "it"
    if max(gap.n for gap in rivals.values()) < 2:
        return f"{winner} came out best{judged}, but {seeds} proves nothing."
    if len(winners) + len(rivals) < n_known:
        names = _names(digest, tuple(rivals), short=True)
        return f"Best{judged}: {winner}, but {seeds} do not prove {them} better than {names}."
    if n_known == 2:
        return f"{winner} came out best{judged}, but with {seeds} the two cannot be told apart."
    return f"{winner} came out best{judged}, but {seeds} do not prove {them} better than any other."


def _losers(digest: Digest, n_others: int) -> str:
    """Return that the others are worse; differences are of means, whatever is shown."""
    on_what = "" if digest.question.centre is Centre.MEAN else " on the mean"
    return f"the other is worse{on_what}," if n_others == 1 else f"the others are worse{on_what}, each"


def _ends(digest: Digest, known: Mapping[int, Estimate], highest: int, gaps: Mapping[int, Difference]) -> str:
    """Return the highest and the lowest variant, and whether these two differ."""
    lowest = min(gaps, key=lambda variant: known[variant].centre)
    gap = gaps[lowest]
    variants = digest.comparison.variants
    what = f"{digest.question.measure.header}{_judged(digest)}"
    text = f"{what}: highest {variants[highest].label}, lowest {variants[lowest].short_label}"
    if gap.is_certain and gap.direction < 0:
        return f"{text}; these two can be told apart."
    if gap.n < 2:
        return f"{text}, but {_seeds([gap])} proves nothing."
    return f"{text}, but with {_seeds([gap])} they cannot be told apart."


def _judged(digest: Digest) -> str:
    """Return by what it is judged, as far as that is not plain."""
    centre, measure = digest.question.centre, digest.question.measure
    on_what = "" if centre is Centre.MEAN else f" on the {centre.label}"
    if measure.quantity.higher_is_better is not None and measure is not FINAL_RETURN:
        on_what = f" by {measure.noun}{on_what}"
    return on_what


def _seeds(gaps: Iterable[Difference]) -> str:
    """Return over how many seeds there are pairs: "one seed", "3 seeds", "2 to 3 seeds"."""
    pairs = sorted(gap.n for gap in gaps)
    fewest, most = pairs[0], pairs[-1]
    if most < 2:
        return "one seed" if most else "no seed in common"
    return counted(most, "seed") if fewest == most else f"{fewest} to {counted(most, 'seed')}"


def _all_of(digest: Digest, known: Mapping[int, Estimate]) -> str:
    if len(known) == 2:
        return "Both"
    return "Every value" if digest.comparison.field in DECLARATIONS else "All of them"


def _names(digest: Digest, variants: Sequence[int], *, short: bool = False) -> str:
    """Return some variants in words: "ε = 0.10", "ε = 0.10, 0.20 and 0.40"."""
    labels = [digest.comparison.variants[variant].short_label for variant in variants]
    if not short:
        labels[0] = digest.comparison.variants[variants[0]].label
    return listed(labels)


# ---- before all runs have ended -----------------------------------------------------------------------


def seen_so_far(digest: Digest) -> str:
    """Return which variants stand highest and lowest by now; empty before there is anything.

    Example: "Return, last 20 %, after 12 % of the steps: highest ε = 0.20 (28.3), lowest off (9.1)."
    """
    question, variants = digest.question, digest.comparison.variants
    measure = question.measure
    centres = {
        variant: estimate.centre
        for variant, estimate in enumerate(digest.asked)
        if math.isfinite(estimate.centre)
    }
    if len(centres) < 2 or not digest.steps or measure.name == COLLAPSED.name:
        return ""
    if measure.needs_threshold:
        return _solved_so_far(digest)
    highest, lowest = max(centres, key=centres.__getitem__), min(centres, key=centres.__getitem__)
    what = f"{measure.header}, {digest.progress}"
    values = [
        measure.write(centres[variant], digest.comparison.environment_id) for variant in (highest, lowest)
    ]
    if math.isclose(centres[highest], centres[lowest], rel_tol=1e-9):
        return f"{what}: {values[0]} everywhere."
    return (
        f"{what}: highest {variants[highest].label} ({values[0]}), "
        f"lowest {variants[lowest].short_label} ({values[1]})."
    )


def _solved_so_far(digest: Digest) -> str:
    """Return with how many seeds each variant has been solved by now."""
    results = digest.asked
    if not any(result.n_solved for result in results):
        return f"No seed has solved it {digest.progress}."
    counts = [
        f"{variant.label if number == 0 else variant.short_label} with {result.n_solved} of "
        f"{counted(len(result.samples), 'seed') if number == 0 else len(result.samples)}"
        for number, (variant, result) in enumerate(zip(digest.comparison.variants, results, strict=True))
    ]
    return f"Solved {digest.progress}: {', '.join(counts)}."


# ---- what went wrong -------------------------------------------------------------------------------


def _collapsed(digest: Digest) -> str:
    estimates = digest.estimates.get(COLLAPSED.name, ())
    defined = [
        [sample for sample in estimate.samples.values() if math.isfinite(sample)] for estimate in estimates
    ]
    counts = {
        variant: (sum(sample > 0 for sample in samples), len(samples))
        for variant, samples in enumerate(defined)
    }
    if not any(n for n, _ in counts.values()):
        is_asked = digest.question.measure.name == COLLAPSED.name and any(of for _, of in counts.values())
        return "No seed has collapsed." if is_asked and digest.is_final else ""
    if not digest.is_final:  # a policy that still learns may recover
        return f"Hardly any entropy and a low return at present: {_listed(digest, counts)}."
    return _counts(digest, counts, "collapsed")


def _diverged(digest: Digest) -> str:
    estimates = digest.estimates.get(COLLAPSED.name, ())
    counts = {
        variant: (len(seeds), len(estimate.samples))
        for variant, (seeds, estimate) in enumerate(zip(digest.diverged, estimates, strict=False))
    }
    return _counts(digest, counts, "diverged")


def _failed(digest: Digest) -> str:
    counts = {
        variant: (sum(failed == variant for failed, _ in digest.failed), digest.comparison.n_seeds)
        for variant in range(len(digest.comparison.variants))
    }
    text = _counts(digest, counts, "failed")
    return text and f"{text[:-1]}; failed runs are left out."


def _counts(digest: Digest, counts: Mapping[int, tuple[int, int]], word: str) -> str:
    """Return how many seeds of which variant collapsed, or the like: "ε = 0.40: 1 of 3 seeds collapsed."."""
    some = {variant: (n, of) for variant, (n, of) in counts.items() if n > 0}
    if len(some) > 1:
        return f"{word.capitalize()}: {_listed(digest, some)}."
    variants = digest.comparison.variants
    return "".join(
        f"{variants[variant].label}: {n} of {counted(of, 'seed')} {word}."
        for variant, (n, of) in some.items()
    )


def _listed(digest: Digest, counts: Mapping[int, tuple[int, int]]) -> str:
    """Return the variants that have any such seeds: "ε = 0.40 (1 of 3), 0.80 (3 of 3) and off (3 of 3)"."""
    some = [(digest.comparison.variants[variant], n, of) for variant, (n, of) in counts.items() if n > 0]
    return listed(
        [
            f"{one.short_label if number else one.label} ({n} of {of})"
            for number, (one, n, of) in enumerate(some)
        ]
    )
