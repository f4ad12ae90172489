"""While runs learn it is said what is seen and how far they are; nothing is sure, and nothing is best."""

from __future__ import annotations

import datetime
import math
import re

import pytest

from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.export import caption, effect_fields, results_table
from ppo_desktop.comparison.measures import (
    COLLAPSED,
    FINAL_ENTROPY,
    FINAL_RETURN,
    MEASURES,
    STEPS_TO_THRESHOLD,
    Measure,
)
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.comparison.verdict import seen_so_far, verdict
from tests.comparisons import compared, ended_with, episode, finished, record_of, update

DAY = datetime.date(2026, 11, 24)
CLAIMS = re.compile(r"best|better|worse|confidence|95 %|prove|told apart|settle|collapsed\b|±", re.IGNORECASE)
"""Words of somebody who is sure, or who judges."""
FAR_APART = {0: (10.0, 12.0, 11.0), 1: (400.0, 415.0, 420.0), 2: (50.0, 62.0, 55.0)}


def learning(to: int, seed_returns: dict[int, tuple[float, ...]] = FAR_APART) -> dict[RunKey, RunRecord]:
    """Return runs that are so many of their 1 000 steps far, of values that lie far apart."""
    return {
        RunKey(variant, seed): record_of(
            [event for at in range(10, to + 1, 10) for event in (episode(at, value), update(at))]
        )
        for variant, values in seed_returns.items()
        for seed, value in enumerate(values, start=1)
    }


def ended() -> dict[RunKey, RunRecord]:
    return {
        RunKey(variant, seed): ended_with(value)
        for variant, values in FAR_APART.items()
        for seed, value in enumerate(values, start=1)
    }


def digested(records: dict[RunKey, RunRecord], measure: Measure = FINAL_RETURN, n_seeds: int = 3) -> Digest:
    comparison = compared((0.1, 0.2, 0.4), n_seeds=n_seeds)
    return Digester(comparison).digest(records, Question(measure, 0, Centre.MEAN, ()))


def everything_said(digest: Digest) -> str:
    sentences = [
        *verdict(digest),
        *(statement.text for statement in digest.statements),
        *results_table(digest, 80),
    ]
    return "\n".join([*sentences, str(effect_fields(digest)["sentences"]), caption(digest, "compiled", DAY)])


@pytest.mark.parametrize("to", [20, 120, 500, 990])
@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES.keys())
def test_nothing_is_sure_while_runs_learn(to: int, measure: Measure) -> None:
    digest = digested(learning(to), measure)
    assert not digest.is_final
    said = everything_said(digest)
    assert not CLAIMS.search(said.replace("Collapsed", "")), said
    assert not any(statement.is_settled for statement in digest.statements)
    for results in digest.estimates.values():
        assert all(math.isnan(end) for result in results for end in (result.low, result.high))


def test_what_is_seen_is_told_with_its_share_of_the_budget() -> None:
    digest = digested(learning(120))
    assert digest.progress == "after 12 % of the steps"
    (seen,) = verdict(digest)
    assert seen == seen_so_far(digest)
    assert all(part in seen for part in ("after 12 % of the steps", "ε = 0.20 (411.7)", "0.10 (11.0)"))
    _, third = digest.statements
    assert third.variant == 2
    assert all(part in third.text for part in ("so far", "55.7", "44.7 above 0.10"))


def test_it_is_final_when_the_last_run_has_ended_and_not_before() -> None:
    records = ended()
    last = records.pop(RunKey(2, 3))
    before = digested(records)
    assert before.steps == 1000
    assert (before.is_final, before.progress) == (False, "with 8 of 9 runs done")
    assert not CLAIMS.search(everything_said(before).replace("Collapsed", ""))
    after = digested({**records, RunKey(2, 3): last})
    assert after.is_final
    assert verdict(after)[0].startswith("Best: ε = 0.20")
    assert "so far" not in everything_said(after)
    assert "provisional" not in everything_said(after)


def test_seeds_that_are_added_make_it_provisional_again() -> None:
    assert digested(ended()).is_final
    assert digested(ended(), n_seeds=5).progress == "with 9 of 15 runs done"


def test_a_policy_that_has_collapsed_by_now_may_recover() -> None:
    records = learning(500)
    records[RunKey(1, 2)].has_collapsed = True
    for measure in (FINAL_RETURN, COLLAPSED):
        said = verdict(digested(records, measure))[-1]
        assert said.endswith("at present: ε = 0.20 (1 of 3).")
        assert not CLAIMS.search(said)
    records[RunKey(1, 2)].has_collapsed = False
    assert verdict(digested(records, COLLAPSED)) == ()


def test_how_many_seeds_have_solved_it_by_now_is_counted() -> None:
    records = learning(500)
    early = [episode(n, 480, 480) for n in range(1, 101)]
    records[RunKey(1, 2)] = record_of([*early, update(500)])
    (seen,) = verdict(digested(records, STEPS_TO_THRESHOLD))
    assert "ε = 0.10 with 0 of 3 seeds, 0.20 with 1 of 3, 0.40 with 0 of 3" in seen
    (none,) = verdict(digested(learning(500), STEPS_TO_THRESHOLD))
    assert "No seed has solved it after 50 % of the steps" in none


def test_equal_results_have_neither_end() -> None:
    (seen,) = verdict(digested(learning(300, {0: (9.0,), 1: (9.0,), 2: (9.0,)}), n_seeds=1))
    assert "highest" not in seen
    assert "9.0 everywhere" in seen


def test_before_there_is_a_result_nothing_is_said() -> None:
    records = {RunKey(variant, 1): record_of([]) for variant in range(3)}
    for measure in (FINAL_RETURN, STEPS_TO_THRESHOLD, FINAL_ENTROPY):
        assert verdict(digested(records, measure, n_seeds=1)) == ()


def test_a_figure_of_runs_that_go_on_is_called_provisional() -> None:
    assert "provisional, after 120 of 1 000 steps each" in caption(digested(learning(120)), "compiled", DAY)
    some = {RunKey(variant, 1): record_of([episode(900, 5), finished()]) for variant in range(3)}
    assert "provisional, with 3 of 9 runs done" in caption(digested(some), "compiled", DAY)
