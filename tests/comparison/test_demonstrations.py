"""The ready-made comparisons: each can be trained, and the strongest still show what they claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS, Demonstration, demonstration_of
from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.measures import FINAL_RETURN, measures_for
from ppo_desktop.comparison.plan import ALGORITHM, SETTINGS, Comparison, RunKey
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.comparison.statistics import Difference
from ppo_desktop.comparison.store import load, new_file
from ppo_desktop.comparison.summary import RunRecords, difference, estimate
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.events import UpdateFinished
from ppo_desktop.ppo.trainer import LONGEST_STRIDE, Trainer
from tests.comparisons import ended_with

LONGEST_NOTE = 100
"""Characters that a menu has room for."""

EACH = pytest.mark.parametrize("demonstration", DEMONSTRATIONS, ids=lambda each: each.id)
SIZES_OF_A_ROLLOUT = ("rollout_length", "n_envs")


def with_id(demonstration_id: str) -> Demonstration:
    return next(each for each in DEMONSTRATIONS if each.id == demonstration_id)


def shortened(
    demonstration: Demonstration, variants: Sequence[int], n_seeds: int, total_steps: int
) -> Comparison:
    """Return some of its variants, with fewer seeds and steps."""
    comparison = demonstration.comparison
    chosen = [comparison.variants[number] for number in variants]
    budgeted = tuple(
        replace(variant, hyperparameters=variant.hyperparameters.with_budget(total_steps))
        for variant in chosen
    )
    return replace(comparison, variants=budgeted, n_seeds=n_seeds, total_steps=total_steps)


def trained(comparison: Comparison) -> RunRecords:
    with Experiment(comparison) as experiment:
        for _ in experiment.events():
            pass
    return experiment.records


def first_update(comparison: Comparison, variant: int) -> UpdateFinished:
    settings = comparison.settings(RunKey(variant, seed=1))
    trainer = Trainer(settings, make_engine(settings))
    trainer.stride = LONGEST_STRIDE
    events = trainer.events()
    try:
        return next(event for event in events if isinstance(event, UpdateFinished))
    finally:
        events.close()


def gap_of_returns(comparison: Comparison) -> Difference:
    """Train two variants and return the final return of the second beside that of the first."""
    records = trained(comparison)
    first, second = (estimate(comparison, records, variant, FINAL_RETURN, N_BINS) for variant in (0, 1))
    return difference(second, first)


def minibatch_sizes(comparison: Comparison) -> Iterator[float]:
    for variant in comparison.variants:
        values = variant.hyperparameters
        yield values.samples_per_rollout / values.n_minibatches


def changed(comparison: Comparison) -> Iterator[str]:
    """Yield the hyperparameters in which variants differ."""
    first = comparison.variants[0].hyperparameters
    for variant in comparison.variants:
        yield from (
            name for name, value in vars(variant.hyperparameters).items() if value != getattr(first, name)
        )


@EACH
def test_every_variant_learns_from_its_first_rollout(demonstration: Demonstration) -> None:
    comparison = demonstration.comparison
    for number, variant in enumerate(comparison.variants):
        assert first_update(comparison, number).steps == variant.hyperparameters.samples_per_rollout


@EACH
def test_every_variant_learns_for_the_same_steps_and_does_not_stop_when_solved(
    demonstration: Demonstration,
) -> None:
    comparison = demonstration.comparison
    for variant in comparison.variants:
        assert variant.hyperparameters.total_steps == comparison.total_steps
        assert not variant.hyperparameters.stop_when_solved


def test_ids_and_names_are_unique() -> None:
    assert len({each.id for each in DEMONSTRATIONS}) == len(DEMONSTRATIONS)
    assert len({each.name for each in DEMONSTRATIONS}) == len(DEMONSTRATIONS)


@EACH
def test_several_seeds_are_shown_always(demonstration: Demonstration) -> None:
    assert demonstration.comparison.n_seeds >= 3


@EACH
def test_its_note_is_one_short_line(demonstration: Demonstration) -> None:
    assert demonstration.note.isprintable()
    assert 0 < len(demonstration.note) <= LONGEST_NOTE


@EACH
def test_its_result_and_its_reference_are_there(demonstration: Demonstration) -> None:
    comparison = demonstration.comparison
    assert demonstration.measure in {each.name for each in measures_for(comparison.environment_id)}
    assert demonstration.reference in range(len(comparison.variants))


@EACH
def test_it_can_be_kept_and_opened_again(demonstration: Demonstration, tmp_path: Path) -> None:
    file = new_file(tmp_path, demonstration.comparison)
    file.add(RunKey(0, 1), ended_with(100.0))
    assert load(file.path).comparison == demonstration.comparison


def test_folklore_is_called_so_and_comes_last() -> None:
    assert [each.name.startswith("Folklore: ") for each in DEMONSTRATIONS] == [
        each.is_folklore for each in DEMONSTRATIONS
    ]
    assert [each.is_folklore for each in DEMONSTRATIONS] == sorted(
        each.is_folklore for each in DEMONSTRATIONS
    )


def test_a_comparison_goes_by_the_name_of_its_demonstration() -> None:
    assert [each.comparison.title for each in DEMONSTRATIONS] == [each.name for each in DEMONSTRATIONS]


@pytest.mark.parametrize(
    ("demonstration_id", "sizes"),
    [
        ("rollout_length", [4, 10, 64, 64]),
        ("agents", [128, 128, 128, 128]),
        ("short_rollouts", [32, 128, 256, 256]),
    ],
)
def test_a_gradient_step_keeps_its_samples_where_the_rollout_has_enough(
    demonstration_id: str, sizes: list[float]
) -> None:
    assert list(minibatch_sizes(with_id(demonstration_id).comparison)) == sizes


def test_what_varies_is_the_only_difference_but_for_the_minibatches_of_a_larger_rollout() -> None:
    for demonstration in DEMONSTRATIONS:
        comparison = demonstration.comparison
        if comparison.field not in (ALGORITHM, SETTINGS):
            more = {"n_minibatches"} if comparison.field in SIZES_OF_A_ROLLOUT else set()
            assert set(changed(comparison)) <= {comparison.field, *more}, demonstration.id


def test_with_a_ratio_of_one_a2c_and_ppo_with_any_clip_range_end_with_the_same_parameters() -> None:
    comparison = shortened(with_id("ratio_one"), range(4), n_seeds=2, total_steps=4_000)
    records = trained(comparison)
    for seed in comparison.seeds:
        ends = [records[RunKey(variant, seed)].end for variant in range(4)]
        assert len({end.parameters_sha256 for end in ends if end is not None}) == 1
    fingerprints = {record.end.parameters_sha256 for record in records.values() if record.end is not None}
    assert len(fingerprints) == comparison.n_seeds


@pytest.mark.slow
def test_reusing_data_without_the_clip_is_worse_with_every_seed() -> None:
    demonstration = with_id("clip_or_none")
    gap = gap_of_returns(shortened(demonstration, (0, 1), n_seeds=3, total_steps=60_000))
    assert gap.n_below == gap.n == 3
    assert gap.mean < -100


@pytest.mark.slow
def test_a_large_entropy_bonus_keeps_the_return_low_with_every_seed() -> None:
    demonstration = with_id("entropy_bonus")
    gap = gap_of_returns(shortened(demonstration, (0, 3), n_seeds=3, total_steps=50_000))
    assert gap.n_below == gap.n == 3
    assert gap.mean < -200


@pytest.mark.slow
def test_far_sighted_pendulum_learns_later_with_every_seed() -> None:
    demonstration = with_id("discount")
    gap = gap_of_returns(shortened(demonstration, (0, 2), n_seeds=2, total_steps=60_000))
    assert gap.n_below == gap.n == 2
    assert gap.mean < -300


@EACH
def test_a_ready_made_comparison_is_known_whatever_it_is_called_and_however_many_seeds(
    demonstration: Demonstration,
) -> None:
    plan = demonstration.comparison
    assert demonstration_of(plan.titled("mine").with_seeds(plan.n_seeds + 1)) is demonstration
    assert demonstration_of(replace(plan, environment_id="Acrobot-v1")) is None
