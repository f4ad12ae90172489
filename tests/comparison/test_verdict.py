"""The verdict can be understood by a newcomer, and claims no more than the seeds show."""

from __future__ import annotations

import pytest

from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_ENTROPY,
    FINAL_RETURN,
    STEPS_TO_THRESHOLD,
    Measure,
)
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.verdict import verdict
from ppo_desktop.ppo.events import FinishReason
from tests.comparisons import BUDGET, compared, ended_with, episode, finished, record_of, update

VALUES = (0.1, 0.2, 0.4, 0.8)


def digested(
    records: dict[RunKey, RunRecord],
    n_seeds: int,
    measure: Measure = FINAL_RETURN,
    centre: Centre = Centre.MEAN,
    field: str = "clip_range",
) -> Digest:
    n_variants = 1 + max(key.variant for key in records)
    values = ("a2c", "ppo") if field == "algorithm" else VALUES[:n_variants]
    comparison = compared(values, n_seeds=n_seeds, field=field)
    return Digester(comparison).digest(records, Question(measure, 0, centre, ()))


def results(*returns: tuple[float, ...]) -> dict[RunKey, RunRecord]:
    return {
        RunKey(variant, seed): ended_with(value)
        for variant, values in enumerate(returns)
        for seed, value in enumerate(values, start=1)
    }


def said(*returns: tuple[float, ...], **changes: object) -> str:
    digest = digested(results(*returns), len(returns[0]), **changes)  # type: ignore[arg-type]
    return " ".join(verdict(digest))


# ---- which is best


def test_a_winner_of_which_every_pair_is_sure_is_called_best() -> None:
    assert said((100, 110, 120), (400, 415, 420), (50, 62, 70)) == (
        "Best: ε = 0.20; the others are worse, each with 95 % confidence."
    )
    assert said((100, 110, 120), (400, 415, 420)) == (
        "Best: ε = 0.20; the other is worse, with 95 % confidence."
    )


def test_values_that_cannot_be_told_from_the_best_are_named() -> None:
    assert said((480, 500, 450), (490, 470, 480), (50, 62, 40)) == (
        "Best: ε = 0.20, but 3 seeds do not prove it better than 0.10."
    )
    assert said((480, 500, 450), (490, 470, 480), (400, 490, 495), (50, 62, 40)) == (
        "Best: ε = 0.20, but 3 seeds do not prove it better than 0.10 and 0.40."
    )


def test_where_nothing_can_be_told_apart_nothing_is_called_best() -> None:
    assert said((100, 300), (200, 180)) == (
        "ε = 0.10 came out best, but with 2 seeds the two cannot be told apart."
    )
    assert said((100, 300), (200, 180), (10, 240)) == (
        "ε = 0.10 came out best, but 2 seeds do not prove it better than any other."
    )


def test_one_seed_proves_nothing_however_far_apart() -> None:
    assert said((10,), (500,)) == "ε = 0.20 came out best, but one seed proves nothing."


def test_two_or_three_seeds_that_agree_by_the_very_same_amount_prove_nothing() -> None:
    assert said((100, 200), (150, 250)) == (
        "ε = 0.20 came out best, but with 2 seeds the two cannot be told apart."
    )


def test_twenty_seeds_tell_what_three_cannot() -> None:
    noise = tuple(float(17 * seed % 23) for seed in range(20))
    better = tuple(200 + 3 * number for number in noise)
    worse = tuple(190 + 2 * number for number in noise)
    assert "cannot be told" in said(better[:3], worse[:3])
    assert said(better, worse).startswith("Best: ε = 0.10; the other is worse")


def test_values_that_did_the_same_share_the_first_place() -> None:
    assert said((500, 500, 500), (500, 500, 500), (100, 90, 95)) == (
        "Best: ε = 0.10 and 0.20 (equal with every seed); the other is worse, with 95 % confidence."
    )
    assert said((500, 500, 500), (500, 500, 500), (499, 480, 520), (1, 2, 4)) == (
        "Best: ε = 0.10 and 0.20 (equal with every seed), but 3 seeds do not prove them better than 0.40."
    )


def test_no_effect_at_all_is_said_as_plainly() -> None:
    assert said((7, 8), (7, 8), (7, 8)) == "Every value had the same result."
    assert said((7, 8), (7, 8)) == "Both had the same result."
    assert said((7,), (7,)) == "Both had the same result with one seed."


def test_before_there_is_a_result_nothing_is_said() -> None:
    records = {RunKey(variant, 1): record_of([]) for variant in (0, 1)}
    for measure in (FINAL_RETURN, STEPS_TO_THRESHOLD, FINAL_ENTROPY):
        assert verdict(digested(records, 1, measure)) == ()


