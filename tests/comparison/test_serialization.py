"""What a file says is compared: read as it was written, or refused; and nothing is imported for it."""

from __future__ import annotations

import copy
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppo_desktop.comparison.draft import draft_of
from ppo_desktop.comparison.plan import (
    ALGORITHM,
    MOST_SEEDS,
    PRESET,
    Comparison,
    Configuration,
    InvalidComparison,
    RunKey,
    opposed,
)
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.comparison.store import ComparisonFile, UnreadableComparison, load, new_file, peek
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS
from ppo_desktop.ppo.quantities import RETURN
from tests.comparisons import SMALL, compared, ended_with
from tests.hyperparameters import any_hyperparameters

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "0.1"
SIDES = [Configuration("one", Algorithm.A2C, SMALL), Configuration("two", Algorithm.PPO, SMALL)]
GOOD: dict[str, Comparison] = {
    "a hyperparameter": compared((0.1, 0.123456, 0.123457, None)),
    "whole numbers": compared((1, 2), field="n_epochs"),
    "switches": compared((True, False), field="anneal"),
    "algorithms": compared(("a2c", "ppo"), field=ALGORITHM),
    "presets": compared(("demonstration", "fastest"), field=PRESET),
    "settings": opposed("CartPole-v1", SIDES, 2, 2_000),
}
EVERY_GOOD_ONE = pytest.mark.parametrize("good", GOOD.values(), ids=GOOD)


def values_of(folder: Path, comparison: Comparison) -> tuple[Path, dict[str, Any]]:
    """Return a file of a comparison, and the values of its first line."""
    file = new_file(folder, comparison)
    file.add(RunKey(0, 1), ended_with(100.0))
    return file.path, json.loads(file.path.read_bytes().partition(b"\n")[0])


def change(path: Path, values: dict[str, Any]) -> None:
    """Write another first line."""
    rest = path.read_bytes().partition(b"\n")[2]
    path.write_bytes(json.dumps(values).encode() + b"\n" + rest)


@EVERY_GOOD_ONE
def test_what_was_written_is_read_and_can_be_set_up_again(tmp_path: Path, good: Comparison) -> None:
    path, _ = values_of(tmp_path, good)
    assert load(path).comparison == good
    assert draft_of(load(path).comparison).comparison() == good


def test_values_of_a_hyperparameter_are_called_as_today_whatever_an_earlier_version_called_them(
    tmp_path: Path,
) -> None:
    today = compared((0.0, 0.01), field="entropy_coef")
    path, values = values_of(tmp_path, today)
    values["version"] = 1
    for variant, label in zip(values["variants"], ("cH = 0.00", "cH = 0.01"), strict=True):
        variant["label"] = label
    change(path, values)
    assert load(path).comparison == today


# ---- whatever stands in a file


