"""What is compared with what."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.comparison.plan import (
    ALGORITHM,
    FEWEST_STEPS,
    MOST_SEEDS,
    MOST_STEPS,
    MOST_VARIANTS,
    PRESET,
    SETTINGS,
    Comparison,
    Configuration,
    InvalidComparison,
    RunKey,
    opposed,
    varied,
    written,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from tests.comparisons import SMALL, compared


def configurations(*epsilons: float) -> list[Configuration]:
    return [
        Configuration(f"run {epsilon}", Algorithm.PPO, SMALL.changed({"clip_range": epsilon}))
        for epsilon in epsilons
    ]


# ---- values of one thing


def test_every_value_is_trained_with_the_same_seeds_from_one_on() -> None:
    comparison = compared((0.1, 0.2), n_seeds=3)
    assert list(comparison.seeds) == [1, 2, 3]
    assert list(comparison.run_keys()) == [RunKey(v, s) for s in (1, 2, 3) for v in (0, 1)]
    assert comparison.n_runs == 6


def test_runs_differ_from_the_base_in_the_value_and_in_how_long_they_learn() -> None:
    base = SMALL.changed({"stop_when_solved": True, "total_steps": 5000, "gamma": 0.9})
    comparison = varied("Acrobot-v1", Algorithm.PPO, base, "clip_range", [0.1, None], 2, 2000)
    for variant, epsilon in enumerate([0.1, None]):
        wanted = base.changed({"clip_range": epsilon, "stop_when_solved": False, "total_steps": 2000})
        assert comparison.settings(RunKey(variant, 2)) == RunSettings("Acrobot-v1", Algorithm.PPO, wanted, 2)


def test_of_the_algorithms_all_else_is_equal() -> None:
    comparison = compared(["a2c", "ppo"], field=ALGORITHM)
    assert [variant.algorithm for variant in comparison.variants] == [Algorithm.A2C, Algorithm.PPO]
    assert [variant.label for variant in comparison.variants] == ["A2C", "PPO"]
    assert comparison.variants[0].hyperparameters == comparison.variants[1].hyperparameters


def test_presets_keep_their_own_values_but_for_how_long_they_learn() -> None:
    presets = presets_for("CartPole-v1")
    comparison = compared([preset.id for preset in presets], field=PRESET, total_steps=3000)
    for variant, preset in zip(comparison.variants, presets, strict=True):
        assert (variant.value, variant.label) == (preset.id, preset.name)
        budget = {"total_steps": 3000, "stop_when_solved": False}
        assert variant.hyperparameters == preset.hyperparameters.changed(budget)


def test_what_varies_is_called_by_its_name_and_its_symbol() -> None:
    comparison = compared((0.1, None))
    assert comparison.title == "Clip range ε on CartPole-v1"
    assert (comparison.field_label, comparison.field_symbol) == ("Clip range ε", "ε")
    assert [variant.label for variant in comparison.variants] == ["ε = 0.10", "ε = off"]
    assert [variant.short_label for variant in comparison.variants] == ["0.10", "off"]
    assert [variant.value for variant in comparison.variants] == [0.1, None]
    epochs = compared((1, 4), field="n_epochs")
    assert (epochs.field_label, epochs.field_symbol) == ("Epochs K", "K")
    nameless = compared((True, False), field="anneal")
    assert nameless.field_symbol
    assert [variant.short_label for variant in nameless.variants] == ["on", "off"]
    assert compared(["ppo"], field=ALGORITHM).field_symbol == "Algorithm"
    assert compared(["fastest"], field=PRESET).field_label == "Preset"


def test_values_are_written_as_everywhere_else() -> None:
    assert written("rollout_length", 1024) == "1 024"
    assert written("learning_rate", 3e-4) == "3.0e-4"
    assert written(ALGORITHM, "a2c") == "A2C"


def test_values_that_are_almost_the_same_are_written_so_that_they_can_be_told_apart() -> None:
    comparison = compared((0.123456, 0.123457, 0.1, 0.12345))
    labels = ["ε = 0.123456", "ε = 0.123457", "ε = 0.10", "ε = 0.12345"]
    assert [variant.label for variant in comparison.variants] == labels
    assert [variant.short_label for variant in comparison.variants][:2] == ["0.123456", "0.123457"]
    assert written("learning_rate", 1.23456e-4) == "0.000123456"
    assert written("gamma", 0.99999999) == "0.99999999"


@given(
    data=st.data(),
    field=st.sampled_from([name for name, it in DECLARATIONS.items() if it.kind is Kind.REAL]),
)
def test_two_values_of_a_real_number_are_never_written_alike(data: st.DataObject, field: str) -> None:
    scale = DECLARATIONS[field].scale
    assert scale is not None
    value = data.draw(st.floats(scale.low, scale.high))
    for other in (math.nextafter(value, math.inf), data.draw(st.floats(scale.low, scale.high))):
        assert (written(field, value) == written(field, other)) == (value == other)


def test_a_run_learns_to_the_end_of_the_rollout_in_which_its_budget_ends() -> None:
    comparison = compared((16, 25, 64), n_seeds=2, field="rollout_length", total_steps=1000)
    # Two agents: 32, 50 and 128 steps a rollout.
    assert [comparison.steps_of(variant) for variant in range(3)] == [1024, 1000, 1024]
    assert comparison.work == 2 * (1024 + 1000 + 1024)


def test_more_seeds_are_the_same_runs_and_more() -> None:
    comparison = compared(n_seeds=2)
    extended = comparison.with_seeds(3)
    assert extended == compared(n_seeds=3)
    assert set(comparison.run_keys()) < set(extended.run_keys())
    for key in comparison.run_keys():
        assert extended.settings(key) == comparison.settings(key)


def test_equal_comparisons_are_equal_and_others_are_not() -> None:
    assert compared((0.1, 0.2)) == compared((0.1, 0.2))
    assert compared((0.1, 0.2)) != compared((0.2, 0.1))


# ---- free configurations


def test_two_configurations_stand_against_each_other_as_a_and_b() -> None:
    comparison = opposed("CartPole-v1", configurations(0.1, 0.3), 2, 2000)
    assert comparison.field == SETTINGS
    assert comparison.field_label == "Settings"
    assert comparison.title == "A: run 0.1 against B: run 0.3 on CartPole-v1"
    assert [variant.value for variant in comparison.variants] == ["A", "B"]
    assert [variant.label for variant in comparison.variants] == ["A: run 0.1", "B: run 0.3"]
    assert [variant.short_label for variant in comparison.variants] == ["A: run 0.1", "B: run 0.3"]
    assert [variant.hyperparameters.clip_range for variant in comparison.variants] == [0.1, 0.3]
    assert comparison.settings(RunKey(1, 2)).hyperparameters.total_steps == 2000


def test_configurations_may_differ_in_the_algorithm_alone() -> None:
    pair = [Configuration(algorithm.label, algorithm, SMALL) for algorithm in Algorithm]
    comparison = opposed("CartPole-v1", pair, 1, 1000)
    assert [variant.algorithm for variant in comparison.variants] == list(Algorithm)


def test_equal_configurations_are_refused_by_their_letters() -> None:
    with pytest.raises(InvalidComparison, match="A and C are the same"):
        opposed("CartPole-v1", configurations(0.1, 0.2, 0.1), 2, 2000)
    longer = Configuration("longer", Algorithm.PPO, SMALL.changed({"total_steps": 9000}))
    with pytest.raises(InvalidComparison, match="the same"):
        opposed("CartPole-v1", [Configuration("short", Algorithm.PPO, SMALL), longer], 1, 1000)


def test_no_configurations_and_more_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(InvalidComparison, match="nothing to compare"):
        opposed("CartPole-v1", [], 1, 1000)
    many = configurations(*(0.1 * number for number in range(1, MOST_VARIANTS + 2)))
    with pytest.raises(InvalidComparison, match="9 variants are too many"):
        opposed("CartPole-v1", many, 1, 1000)
    assert len(opposed("CartPole-v1", many[:-1], 1, 1000).variants) == MOST_VARIANTS


def test_a_configuration_that_cannot_be_trained_is_refused() -> None:
    torn = Configuration("torn", Algorithm.PPO, SMALL.changed({"n_minibatches": 50}))
    with pytest.raises(InvalidHyperparameter, match="B: torn: 50 minibatches"):
        opposed("CartPole-v1", [Configuration("whole", Algorithm.PPO, SMALL), torn], 1, 1000)


# ---- what cannot be compared


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("clip_range", [], "Clip range ε: give the values"),
        ("clip_range", [0.1 + number / 100 for number in range(9)], "9 values are too many"),
        ("clip_range", [0.1] * 10_000, "10 000 values are too many"),
        ("clip_range", [0.2, 0.1, 0.2], "0.20 is there twice"),
        ("clip_range", [None, 0.2, None], "off is there twice"),
        (ALGORITHM, ["ppo", "ppo"], "PPO is there twice"),
        (ALGORITHM, ["ppo", "dqn"], "Algorithm is dqn, but must be a2c or ppo."),
        (ALGORITHM, ["dqn", "dqn"], "Algorithm is dqn, but must be"),
        (ALGORITHM, [None, 3], "Algorithm is None, but must be"),
        (
            PRESET,
            ["fastest", "Fast\ner"],
            "Preset is Fast er, but must be one of: Demonstration; Fa",
        ),
        (PRESET, [None], "Preset is None, but must be one of"),
        (SETTINGS, ["A", "B"], '"settings" is nothing of which values can be compared'),
        ("bogus\nfield", [1, 2], '"bogus field" is nothing of which values can be compared'),
        ("total_steps", [1000, 2000], "cannot be compared: all runs of a comparison learn equally long"),
        ("stop_when_solved", [True, False], "cannot be compared"),
    ],
)
def test_values_that_cannot_be_compared_are_refused_in_one_line(
    field: str, values: list[Value], message: str
) -> None:
    with pytest.raises(InvalidComparison, match=message) as refusal:
        compared(values, field=field)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("clip_range", [0.2, 7.0], "Clip range .* is 7.0, but must be"),
        ("n_epochs", [1, 2.5], "Epochs"),
        ("n_minibatches", [2, 50], "Minibatches = 50: 50 minibatches"),
    ],
)
def test_a_value_that_is_not_allowed_or_contradicts_another_is_named(
    field: str, values: list[Value], message: str
) -> None:
    with pytest.raises(InvalidHyperparameter, match=message):
        compared(values, field=field)


@pytest.mark.parametrize(
    ("n_seeds", "total_steps", "message"),
    [
        (0, 1000, "Seeds is 0"),
        (MOST_SEEDS + 1, 1000, "Seeds is 21, but must be a whole number from 1 to 20"),
        (1, FEWEST_STEPS - 1, "Steps is 999"),
        (1, MOST_STEPS + 1, "from 1 000 to 10 000 000"),
    ],
)
def test_too_few_or_too_many_seeds_and_steps_are_refused(
    n_seeds: int, total_steps: int, message: str
) -> None:
    with pytest.raises(InvalidComparison, match=message):
        compared(n_seeds=n_seeds, total_steps=total_steps)
    with pytest.raises(InvalidComparison, match=message):
        opposed("CartPole-v1", configurations(0.1, 0.2), n_seeds, total_steps)


@pytest.mark.parametrize("n_seeds", [1, MOST_SEEDS])
@pytest.mark.parametrize("total_steps", [FEWEST_STEPS, MOST_STEPS])
def test_the_fewest_and_the_most_seeds_and_steps_are_allowed(n_seeds: int, total_steps: int) -> None:
    assert compared(n_seeds=n_seeds, total_steps=total_steps).n_runs == 2 * n_seeds


def test_a_comparison_of_nothing_or_of_too_much_cannot_be_made() -> None:
    variants = compared([0.1 + number / 100 for number in range(8)]).variants
    for wrong, message in [((), "nothing to compare"), (variants + variants[:1], "9 variants")]:
        with pytest.raises(InvalidComparison, match=message):
            Comparison("wrong", "CartPole-v1", "clip_range", wrong, 1, 1000)
    with pytest.raises(InvalidComparison, match="Seeds"):
        compared().with_seeds(21)
