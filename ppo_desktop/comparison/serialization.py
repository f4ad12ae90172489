"""The lines of a comparison's file, as docs/comparisons.md describes them: written, and read one by one."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.comparison.measures import FINAL_RETURN, MEASURES, Measure
from ppo_desktop.comparison.plan import (
    ALGORITHM,
    MOST_SEEDS,
    PRESET,
    SETTINGS,
    Comparison,
    InvalidComparison,
    RunKey,
    Variant,
    letter,
)
from ppo_desktop.comparison.record import COLUMNS, N_BINS, RunEnd, RunRecord
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, TRAINING_FIELDS
from ppo_desktop.ppo.messages import counted, one_line
from ppo_desktop.ppo.normalization import RunningStatistics
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.presets import preset_named, preset_with_id
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.schema import (
    LONGEST_TEXT,
    NOT_UNDERSTOOD,
    JsonObject,
    Schema,
    Unknown,
    UnusableFile,
    encodable,
    environment_id_from_json,
    hyperparameters_from_json,
    one_of,
    refuse,
    text,
    whole,
)

FORMAT = "ppo-desktop comparison"
MOST_PARAMETERS = 50_000
"""Larger networks are not kept."""
REASONS = tuple(reason.value for reason in FinishReason)
_VARYING = (ALGORITHM, PRESET, SETTINGS, *TRAINING_FIELDS)


_UNFINISHED_FIELDS = {"variant", "seed", "steps", "steps_to_threshold", "collapsed", "sums", "counts"}
_RUN_FIELDS = {*_UNFINISHED_FIELDS, "reason", "message", "engine", "parameters_sha256", "learnt"}


def _know_presets_by_id(line: JsonObject) -> JsonObject:
    """Version 1 called presets by their names, and every variant by a label."""
    if "variants" not in line:
        return line
    return {**line, "variants": [_with_name(line, variant) for variant in line["variants"]]}


def _with_name(first_line: JsonObject, variant: JsonObject) -> JsonObject:
    variant, varied = {**variant}, first_line["field"]
    label, value = text(variant.pop("label")), variant["value"]
    if varied == SETTINGS:
        return {**variant, "name": label.removeprefix(f"{value}: ")}
    if varied == PRESET:
        preset = preset_named(str(first_line["environment_id"]), str(value))
        return {**variant, "value": value if preset is None else preset.id, "name": label}
    return variant


SCHEMA = Schema((_know_presets_by_id,))


# ---- writing -------------------------------------------------------------------------------------


def first_line(comparison: Comparison) -> bytes:
    """Return the line that says what is compared."""
    return _encoded(_comparison_to_json(comparison))


def run_line(key: RunKey, record: RunRecord) -> bytes:
    """Return the line of a finished run."""
    end = record.end
    assert end is not None, "only finished runs are kept"
    return event_line(
        "run",
        variant=key.variant,
        seed=key.seed,
        reason=end.reason.value,
        message=end.message,
        steps=end.steps,
        engine=end.engine,
        parameters_sha256=end.parameters_sha256,
        steps_to_threshold=record.steps_to_threshold,
        collapsed=record.has_collapsed,
        learnt=_policy_to_json(record.policy),
        **_curves_to_json(record),
    )


def unfinished_line(key: RunKey, record: RunRecord) -> bytes:
    """Return the line of a run as far as it is; it may learn on meanwhile, and no file keeps it."""
    return event_line(
        "unfinished",
        variant=key.variant,
        seed=key.seed,
        steps=record.steps,  # before the curves, of which what is complete by now changes no more
        steps_to_threshold=record.steps_to_threshold,
        collapsed=record.has_collapsed,
        **_curves_to_json(record),
    )


def _curves_to_json(record: RunRecord) -> JsonObject:
    known = np.isfinite(record.sums)  # where a sum has overflowed, it is as if nothing had ended
    return {
        "sums": _by_column(np.where(known, record.sums, 0.0)),
        "counts": _by_column(np.where(known, record.counts, 0).astype(int)),
    }


def _comparison_to_json(comparison: Comparison) -> JsonObject:
    return {
        "format": FORMAT,
        "version": SCHEMA.version,
        "title": comparison.title[:LONGEST_TEXT],
        "environment_id": comparison.environment_id,
        "field": comparison.field,
        "n_seeds": comparison.n_seeds,
        "total_steps": comparison.total_steps,
        "variants": [_variant_to_json(variant) for variant in comparison.variants],
    }


def event_line(event: str, **values: Any) -> bytes:
    """Return the line of an event; it says its version, for an earlier one may have begun the file."""
    return _encoded({"event": event, "version": SCHEMA.version, **values})


def _encoded(line: JsonObject) -> bytes:
    """Return a line of JSON; what cannot be encoded of a text, half a surrogate pair, becomes "?"."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"


def _variant_to_json(variant: Variant) -> JsonObject:
    return {
        "value": variant.value,
        **({"name": variant.name[:LONGEST_TEXT]} if variant.name else {}),
        "algorithm": variant.algorithm.value,
        "hyperparameters": asdict(variant.hyperparameters),
    }


