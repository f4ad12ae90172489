"""The values that are compared: as a user writes them in a line, and those that are suggested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ppo_desktop.comparison.plan import (
    ALGORITHM,
    FEWEST_STEPS,
    MOST_STEPS,
    MOST_VARIANTS,
    PRESET,
    Comparison,
    InvalidComparison,
    check_id,
    check_values,
    field_label,
    varied,
    written,
)
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, TRAINING_FIELDS, Hyperparameters
from ppo_desktop.ppo.messages import one_line
from ppo_desktop.ppo.presets import preset_with_id, presets_for
from ppo_desktop.ppo.scales import Scale

LONGEST_LINE = 1_000
"""Characters; eight values take fewer."""
SUGGESTED = 5
"""Numbers suggested for a scale, beside zero and "off"."""
_FIRST_FIELDS = ("clip_range", "entropy_coef", "rollout_length")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.IGNORECASE)


def varying_fields(environment_id: str) -> list[str]:
    """Return what can vary in an environment, in the order of a menu."""
    others = [name for name in TRAINING_FIELDS if name not in _FIRST_FIELDS]
    presets = [PRESET] if len(presets_for(environment_id)) > 1 else []
    return [*_FIRST_FIELDS, ALGORITHM, *others, *presets]


def own_value(field: str, environment_id: str, algorithm: Algorithm, base: Hyperparameters) -> Value:
    """Return the value that settings have themselves; of `PRESET` its id, None where they are no preset."""
    if field == ALGORITHM:
        return algorithm.value
    if field != PRESET:
        value: Value = getattr(base, field)
        return value
    for preset in presets_for(environment_id):
        if preset.hyperparameters.with_budget(FEWEST_STEPS) == base.with_budget(FEWEST_STEPS):
            return preset.id
    return None


def origin_of(comparison: Comparison, number: int) -> str:
    """Return where a value comes from: "the value of the preset Demonstration"; empty for any other value."""
    variant = comparison.variants[number]
    preset = presets_for(comparison.environment_id)[0]
    own = own_value(comparison.field, comparison.environment_id, Algorithm.PPO, preset.hyperparameters)
    is_its_own = comparison.field in DECLARATIONS and variant.value == own
    return f"the value of the preset {preset.name}" if is_its_own else ""


# ---- a line of values ----------------------------------------------------------------------------


def written_values(field: str, values: Sequence[Value], environment_id: str) -> str:
    """Return the line in which values are shown and edited: "0.02, 0.10, 0.20, off"."""
    return ", ".join(_written_in_line(field, value, environment_id) for value in values)


def parse_values(field: str, text: str, environment_id: str) -> list[Value]:
    """Return the values of `field` written in a line, separated by commas, semicolons or blanks.

    A comma inside a real number is a decimal comma where other things separate the numbers and there
    is no decimal point: "0,02 0,1"; in "0.02,0.1" it separates.

    Raises:
        InvalidComparison: There is nothing of that name, nothing in the line, too much or one value
            twice; or an algorithm or a preset of this environment is not known.
        InvalidHyperparameter: A value is not one of that hyperparameter.
    """
    _check_field(field, environment_id)
    if len(text) > LONGEST_LINE:
        raise InvalidComparison(
            f"{field_label(field)}: the line is too long; give at most {MOST_VARIANTS} values."
        )
    values = list(_parsed(field, text.replace("−", "-"), environment_id))
    check_values(field, values)
    return values


def _check_field(field: str, environment_id: str) -> None:
    if field in BUDGET_FIELDS:
        check_values(field, [])  # says why not
    fields = varying_fields(environment_id)
    if field not in (*fields, PRESET):
        raise InvalidComparison(
            one_line(f'"{field}" cannot be compared; choose one of {", ".join(fields[:5])} and so on.')
        )


def _written_in_line(field: str, value: Value, environment_id: str) -> str:
    """Return a value as it is written everywhere, but thousands are not set apart: a blank separates."""
    if field == PRESET and (preset := preset_with_id(environment_id, str(value))):
        return preset.name
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_whole else written(field, value)


def _parsed(field: str, text: str, environment_id: str) -> Iterator[Value]:
    if field in (ALGORITHM, PRESET):
        yield from _named(field, text, environment_id)
    else:
        yield from hyperparameter_values(field, text)


def _named(field: str, text: str, environment_id: str) -> Iterator[str]:
    """Find names and ids in the text, longest first: some have blanks and commas in them; return the ids."""
    text = " ".join(text.split())
    ids = {name.lower(): value for name, value in _ids_by_name(field, environment_id) if name}
    any_of = "|".join(map(re.escape, sorted(ids, key=len, reverse=True)))
    any_name = re.compile(rf"(?<!\w)(?:{any_of})(?!\w)", re.IGNORECASE)
    left_over = [word.strip() for word in re.split("[,;]", any_name.sub(";", text)) if word.strip()]
    for word in left_over:
        check_id(field, word, environment_id)  # refuses it
    yield from (ids[found.lower()] for found in any_name.findall(text))


def _ids_by_name(field: str, environment_id: str) -> Iterator[tuple[str, str]]:
    """Yield each name, former name and id that a user may write, with the id."""
    if field == ALGORITHM:
        for algorithm in Algorithm:
            yield from ((name, algorithm.value) for name in (algorithm.value, algorithm.label))
    else:
        for preset in presets_for(environment_id):
            yield from ((name, preset.id) for name in (preset.former_name, preset.id, preset.name))


def hyperparameter_values(field: str, text: str) -> Iterator[Value]:
    """Yield the values of a hyperparameter in a line as `parse_values` reads it, and raises."""
    return (_hyperparameter(field, piece) for piece in _pieces(DECLARATIONS[field], text))


def _hyperparameter(field: str, piece: str) -> Value:
    declaration = DECLARATIONS[field]
    try:
        return declaration.parse(piece.lower() if declaration.kind is Kind.CHOICE else piece)
    except InvalidHyperparameter as error:
        raise InvalidHyperparameter(one_line(str(error))) from None


def _pieces(declaration: Declaration, text: str) -> Iterator[str]:
    """Cut a line into what should be one value each."""
    if declaration.off_allowed:  # its label may have a blank in it
        text = re.sub(re.escape(declaration.off_label), "off", text, flags=re.IGNORECASE)
    words = [word.strip(",") for word in re.split(r"[\s;]+", text) if word.strip(",")]
    may_be_decimal = declaration.kind is Kind.REAL and len(words) > 1 and "." not in text
    for word in words:
        if may_be_decimal and _DECIMAL_COMMA.fullmatch(word):
            yield word
        else:
            yield from _separated_by_commas(declaration, word)


def _separated_by_commas(declaration: Declaration, word: str) -> Iterator[str]:
    pieces = [piece for piece in word.split(",") if piece]
    has_decimals = len(pieces) > 1 and any(re.match(r"0\d", piece) for piece in pieces)
    if has_decimals or any(_may_be_thousands(declaration, *pair) for pair in pairwise(pieces)):
        # 0 and 2 may both be allowed, but "0,02" does not mean them, and "1,500" perhaps 1500.
        message = (
            f"{declaration.explanation.title}: {word} can be read in two ways; write decimals with a "
            'point, no signs between thousands, and "; " between values.'
        )
        raise InvalidComparison(one_line(message))
    yield from pieces


def _may_be_thousands(declaration: Declaration, before: str, after: str) -> bool:
    """Whether two pieces on both sides of a comma are one allowed whole number as well as two."""
    if declaration.kind is not Kind.INTEGER or not re.fullmatch(r"[1-9]\d{0,2},\d{3}", f"{before},{after}"):
        return False
    try:
        declaration.check(int(before + after))
    except InvalidHyperparameter:
        return False
    return True


# ---- suggestions ---------------------------------------------------------------------------------


def suggested_values(
    field: str,
    environment_id: str,
    algorithm: Algorithm,
    base: Hyperparameters,
    total_steps: int = MOST_STEPS,
) -> list[Value]:
    """Return values that show what a hyperparameter does, spread over its scale, the base's own among them.

    Those with which the base cannot be trained, or not for a single rollout within the budget, are left
    out. It raises InvalidComparison for a field that cannot vary.
    """
    _check_field(field, environment_id)
    own = own_value(field, environment_id, algorithm, base)

    def learns(value: Value) -> bool:
        try:
            made = varied(environment_id, algorithm, base, field, [value], 1, FEWEST_STEPS)
        except InvalidHyperparameter:
            return False
        return made.variants[0].hyperparameters.samples_per_rollout <= total_steps

    return [value for value in _all_suggested(field, environment_id, own) if learns(value)]


def _all_suggested(field: str, environment_id: str, own: Value) -> Sequence[Value]:
    if field == ALGORITHM:
        return [algorithm.value for algorithm in Algorithm]
    if field == PRESET:
        return [preset.id for preset in presets_for(environment_id)][:MOST_VARIANTS]
    declaration = DECLARATIONS[field]
    if declaration.kind is Kind.SWITCH:
        return [True, False]
    return _suggested_numbers(declaration, own) if declaration.numeric else declaration.choices


def _suggested_numbers(declaration: Declaration, own: Value) -> list[Value]:
    """Return zero if allowed, tidy numbers about evenly spaced on the scale, and "off" if allowed."""
    scale, is_whole = declaration.scale, declaration.kind is Kind.INTEGER
    assert scale is not None
    numbers = _evenly_spaced(scale)
    if isinstance(own, int | float) and own not in numbers and not (own == 0 and declaration.zero_allowed):
        place = scale.position(own)
        numbers.remove(min(numbers, key=lambda number: abs(scale.position(number) - place)))
        numbers = sorted([*numbers, own])
    zero = [0.0] if declaration.zero_allowed else []
    values = [round(number) if is_whole else number for number in (*zero, *numbers)]
    return [*values, *([None] if declaration.off_allowed else [])]


def _evenly_spaced(scale: Scale) -> list[float]:
    tidy = scale.tidy_numbers()
    places = [(index + 0.5) / SUGGESTED for index in range(SUGGESTED)]  # the very ends hardly ever learn
    return sorted({min(tidy, key=lambda number: abs(scale.position(number) - place)) for place in places})