def test_a_single_value_has_nobody_to_be_better_than() -> None:
    assert said((500, 400, 300)) == ""


def test_the_middle_half_and_the_pairs_may_disagree_which_is_said() -> None:
    # Of twenty seeds five are far better and fifteen a little worse.
    second = (10.0,) * 20
    first = (9.9,) * 15 + (40.0,) * 5
    assert said(first, second).startswith("Best: ε = 0.10;")
    assert said(first, second, centre=Centre.INTERQUARTILE_MEAN) == (
        "The interquartile mean and the differences by seed, which are of means, name different winners."
    )


def test_what_is_judged_by_the_middle_half_is_said_to_be() -> None:
    centre = Centre.INTERQUARTILE_MEAN
    assert said((100, 110, 120), (400, 415, 420), centre=centre) == (
        "Best on the interquartile mean: ε = 0.20; the other is worse on the mean, with 95 % confidence."
    )
    assert said((100, 300), (200, 180), centre=centre).startswith(
        "ε = 0.10 came out best on the interquartile mean, but with 2 seeds"
    )


def test_middle_halves_that_are_equal_have_no_winner_whatever_the_means_are() -> None:
    first, second = (500,) * 7 + (9,), (500,) * 8
    centre = Centre.INTERQUARTILE_MEAN
    assert said(first, second, centre=centre) == (
        "Both came out with the same interquartile mean, though not seed by seed."
    )
    assert said(first, second, (9, 12, 20, 8, 11, 25, 6, 4), centre=centre) == (
        "Best on the interquartile mean: ε = 0.10 and 0.20 (the same interquartile mean); "
        "the other is worse on the mean, with 95 % confidence."
    )


# ---- where neither end is better


def entropies(*values: tuple[float, ...]) -> dict[RunKey, RunRecord]:
    return {
        RunKey(variant, seed): record_of([update(990, policy_entropy=value), finished()])
        for variant, of_seeds in enumerate(values)
        for seed, value in enumerate(of_seeds, start=1)
    }


def test_where_neither_end_is_better_only_the_ends_are_named() -> None:
    sure = digested(entropies((0.1, 0.12, 0.11), (0.3, 0.31, 0.33), (0.2, 0.2, 0.2)), 3, FINAL_ENTROPY)
    assert verdict(sure) == ("Entropy, bits: highest ε = 0.20, lowest 0.10; these two can be told apart.",)
    unsure = digested(entropies((0.1, 0.5), (0.3, 0.1)), 2, FINAL_ENTROPY)
    assert verdict(unsure) == (
        "Entropy, bits: highest ε = 0.10, lowest 0.20, but with 2 seeds they cannot be told apart.",
    )
    single = digested(entropies((0.1,), (0.3,)), 1, FINAL_ENTROPY)
    assert verdict(single) == ("Entropy, bits: highest ε = 0.20, lowest 0.10, but one seed proves nothing.",)


def test_equal_means_of_unequal_seeds_are_not_called_the_same() -> None:
    digest = digested(entropies((0.25, 0.5), (0.5, 0.25)), 2, FINAL_ENTROPY)
    assert verdict(digest)[0] == "Both came out with the same mean, though not seed by seed."
    assert said((1, 2), (2, 1), (1.5, 1.5)) == (
        "Every value came out with the same mean, though not seed by seed."
    )


# ---- steps until solved


def solved_at(steps: int | None) -> RunRecord:
    if steps is None:
        return ended_with(100)
    early = [episode(n, 480, 480) for n in range(1, 100)]
    return record_of([*early, episode(steps, 480, 480), finished()])


def test_fewer_steps_are_better() -> None:
    records = {
        RunKey(0, 1): solved_at(200),
        RunKey(0, 2): solved_at(215),
        RunKey(0, 3): solved_at(220),
        RunKey(1, 1): solved_at(700),
        RunKey(1, 2): solved_at(708),
        RunKey(1, 3): solved_at(725),
    }
    assert verdict(digested(records, 3, STEPS_TO_THRESHOLD)) == (
        "Best by steps until solved: ε = 0.10; the other is worse, with 95 % confidence.",
    )


def test_seeds_that_have_not_solved_it_did_not_do_the_same() -> None:
    records = {RunKey(variant, seed): solved_at(None) for variant in (0, 1) for seed in (1, 2)}
    digest = digested(records, 2, STEPS_TO_THRESHOLD)
    assert verdict(digest) == (f"No seed has solved it within {BUDGET // 1000} 000 steps.",)
    (statement,) = digest.statements
    assert not statement.is_settled
    assert "same" not in statement.text