def _by_column(rows: Iterable[Any]) -> dict[str, list[float]]:
    return {name: row.tolist() for name, row in zip(COLUMNS, rows, strict=True)}


def _policy_to_json(policy: PolicyState | None) -> JsonObject | None:
    """Return what acting needs, or nothing where it would make the file large or has blown up."""
    if policy is None or policy.parameters.size > MOST_PARAMETERS:
        return None
    seen = policy.observations
    if not all(np.isfinite(numbers).all() for numbers in (policy.parameters, seen.mean, seen.variance)):
        return None
    return {
        "parameters": base64.b64encode(policy.parameters.astype("<f4").tobytes()).decode("ascii"),
        "count": seen.count,
        "mean": seen.mean.tolist(),
        "variance": seen.variance.tolist(),
    }


# ---- reading -------------------------------------------------------------------------------------


@dataclass
class KeptComparison:
    """A comparison as it was read from its file, or as far as it has been read.

    Attributes:
        version: The version that wrote its first line, and lines that do not say theirs.
        unknown: What only a newer version knows; it is left out, and stays in the file.
        records: Its finished runs; of a run that is there twice, the first.
        unfinished: Those that were still learning, in a file that was written to be exported.
        measure: What it was last asked for.
        reference: Number of the variant that the others were last compared with.
        n_left_out: Lines that could not be understood.
    """

    comparison: Comparison
    version: int = SCHEMA.version
    unknown: Unknown = field(default_factory=Unknown)
    records: dict[RunKey, RunRecord] = field(default_factory=dict)
    unfinished: dict[RunKey, RunRecord] = field(default_factory=dict)
    measure: Measure = FINAL_RETURN
    reference: int = 0
    n_left_out: int = 0

    def take(self, line: bytes) -> None:
        """Take in a line after the first."""
        try:
            values = json.loads(line)
            if (version := SCHEMA.version_of(values, self.version)) > SCHEMA.version:
                self.unknown.note("lines of version", [version])
            else:
                self._take_event(SCHEMA.migrate(values, self.version))
        except NOT_UNDERSTOOD:
            self.n_left_out += 1

    def remark(self, name: str) -> str:
        """Return the notice for a user who opens a file of this name; empty where all was understood."""
        lines = counted(self.n_left_out, "line")
        left_out = f"Left out of {name}: {lines} that could not be understood." if self.n_left_out else ""
        return f"{left_out} {self.unknown.sentence(name)}".strip()

    def _take_event(self, values: JsonObject) -> None:
        known = {"event", "version"}
        match values["event"]:
            case "run":
                known |= self._take_run(values)
            case "unfinished":
                known |= self._take_unfinished(values)
            case "seeds":
                self.comparison = self.comparison.with_seeds(whole(values["n_seeds"], 1))
                known |= {"n_seeds"}
            case "title":
                self.comparison = self.comparison.titled(text(values["title"]))
                known |= {"title"}
            case "question":
                self._take_question(values["measure"], whole(values["reference"], 0))
                known |= {"measure", "reference"}
            case str(event):
                self.unknown.note("event", [event])
                return
            case event:
                refuse(event)
        self.unknown.note("field", values, known)

    def _take_run(self, values: JsonObject) -> set[str]:
        key = self._key(values)
        self.unknown.note("reason", [text(values["reason"])], REASONS)
        if values["reason"] not in REASONS:
            return _RUN_FIELDS
        end, policy = _end_from_json(values), values["learnt"]
        record = _record_from_json(values, self.comparison.total_steps, end.steps, self.unknown)
        record.end, record.policy = end, None if policy is None else _policy_from_json(policy)
        self.records.setdefault(key, record)
        return _RUN_FIELDS

    def _take_unfinished(self, values: JsonObject) -> set[str]:
        key, steps = self._key(values), whole(values["steps"], 0)
        self.unfinished[key] = _record_from_json(values, self.comparison.total_steps, steps, self.unknown)
        return _UNFINISHED_FIELDS

    def _key(self, values: JsonObject) -> RunKey:
        key = RunKey(whole(values["variant"], 0), whole(values["seed"], 1))
        if key.variant >= len(self.comparison.variants) or key.seed > MOST_SEEDS:
            refuse(key)
        return key

    def _take_question(self, name: str, reference: int) -> None:
        if reference >= len(self.comparison.variants):
            refuse(reference)
        self.unknown.note("measure", [name], MEASURES)
        if name in MEASURES:
            self.measure, self.reference = MEASURES[name], reference


