"""A comparison being set up: each choice changes what it says and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ppo_desktop.comparison.draft import DEFAULT_STEPS, Draft, draft_of, first_draft, preset_configurations
from ppo_desktop.comparison.plan import (
    ALGORITHM,
    PRESET,
    SETTINGS,
    Comparison,
    Configuration,
    InvalidComparison,
    opposed,
    varied,
)
from ppo_desktop.comparison.values import varying_fields
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.presets import presets_for
from tests.comparisons import SMALL

OTHER = SMALL.changed({"gamma": 0.9})


def values_of(draft: Draft) -> list[object]:
    return [variant.value for variant in draft.comparison().variants]


@pytest.mark.parametrize("environment_id", [*KNOWN_ENVIRONMENTS, "Somewhere-v0"])
def test_whatever_may_vary_the_first_draft_makes_a_comparison(environment_id: str) -> None:
    for field in varying_fields(environment_id):
        comparison = first_draft(environment_id, field).comparison()
        assert comparison.field == field
        assert comparison.environment_id == environment_id
        assert len(comparison.variants) > 1


@pytest.mark.parametrize("environment_id", [*KNOWN_ENVIRONMENTS, "Somewhere-v0"])
@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_field_can_be_chosen_after_every_other(environment_id: str, algorithm: Algorithm) -> None:
    draft = first_draft(environment_id, "clip_range", algorithm)
    for field in varying_fields(environment_id):
        draft = draft.varying(field)
        assert draft.comparison().field == field
        assert draft.varying(SETTINGS).varying(field).comparison() == draft.comparison()


def test_the_first_draft_is_of_the_default_preset() -> None:
    preset = presets_for("CartPole-v1")[0]
    comparison = first_draft("CartPole-v1", "gamma").comparison()
    assert comparison.n_seeds == 3
    assert comparison.total_steps == preset.hyperparameters.total_steps or DEFAULT_STEPS
    for variant in comparison.variants:
        expected = preset.hyperparameters.changed(
            {"gamma": variant.value, "total_steps": comparison.total_steps, "stop_when_solved": False}
        )
        assert variant.hyperparameters == expected


def test_a_field_that_cannot_vary_there_gives_way() -> None:
    draft = first_draft("Pendulum-v1", PRESET)  # it has but one preset
    assert draft.field in varying_fields("Pendulum-v1")
    assert draft.comparison().field == draft.field


def test_another_environment_is_asked_the_same_with_its_own_presets() -> None:
    draft = replace(first_draft("CartPole-v1", "gamma", Algorithm.A2C), n_seeds=7)
    other = draft.in_environment("Pendulum-v1")
    assert (other.environment_id, other.field, other.n_seeds) == ("Pendulum-v1", "gamma", 7)
    assert other.base.algorithm is Algorithm.A2C
    assert other.base.hyperparameters == presets_for("Pendulum-v1")[0].hyperparameters


def test_a_line_of_values_is_compared() -> None:
    draft = first_draft("CartPole-v1", "clip_range").with_values("0.1 0.3 off")
    assert values_of(draft) == [0.1, 0.3, None]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", InvalidComparison),
        ("0.1, 0.1", InvalidComparison),
        ("1e9", InvalidHyperparameter),
        ("abc", InvalidHyperparameter),
        (" ".join(f"0.{number}" for number in range(11, 21)), InvalidComparison),
    ],
)
def test_an_impossible_line_stays_as_it_was_written_and_says_why(line: str, error: type[Exception]) -> None:
    draft = first_draft("CartPole-v1", "clip_range").with_values(line)
    assert draft.values == line
    with pytest.raises(error, match=r"^[^\n]+$"):
        draft.comparison()


@pytest.mark.parametrize(("n_seeds", "total_steps"), [(0, 5_000), (10_000, 5_000), (2, 1), (2, 10**9)])
def test_an_impossible_number_of_seeds_or_steps_says_why(n_seeds: int, total_steps: int) -> None:
    drafts = [first_draft("CartPole-v1", field) for field in ("gamma", SETTINGS)]
    for draft in (*drafts, draft_of(free())):
        with pytest.raises(InvalidComparison):
            replace(draft, n_seeds=n_seeds, total_steps=total_steps).comparison()


def test_all_that_does_not_vary_can_come_from_elsewhere() -> None:
    draft = first_draft("CartPole-v1", "clip_range").with_base(Configuration("small", Algorithm.A2C, OTHER))
    for variant in draft.comparison().variants:
        assert variant.algorithm is Algorithm.A2C
        assert (variant.hyperparameters.hidden_units, variant.hyperparameters.gamma) == (8, 0.9)


def test_another_algorithm_changes_nothing_else() -> None:
    draft = first_draft("CartPole-v1", "gamma")
    other = draft.with_algorithm(Algorithm.A2C)
    assert {variant.algorithm for variant in other.comparison().variants} == {Algorithm.A2C}
    assert other.with_algorithm(Algorithm.PPO) == draft


def test_two_sides_stand_against_each_other() -> None:
    sides = Configuration("small", Algorithm.PPO, SMALL), Configuration("other", Algorithm.PPO, OTHER)
    comparison = first_draft("CartPole-v1", SETTINGS).with_sides(*sides).comparison()
    assert [variant.label for variant in comparison.variants] == ["A: small", "B: other"]
    assert [variant.hyperparameters.gamma for variant in comparison.variants] == [SMALL.gamma, 0.9]


def test_two_sides_that_are_the_same_are_refused() -> None:
    side = Configuration("small", Algorithm.PPO, SMALL)
    with pytest.raises(InvalidComparison, match="same settings"):
        first_draft("CartPole-v1", SETTINGS).with_sides(side, side).comparison()


# ---- comparisons that are given


def free() -> Comparison:
    sides = Configuration("small", Algorithm.PPO, SMALL), Configuration("other", Algorithm.A2C, OTHER)
    return opposed("CartPole-v1", sides, 2, 5_000).titled("Small against other")


def of_one_field(field: str, *values: object) -> Comparison:
    base = presets_for("CartPole-v1")[0].hyperparameters
    plan = varied("CartPole-v1", Algorithm.PPO, base, field, values, 4, 20_000)  # type: ignore[arg-type]
    return plan.titled("As it was called")


GIVEN = [
    free(),
    of_one_field("clip_range", 0.1, 0.12345, None),
    of_one_field(ALGORITHM, "a2c", "ppo"),
    of_one_field(PRESET, *(preset.id for preset in presets_for("CartPole-v1"))),
    of_one_field("rollout_length", 16, 2048),
    of_one_field("activation", "relu", "tanh"),
    of_one_field("normalize_observations", True, False),
]
GIVEN_ONES = pytest.mark.parametrize("given", GIVEN, ids=[plan.field for plan in GIVEN])


@GIVEN_ONES
def test_the_draft_of_a_comparison_makes_exactly_this_one(given: Comparison) -> None:
    assert draft_of(given).comparison() == given


@GIVEN_ONES
def test_it_can_have_more_seeds_and_steps(given: Comparison) -> None:
    more = replace(draft_of(given), n_seeds=9, total_steps=40_000).comparison()
    assert (more.n_seeds, more.total_steps, more.title) == (9, 40_000, given.title)
    assert {variant.hyperparameters.total_steps for variant in more.variants} == {40_000}
    assert replace(draft_of(more), n_seeds=given.n_seeds, total_steps=given.total_steps).comparison() == given


@pytest.mark.parametrize("given", GIVEN[1:], ids=[plan.field for plan in GIVEN[1:]])
def test_its_values_are_written_so_that_they_can_be_changed(given: Comparison) -> None:
    draft = draft_of(given)
    assert draft.with_values(draft.values) is draft, "nothing was changed"
    as_read = replace(draft, variants=(), title="").comparison()
    assert as_read.variants == given.variants
    first = draft.values.split(", ")[0] if given.field != PRESET else str(given.variants[0].value)
    assert values_of(draft.with_values(first)) == [given.variants[0].value]


def test_sides_of_a_comparison_of_settings_can_be_changed_one_by_one() -> None:
    draft = draft_of(free())
    third = Configuration("third", Algorithm.PPO, SMALL.changed({"gamma": 0.5}))
    comparison = draft.with_sides(draft.sides[0], third).comparison()
    assert [variant.label for variant in comparison.variants] == ["A: small", "B: third"]
    assert comparison.variants[0] == free().variants[0]


def test_what_is_given_may_be_something_no_line_could_say() -> None:
    given = of_one_field("clip_range", 0.1, 0.3)
    odd = replace(
        given.variants[1], hyperparameters=given.variants[1].hyperparameters.changed({"n_epochs": 1})
    )
    given = replace(given, variants=(given.variants[0], odd))
    assert draft_of(given).comparison() == given


def test_configurations_are_the_presets_of_the_environment() -> None:
    names = [configuration.name for configuration in preset_configurations("CartPole-v1", Algorithm.A2C)]
    assert names == [preset.name for preset in presets_for("CartPole-v1")]


def test_values_stay_in_another_environment_where_they_can_be_compared_there() -> None:
    draft = first_draft("CartPole-v1", "clip_range").with_values("0.05, 0.2, 0.8")
    assert draft.in_environment("Pendulum-v1").values == "0.05, 0.2, 0.8"
    broken = first_draft("CartPole-v1", "clip_range").with_values("0.05, 17")
    assert broken.in_environment("Pendulum-v1").values != "0.05, 17"
