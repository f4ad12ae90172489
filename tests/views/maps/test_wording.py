"""What the Maps page says of a cell's number."""

from __future__ import annotations

from dataclasses import replace

from ppo_desktop.comparison.measures import STEPS_TO_THRESHOLD
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.study.kept_runs import kept_runs
from ppo_desktop.study.map_digest import MapQuestion
from ppo_desktop.views.maps.wording import number_line, offered_results, result_labels, seed_lines
from tests.comparisons import ended_with
from tests.measured_maps import PLAN, map_of, measured

UNTIL_SOLVED = MapQuestion(STEPS_TO_THRESHOLD.name)


def test_a_number_says_of_how_many_seeds_it_is() -> None:
    runs = [ended_with(100.0, FinishReason.COMPLETED), ended_with(300.0, FinishReason.FAILED)]
    trial = replace(measured(2, 1.0, 1.0, diverged=True), kept=kept_runs(runs, PLAN.total_steps))
    assert "1 of 2" in number_line(map_of({}, trial), 2)
    assert "of 2" in number_line(map_of({2: 50.0}), 2)
    assert "1 of 2" not in number_line(map_of({2: 50.0}), 2)


def test_steps_of_seeds_that_are_not_solved_are_not_said_to_be_steps_until_solved() -> None:
    unsolved, solved = measured(1, 10.0, 10.0), measured(2, 490.0, 490.0, solved_at=700)
    digest = map_of({}, unsolved, solved, question=UNTIL_SOLVED)
    assert "2 not solved" in number_line(digest, 1)
    assert all("not solved" in line for line in seed_lines(digest, unsolved))
    assert "not solved" not in number_line(digest, 2)
    assert not any("not solved" in line for line in seed_lines(digest, solved))
    early = map_of({}, solved, question=replace(UNTIL_SOLVED, n_bins=10))
    assert "2 not solved" in number_line(early, 2)


def test_every_result_is_offered_in_few_words_of_its_own_and_meant_in_full() -> None:
    offered = offered_results("CartPole-v1")
    assert len({option.label for option in offered.values()}) == len(offered)
    assert {name: option.meaning for name, option in offered.items()} == result_labels()
    assert max(len(option.label) for option in offered.values()) <= 30