def places(values: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where there is something in nested JSON, as keys from the outside in."""
    keys = list(values) if isinstance(values, dict) else list(range(len(values)))
    found = []
    for key in keys:
        found.append((*path, key))
        if isinstance(values[key], dict | list):
            found += places(values[key], (*path, key))
    return found


SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 0, 1, 2, 8, 1000, 10**7, 2**31])
    | st.floats()
    | st.sampled_from([float("nan"), float("inf"), 0.1, 0.2, 1.0, 1e-300])
    | st.text(max_size=5)
    | st.sampled_from(["\ud800", "a2c", "ppo", "A", "B", "clip_range", "settings", "preset", "total_steps"])
)
ANYTHING = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=3)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_read_from_a_file_with_anything_in_it_can_be_set_up_again(
    tmp_path: Path, data: st.DataObject
) -> None:
    path, values = values_of(tmp_path, GOOD[data.draw(st.sampled_from(list(GOOD)))])
    if data.draw(st.booleans()):
        values["version"] = 1
        for variant in values["variants"]:
            variant["label"] = variant.pop("name", "Of old")
    for _ in range(data.draw(st.integers(1, 2))):
        *outer, last = data.draw(st.sampled_from(places(values)))
        inner = values
        for key in outer:
            inner = inner[key]
        if data.draw(st.booleans()):
            del inner[last]
        else:
            inner[last] = data.draw(ANYTHING)
    change(path, values)
    try:
        read = load(path).comparison
    except UnreadableComparison:
        return
    assert draft_of(read).comparison() == read
    assert len({variant.value for variant in read.variants}) == len(read.variants)


# ---- what contradicts itself

Corruption = Callable[[dict[str, Any]], object]


def of_first(**changes: Any) -> Corruption:
    """Change the first variant."""
    return lambda values: values["variants"][0].update(changes)


def of_hyperparameters(**changes: Any) -> Corruption:
    """Change the hyperparameters of the first variant."""
    return lambda values: values["variants"][0]["hyperparameters"].update(changes)


@pytest.mark.parametrize(
    ("which", "corrupt"),
    [
        ("a hyperparameter", of_first(value=0.3)),
        ("a hyperparameter", of_first(value="0.1")),
        ("a hyperparameter", of_first(value=None)),
        ("a hyperparameter", of_first(value=float("nan"))),
        ("a hyperparameter", of_first(value=10**400)),
        ("settings", of_first(name="")),
        ("settings", of_first(name=" \n ")),
        ("settings", of_first(name=5)),
        ("a hyperparameter", of_first(hyperparameters=[])),
        ("a hyperparameter", of_first(hyperparameters=None)),
        ("a hyperparameter", of_first(hyperparameters={"clip_range": 0.1})),
        ("a hyperparameter", of_hyperparameters(clip_range=0.3)),
        ("a hyperparameter", of_hyperparameters(total_steps=5_000)),
        ("a hyperparameter", of_hyperparameters(stop_when_solved=True)),
        ("a hyperparameter", of_hyperparameters(gamma=float("nan"))),
        ("a hyperparameter", of_hyperparameters(n_epochs=10**400)),
        ("a hyperparameter", lambda values: values.update(variants=values["variants"][:1] * 2)),
        ("a hyperparameter", lambda values: values.update(field="gamma")),
        *(
            ("a hyperparameter", lambda values, name=name: values.update(field=name))
            for name in BUDGET_FIELDS
        ),
        ("a hyperparameter", lambda values: values.update(environment_id="")),
        ("a hyperparameter", lambda values: values.update(environment_id="Cart\nPole-v1")),
        ("a hyperparameter", lambda values: values.update(environment_id="x" * 500)),
        ("whole numbers", of_first(value=1.0)),
        ("whole numbers", of_first(value=True)),
        ("switches", of_first(value=1)),
        ("algorithms", of_first(value="ppo")),
        ("algorithms", of_first(algorithm="ppo")),
        ("algorithms", of_first(value="dqn", algorithm="dqn")),
        ("presets", of_first(value="")),
        ("presets", of_first(value=3)),
        ("presets", of_first(value="fastest")),
        ("settings", of_first(value="B")),
        ("settings", of_first(value="Z")),
    ],
)
def test_a_first_line_that_contradicts_itself_is_refused_in_one_line(
    tmp_path: Path, which: str, corrupt: Corruption
) -> None:
    path, values = values_of(tmp_path, GOOD[which])
    before = copy.deepcopy(values)
    corrupt(values)
    assert repr(values) != repr(before)
    change(path, values)
    for read in (load, peek):
        with pytest.raises(UnreadableComparison) as refusal:
            read(path)
        assert "\n" not in str(refusal.value)


def test_a_hyperparameter_that_is_missing_is_named_not_guessed(tmp_path: Path) -> None:
    path, values = values_of(tmp_path, GOOD["a hyperparameter"])
    for variant in values["variants"]:
        del variant["hyperparameters"]["gamma"]
    change(path, values)
    with pytest.raises(UnreadableComparison, match="it lacks hyperparameters: gamma"):
        load(path)


def test_a_preset_that_this_version_does_not_have_is_read(tmp_path: Path) -> None:
    path, values = values_of(tmp_path, GOOD["presets"])
    values["variants"][0].update(value="of_old", name="Of old")
    change(path, values)
    comparison = load(path).comparison
    assert [variant.value for variant in comparison.variants] == ["of_old", "fastest"]
    assert [variant.label for variant in comparison.variants] == ["Of old", "Fastest"]
    assert draft_of(comparison).comparison() == comparison


def test_a_preset_that_an_earlier_version_wrote_by_its_name_is_known_by_its_id(tmp_path: Path) -> None:
    path, values = values_of(tmp_path, GOOD["presets"])
    values["version"] = 1
    for variant, name in zip(
        values["variants"], ("Demonstration", "Stepwise, as on the slides"), strict=True
    ):
        variant.update(value=name, label=name)
    change(path, values)
    read = load(path).comparison.variants
    assert [variant.value for variant in read] == ["demonstration", "stepwise"]
    assert [variant.label for variant in read] == ["Demonstration", "Stepwise"]


# ---- other versions


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_compared_is_read_as_it_was_written(tmp_path: Path, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(any_hyperparameters(), min_size=1, max_size=3, unique=True))
    one_minibatch = [base.changed({"n_minibatches": 1}) for base in drawn]
    algorithm = data.draw(st.sampled_from(Algorithm))
    sides = [Configuration(f"side {number}", algorithm, base) for number, base in enumerate(one_minibatch)]
    try:
        comparison = opposed("CartPole-v1", sides, data.draw(st.integers(1, MOST_SEEDS)), 2_000)
    except InvalidComparison:  # two that differ in nothing but the budget
        return
    path, _ = values_of(tmp_path, comparison)
    assert load(path).comparison == comparison
    assert not load(path).remark(path.name)


def test_what_only_a_newer_version_knows_is_named_and_stays_in_the_file(tmp_path: Path) -> None:
    good = GOOD["a hyperparameter"]
    path, values = values_of(tmp_path, good)
    values["author"] = "somebody"
    for variant in values["variants"]:
        variant["hyperparameters"]["momentum"] = 0.9
    change(path, values)
    head, run = path.read_bytes().splitlines(keepends=True)
    with_column = json.loads(run)
    for part in ("sums", "counts"):
        with_column[part]["sharpness"] = [1.0] * N_BINS
    others = [{"event": "star", "seed": 1}, {"event": "question", "measure": "beauty", "reference": 1}]
    path.write_bytes(head + b"".join(json.dumps(line).encode() + b"\n" for line in (with_column, *others)))
    before = path.read_bytes()

    kept = load(path)
    assert kept.comparison == good
    assert kept.n_left_out == 0
    assert kept.unknown.names == [
        "hyperparameter momentum",
        "field author",
        "column sharpness",
        "event star",
        "measure beauty",
    ]
    assert kept.remark(path.name) == kept.unknown.sentence(path.name)
    assert kept.records[RunKey(0, 1)].mean_over(RETURN.name, 80, 100) == 100.0
    file = ComparisonFile(path, kept.comparison)
    file.add(RunKey(1, 1), ended_with(50.0))
    file.rename("Another name")
    assert path.read_bytes().startswith(before)
    assert load(path).unknown.names == kept.unknown.names


def test_a_column_that_was_not_recorded_yet_is_not_defined(tmp_path: Path) -> None:
    path, _ = values_of(tmp_path, GOOD["a hyperparameter"])
    head, run = path.read_bytes().splitlines(keepends=True)
    values = json.loads(run)
    for part in ("sums", "counts"):
        del values[part]["max_ratio"]
    path.write_bytes(head + json.dumps(values).encode())
    kept = load(path)
    assert not kept.remark(path.name)
    assert np.isnan(kept.records[RunKey(0, 1)].curve("max_ratio")).all()
    assert kept.records[RunKey(0, 1)].mean_over(RETURN.name, 0, 100) == 100.0


def test_a_comparison_of_something_that_only_a_newer_version_knows_is_refused_by_its_name(
    tmp_path: Path,
) -> None:
    path, values = values_of(tmp_path, GOOD["a hyperparameter"])
    change(path, values | {"field": "momentum"})
    with pytest.raises(UnreadableComparison, match="momentum varies"):
        load(path)


def test_an_algorithm_that_only_a_newer_version_knows_is_named(tmp_path: Path) -> None:
    path, values = values_of(tmp_path, GOOD["a hyperparameter"])
    values["variants"][1]["algorithm"] = "trpo"
    change(path, values)
    with pytest.raises(UnreadableComparison, match="its algorithm is trpo, which this version"):
        load(path)


def test_a_run_that_ended_for_a_reason_that_only_a_newer_version_knows_is_left_out_and_named(
    tmp_path: Path,
) -> None:
    path, _ = values_of(tmp_path, GOOD["a hyperparameter"])
    path.write_bytes(path.read_bytes().replace(b'"reason": "completed"', b'"reason": "bored"'))
    kept = load(path)
    assert (kept.records, kept.n_left_out) == ({}, 0)
    assert kept.unknown.names == ["reason bored"]
    assert peek(path).n_done == 0


def test_runs_of_a_newer_version_are_left_out_and_named(tmp_path: Path) -> None:
    path, _ = values_of(tmp_path, GOOD["a hyperparameter"])
    newer = (
        path.read_bytes()
        .splitlines()[1]
        .replace(b'"version": 2, "variant": 0', b'"version": 99, "variant": 1')
    )
    with path.open("ab") as file:
        file.write(newer + b"\n")
    kept = load(path)
    assert (set(kept.records), kept.n_left_out) == ({RunKey(0, 1)}, 0)
    assert kept.unknown.names == ["lines of version 99"]
    assert peek(path).n_done == 1


def test_a_comparison_of_an_earlier_version_goes_on_in_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "presets.jsonl"
    shutil.copy(GOLDEN / "presets.jsonl", path)
    before, kept = path.read_bytes(), load(path)
    file = ComparisonFile(path, kept.comparison)
    file.set_seeds(2)
    file.add(RunKey(0, 2), ended_with(100.0))
    file.rename("Of two versions")
    again = load(path)
    assert path.read_bytes().startswith(before)
    assert not again.remark(path.name)
    assert again.comparison == kept.comparison.with_seeds(2).titled("Of two versions")
    assert peek(path).n_done == len(again.records) == 4


# ---- modules


@pytest.mark.parametrize("name", ["tell_tale", "package.tell_tale", "package:tell_tale"])
def test_a_module_that_a_file_names_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "package").mkdir()
    for module in (tmp_path / "tell_tale.py", tmp_path / "package" / "tell_tale.py"):
        module.write_text("raise SystemExit('it was run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    path, values = values_of(tmp_path / "kept", GOOD["a hyperparameter"])
    change(path, {**values, "environment_id": f"{name}:X-v0"})
    with pytest.raises(
        UnreadableComparison, match=f"would run the module {name}.*type the id in Train"
    ) as refusal:
        load(path)
    assert "\n" not in str(refusal.value)
    assert peek(path).n_done == 1, "a list can name it"
    assert not any("tell_tale" in module for module in sys.modules)


def test_a_module_that_was_typed_in_this_session_may_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typed_before", ModuleType("typed_before"))
    path, values = values_of(tmp_path, GOOD["a hyperparameter"])
    change(path, {**values, "environment_id": "typed_before:X-v0"})
    assert load(path).comparison.environment_id == "typed_before:X-v0"