def comparison_from_json(values: JsonObject, unknown: Unknown) -> Comparison:
    """Return the comparison that a first line as of this version describes; nothing is imported for it.

    It is read only where it makes sense, so that it can be gone on with.

    Raises:
        InvalidComparison: It contradicts itself, or there is too much of it.
        InvalidHyperparameter: A value is not allowed, or contradicts another.
        UnusableFile: Something is missing or not known without which it cannot be used.
        ValueError: Something is not what it should be, and likewise the others of `NOT_UNDERSTOOD`.
    """
    if values["field"] not in _VARYING:
        if values["field"] in BUDGET_FIELDS:
            refuse(values["field"])
        raise UnusableFile(
            f"{text(values['field'])} varies, which this version of PPO Desktop does not know."
        )
    comparison = Comparison(
        text(values["title"]),
        environment_id_from_json(values["environment_id"]),
        values["field"],
        tuple(_variant_from_json(values, variant, unknown) for variant in values["variants"]),
        whole(values["n_seeds"], 1),
        whole(values["total_steps"], 1),
    )
    for number in range(len(comparison.variants)):
        _check(comparison, number)
    _check_they_differ(comparison.variants)
    unknown.note("field", values, _comparison_to_json(comparison))
    return comparison


def _variant_from_json(first_line: JsonObject, values: JsonObject, unknown: Unknown) -> Variant:
    """Return a variant; one is called as it is today, unless its preset has gone."""
    varied, value, name = first_line["field"], values["value"], ""
    if not isinstance(value, float | int | str | None):
        refuse(value)
    preset = preset_with_id(str(first_line["environment_id"]), str(value)) if varied == PRESET else None
    if preset is not None:
        name = preset.name
    elif varied in (PRESET, SETTINGS):
        name = text(values["name"])
        if not name:
            refuse(name)
    unknown.note("field", values, ("value", "name", "algorithm", "hyperparameters"))
    algorithm = one_of(Algorithm, values["algorithm"], "algorithm")
    hyperparameters = hyperparameters_from_json(values["hyperparameters"], unknown)
    return Variant(varied, value, algorithm, hyperparameters, name)


def _check(comparison: Comparison, number: int) -> None:
    variant = comparison.variants[number]
    comparison.settings(RunKey(number, 1))  # raises where it cannot be trained
    if variant.hyperparameters.with_budget(comparison.total_steps) != variant.hyperparameters:
        raise InvalidComparison(f"{variant.label} would not learn for as many steps as the comparison has")
    own = _own_value(number, variant)
    if type(variant.value) is not type(own) or variant.value != own:  # True is not 1
        raise InvalidComparison(f"the value of {variant.label} is not the one it is trained with")


def _own_value(number: int, variant: Variant) -> Value:
    """Return the value that a variant must have, by all else that is said of it."""
    if variant.field == ALGORITHM:
        return variant.algorithm.value
    if variant.field == SETTINGS:
        return letter(number)
    if variant.field == PRESET:  # any: that of another version may be gone, or stand for other values
        return text(variant.value) or None
    value: Value = getattr(variant.hyperparameters, variant.field)
    return value


def _check_they_differ(variants: tuple[Variant, ...]) -> None:
    for first, second in itertools.combinations(variants, 2):
        if first.value == second.value:
            raise InvalidComparison(f"{first.label} and {second.label} have the same value")


def _record_from_json(values: JsonObject, total_steps: int, steps: int, unknown: Unknown) -> RunRecord:
    reached = values["steps_to_threshold"]
    unknown.note("column", values["sums"], COLUMNS)
    return RunRecord(
        total_steps,
        steps,
        _columns_from_json(values["sums"], values["counts"]),
        _counts_from_json(values["counts"], values["sums"]),
        None if reached is None else whole(reached, 0),
        None if values["collapsed"] is None else values["collapsed"] is True,
    )


def _end_from_json(values: JsonObject) -> RunEnd:
    return RunEnd(
        FinishReason(values["reason"]),
        one_line(encodable(str(values["message"]))),
        whole(values["steps"], 0),
        text(values["engine"]),
        text(values["parameters_sha256"]),
    )


def _policy_from_json(values: JsonObject) -> PolicyState:
    raw = base64.b64decode(values["parameters"], validate=True)
    parameters = np.frombuffer(raw, "<f4").astype(np.float32)
    mean, variance = _numbers(values["mean"]), _numbers(values["variance"])
    if mean.shape != variance.shape or (variance < 0).any() or not np.isfinite(parameters).all():
        refuse(mean.shape)
    return PolicyState(parameters, RunningStatistics(whole(values["count"], 0), mean, variance))


def _columns_from_json(values: Any, others: Any) -> Doubles:
    """Return sums or counts of what is recorded today; zeros where there was no such column yet.

    What has a sum has a count, and every run has returns.
    """
    if not isinstance(values, dict) or values.keys() != {*others} or RETURN.name not in values:
        refuse(values)
    nothing = [0.0] * N_BINS
    columns = np.stack([_numbers(values.get(name, nothing)) for name in COLUMNS])
    if columns.shape[1] != N_BINS:
        refuse(columns.shape)
    return columns


def _counts_from_json(values: Any, sums: Any) -> Doubles:
    counts = _columns_from_json(values, sums)
    if (counts < 0).any() or (counts % 1).any():
        refuse("no counts")
    return counts


def _numbers(values: Any) -> NDArray[np.float64]:
    """Return a list of finite numbers; texts are none."""
    if not isinstance(values, list) or not {*map(type, values)} <= {int, float}:
        refuse(values)
    numbers = np.array(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        refuse(values)
    return numbers
