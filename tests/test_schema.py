"""What all kept files have in common: versions that follow each other, and values that are checked."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppo_desktop.ppo.declaration import Before, InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.schema import (
    Schema,
    Unknown,
    UnusableFile,
    hyperparameters_from_json,
)
from tests.hyperparameters import any_hyperparameters

THREE_VERSIONS = Schema(
    (
        lambda values: {"b": values["a"]},
        lambda values: {"c": values["b"] + 1},
    )
)


def written(hyperparameters: Hyperparameters) -> dict[str, Any]:
    """Return hyperparameters as they come back from a file."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(hyperparameters)))
    return values


# ---- versions


@pytest.mark.parametrize(
    "values", [{"a": 1}, {"version": 1, "a": 1}, {"version": 2, "b": 1}, {"c": 2, "version": 3}]
)
def test_what_any_version_has_written_becomes_what_this_one_writes(values: dict[str, Any]) -> None:
    assert THREE_VERSIONS.version == 3
    assert THREE_VERSIONS.migrate(values)["c"] == 2


def test_what_does_not_say_its_version_has_the_one_of_the_whole() -> None:
    assert THREE_VERSIONS.migrate({"b": 1}, unsaid=2)["c"] == 2
    assert THREE_VERSIONS.migrate({"version": 1, "a": 1}, unsaid=2)["c"] == 2


def test_of_a_newer_version_that_is_said_and_of_no_version_something_else() -> None:
    with pytest.raises(UnusableFile, match="newer version"):
        THREE_VERSIONS.migrate({"version": 4})
    for values in ({"version": "1"}, {"version": 0}, {"version": True}, [], None, "text"):
        with pytest.raises(ValueError, match="not understood") as refusal:
            THREE_VERSIONS.migrate(values)
        assert not isinstance(refusal.value, UnusableFile)


# ---- hyperparameters


@given(any_hyperparameters())
def test_hyperparameters_that_were_written_are_read(hyperparameters: Hyperparameters) -> None:
    unknown = Unknown()
    assert hyperparameters_from_json(written(hyperparameters), unknown) == hyperparameters
    assert not unknown.names
    assert not unknown.changes_training


@given(any_hyperparameters(), st.none() | st.integers() | st.text() | st.lists(st.integers()))
def test_a_hyperparameter_that_only_a_newer_version_knows_is_named(
    hyperparameters: Hyperparameters, value: Any
) -> None:
    unknown = Unknown()
    values = {"momentum": value, **written(hyperparameters)}
    assert hyperparameters_from_json(values, unknown) == hyperparameters
    assert unknown.names == ["hyperparameter momentum"]
    assert unknown.changes_training


@pytest.mark.parametrize("before", [0.5, 1.0])
def test_a_hyperparameter_that_did_not_exist_yet_has_the_value_declared_for_before(
    monkeypatch: pytest.MonkeyPatch, before: float
) -> None:
    monkeypatch.setitem(DECLARATIONS, "gamma", replace(DECLARATIONS["gamma"], before=before))
    values = written(Hyperparameters(gamma=0.9))
    assert hyperparameters_from_json(values, Unknown()).gamma == 0.9
    del values["gamma"]
    assert hyperparameters_from_json(values, Unknown()) == Hyperparameters(gamma=before)


def test_a_hyperparameter_that_every_version_has_written_is_named_where_it_is_missing() -> None:
    values = written(Hyperparameters())
    del values["gamma"], values["anneal"]
    with pytest.raises(UnusableFile, match="it lacks hyperparameters: anneal, gamma"):
        hyperparameters_from_json(values, Unknown())


def test_what_is_declared_for_before_is_allowed() -> None:
    for declaration in DECLARATIONS.values():
        if declaration.before is not Before.NEVER_MISSING:
            declaration.check(declaration.before)


@pytest.mark.parametrize("values", [None, [], "text", 1])
def test_what_are_no_hyperparameters_is_refused(values: Any) -> None:
    with pytest.raises(ValueError, match="not understood"):
        hyperparameters_from_json(values, Unknown())


def test_a_value_that_is_not_allowed_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidHyperparameter, match="Clip range"):
        hyperparameters_from_json(written(Hyperparameters()) | {"clip_range": 17.0}, Unknown())


# ---- what is not known


def test_what_is_not_known_is_named_once_each_in_one_line() -> None:
    unknown = Unknown()
    assert not unknown.sentence("a file")
    unknown.note("column", ["momentum", "return", "a\nb"], ["return"])
    unknown.note("column", ["momentum"])
    sentence = unknown.sentence("a file")
    assert "column momentum, column a b." in sentence
    assert "\n" not in sentence


def test_of_a_great_many_unknown_things_a_few_are_named() -> None:
    unknown = Unknown()
    unknown.note("event", (f"{number}" * 1000 for number in range(10**9)))
    assert len(unknown.names) < 10
    assert len(unknown.sentence("a file")) < 500