def steps_compared(*values: tuple[int | None, ...]) -> Digest:
    records = {
        RunKey(variant, seed): solved_at(steps)
        for variant, of_seeds in enumerate(values)
        for seed, steps in enumerate(of_seeds, start=1)
    }
    return digested(records, len(values[0]), STEPS_TO_THRESHOLD)


def test_three_of_five_seeds_do_not_settle_what_the_others_have_not_told() -> None:
    digest = steps_compared((200, 215, 220, None, None), (None,) * 5)
    assert verdict(digest) == (
        "ε = 0.10 came out best by steps until solved, but with 5 seeds the two cannot be told apart.",
    )
    (statement,) = digest.statements
    assert not statement.is_settled
    assert statement.text == (
        "ε = 0.20 was worse than 0.10 with 3 of 5 seeds, on average by at least 788, "
        "but so few cannot settle it"
    )


def test_six_seeds_settle_it_though_nobody_knows_by_how_much() -> None:
    digest = steps_compared((200, 215, 220, 300, 310, 240, None), (None,) * 7)
    assert verdict(digest) == (
        "Best by steps until solved: ε = 0.10; the other is worse, with 95 % confidence.",
    )
    (statement,) = digest.statements
    assert statement.is_settled
    assert statement.text.startswith("ε = 0.20 is worse than 0.10 with 6 of 7 seeds, on average by at least")


def test_steps_and_votes_may_disagree_who_is_best() -> None:
    digest = steps_compared((500,) * 10, (480,) * 9 + (None,))
    assert verdict(digest) == ("The mean and the differences by seed name different winners.",)


def test_who_was_solved_as_late_and_as_seldom_came_out_equal() -> None:
    assert verdict(steps_compared((400, None), (400, None))) == (
        "Both came out equal, as far as they were solved.",
    )


# ---- what went wrong


def collapsed() -> RunRecord:
    record = ended_with(9)
    record.has_collapsed = True
    return record


def test_collapsed_seeds_are_counted_whatever_is_asked() -> None:
    records = results((480, 470, 500), (490, 480, 300))
    records[RunKey(1, 2)] = collapsed()
    for measure in (FINAL_RETURN, COLLAPSED):
        assert verdict(digested(records, 3, measure))[-1] == "ε = 0.20: 1 of 3 seeds collapsed."


def test_several_that_collapsed_are_told_in_one_sentence() -> None:
    records = results((480, 470), (490, 480), (1, 2))
    records[RunKey(1, 2)] = records[RunKey(2, 1)] = records[RunKey(2, 2)] = collapsed()
    assert verdict(digested(records, 2, COLLAPSED)) == ("Collapsed: ε = 0.20 (1 of 2) and 0.40 (2 of 2).",)


def test_that_none_has_collapsed_is_said_to_who_asks() -> None:
    records = results((480, 470), (490, 480))
    assert verdict(digested(records, 2, COLLAPSED)) == ("No seed has collapsed.",)


def test_where_a_collapse_is_not_defined_nothing_is_said_of_it() -> None:
    records = results((480, 470), (490, 480))
    for record in records.values():
        record.has_collapsed = None
    assert verdict(digested(records, 2, COLLAPSED)) == ()


def test_what_diverged_or_failed_is_said() -> None:
    records = results((480, 470), (490, 480))
    records[RunKey(1, 1)] = ended_with(490, FinishReason.DIVERGED)
    assert verdict(digested(records, 2))[-1] == "ε = 0.20: 1 of 2 seeds diverged."
    records[RunKey(1, 1)] = ended_with(490, FinishReason.FAILED)
    assert verdict(digested(records, 2))[-1] == ("ε = 0.20: 1 of 2 seeds failed; failed runs are left out.")


# ---- what is said of each


@pytest.mark.parametrize(
    ("value", "is_settled"), [((100, 110, 120), True), ((480, 500, 450), False), ((490, 470, 480), True)]
)
def test_a_sentence_is_settled_where_it_claims_a_difference_or_none_at_all(
    value: tuple[float, ...], is_settled: bool
) -> None:
    (statement,) = digested(results((490, 470, 480), value), 3).statements
    assert statement.variant == 1
    assert statement.is_settled is is_settled


def test_the_reference_has_no_sentence() -> None:
    digest = digested(results((1, 2), (3, 4), (5, 6)), 2)
    assert [statement.variant for statement in digest.statements] == [1, 2]


def test_algorithms_have_their_names() -> None:
    assert said((100, 300), (200, 180), field="algorithm") == (
        "A2C came out best, but with 2 seeds the two cannot be told apart."
    )
