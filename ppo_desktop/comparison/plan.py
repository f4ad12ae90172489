"""What is compared with what: the variants, the seeds they share, and how long each learns."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import counted, grouped, one_line
from ppo_desktop.ppo.presets import preset_with_id, presets_for
from ppo_desktop.ppo.settings import RunSettings

ALGORITHM = "algorithm"
"""What varies when A2C is compared with PPO."""
PRESET = "preset"
"""What varies when the presets of an environment are compared."""
SETTINGS = "settings"
"""What varies when two free configurations stand against each other."""
_LABELS = {ALGORITHM: "Algorithm", PRESET: "Preset", SETTINGS: "Settings"}

MOST_VARIANTS = 8
"""As many as colours and markers can tell apart."""
MOST_SEEDS = 20
FEWEST_STEPS = 1_000
MOST_STEPS = 10_000_000


class InvalidComparison(ValueError):
    """A comparison that cannot be made; the message is one line and says what to do."""


@dataclass(frozen=True)
class Variant:
    """One of the things compared.

    Attributes:
        field: What varies: the name of a hyperparameter, `ALGORITHM`, `PRESET` or `SETTINGS`.
        value: The value of that: 0.2, None for "off", "a2c", the id of a preset, "A".
        hyperparameters: Its values, budget included.
        name: What a preset or a free configuration is called; it makes no difference to what is compared.
    """

    field: str
    value: Value
    algorithm: Algorithm
    hyperparameters: Hyperparameters
    name: str = dataclasses.field(default="", compare=False)

    @property
    def label(self) -> str:
        """How it is called where there is space: "ε = 0.2", "A2C", "A: Train"."""
        is_number = self.field in DECLARATIONS
        return f"{field_symbol(self.field)} = {self.short_label}" if is_number else self.short_label

    @property
    def short_label(self) -> str:
        """How it is called in a table or at an axis: "0.2", "A2C", "A: Train"."""
        if self.field == SETTINGS:
            return f"{self.value}: {self.name}"
        return self.name or written(self.field, self.value)


@dataclass(frozen=True)
class Comparison:
    """Everything that decides how a comparison goes: equal ones give equal numbers on one machine.

    Every variant is trained with the same seeds 1…K, so that runs of one seed make a pair.

    Attributes:
        field: What varies: the name of a hyperparameter, `ALGORITHM`, `PRESET` or `SETTINGS`.
        variants: What is compared, in the order shown.
        n_seeds: K.
        total_steps: Environment steps that count in each run; the last rollout may go beyond.

    Raises:
        InvalidComparison: There is nothing to compare, or too much.
    """

    title: str
    environment_id: str
    field: str
    variants: tuple[Variant, ...]
    n_seeds: int
    total_steps: int

    def __post_init__(self) -> None:
        _check_variants(self.variants)
        check_size(self.n_seeds, self.total_steps)

    @property
    def seeds(self) -> range:
        """The seeds of every variant."""
        return range(1, self.n_seeds + 1)

    @property
    def n_runs(self) -> int:
        """How many runs it has."""
        return len(self.variants) * self.n_seeds

    @property
    def field_label(self) -> str:
        """What varies, in words: "Clip range ε"."""
        return field_label(self.field)

    @property
    def field_symbol(self) -> str:
        """What varies, in the shortest words there are: "ε", "Epochs"."""
        return field_symbol(self.field)

    def run_keys(self) -> Iterator[RunKey]:
        """Yield which runs there are, the first seed of each variant first."""
        for seed in self.seeds:
            for variant in range(len(self.variants)):
                yield RunKey(variant, seed)

    def settings(self, key: RunKey) -> RunSettings:
        """Return what makes one of its runs."""
        variant = self.variants[key.variant]
        return RunSettings(self.environment_id, variant.algorithm, variant.hyperparameters, key.seed)

    def steps_of(self, variant: int) -> int:
        """Return the steps a run of a variant takes: the budget, up to the end of the last rollout."""
        return self.variants[variant].hyperparameters.whole_rollouts(self.total_steps)

    @property
    def work(self) -> int:
        """Environment steps of all runs together."""
        return self.n_seeds * sum(self.steps_of(variant) for variant in range(len(self.variants)))

    def with_seeds(self, n_seeds: int) -> Comparison:
        """Return the same comparison with another number of seeds; runs of both are the same runs."""
        return replace(self, n_seeds=n_seeds)

    def titled(self, title: str) -> Comparison:
        """Return the same comparison under another name."""
        return replace(self, title=title)


@dataclass(frozen=True, order=True)
class RunKey:
    """Which run of a comparison: number of its variant, from 0, and its seed, from 1."""

    variant: int
    seed: int


def check_size(n_seeds: int, total_steps: int) -> None:
    """Raise InvalidComparison unless there may be so many seeds and steps."""
    if not 1 <= n_seeds <= MOST_SEEDS:
        raise InvalidComparison(f"Seeds is {n_seeds}, but must be a whole number from 1 to {MOST_SEEDS}.")
    if not FEWEST_STEPS <= total_steps <= MOST_STEPS:
        raise InvalidComparison(
            f"Steps is {grouped(total_steps)}, but must be a whole number from {grouped(FEWEST_STEPS)} to "
            f"{grouped(MOST_STEPS)}."
        )


def varied(
    environment_id: str,
    algorithm: Algorithm,
    base: Hyperparameters,
    field: str,
    values: Sequence[Value],
    n_seeds: int,
    total_steps: int,
) -> Comparison:
    """Return the comparison of values, each once, of a hyperparameter, or of algorithms or presets by id.

    All other values are the base's, and the algorithm where it does not vary.

    Raises:
        InvalidComparison: There are no values, too many, one twice, or an algorithm or preset that is not
            known; or too many seeds or steps; or nothing of that name can vary.
        InvalidHyperparameter: A value is not allowed, or contradicts another.
    """
    check_size(n_seeds, total_steps)
    _check_field(field)
    if field in (ALGORITHM, PRESET):
        for value in values:
            check_id(field, value, environment_id)
    check_values(field, values)
    variants = tuple(
        _variant(environment_id, algorithm, base.with_budget(total_steps), field, value) for value in values
    )
    title = f"{field_label(field)} on {environment_id}"
    return Comparison(title, environment_id, field, variants, n_seeds, total_steps)


@dataclass(frozen=True)
class Configuration:
    """A free configuration: all that a variant needs.

    One of those offered is known by its `id`, with any algorithm; one of a comparison has none.
    """

    name: str
    algorithm: Algorithm
    hyperparameters: Hyperparameters
    id: str = ""

    @property
    def full_name(self) -> str:
        """What it is called beside the same with another algorithm: "Demonstration · PPO"."""
        return f"{self.name} · {self.algorithm.label}" if self.id else self.name


def opposed(
    environment_id: str, configurations: Sequence[Configuration], n_seeds: int, total_steps: int
) -> Comparison:
    """Return the comparison of free configurations, called A and B, and so on.

    InvalidComparison says that two are the same, that there are none or too many, or too many seeds or steps;
    InvalidHyperparameter that one cannot be trained.
    """
    check_size(n_seeds, total_steps)
    variants = tuple(
        _free_variant(environment_id, letter(number), configuration, total_steps)
        for number, configuration in enumerate(configurations)
    )
    _check_variants(variants)
    _check_they_differ(variants)
    title = f"{variants[0].label} against {variants[-1].label} on {environment_id}"
    return Comparison(title, environment_id, SETTINGS, variants, n_seeds, total_steps)


def letter(number: int) -> str:
    """Return what a free configuration is called: "A", "B" and so on."""
    return chr(ord("A") + number)


def check_values(field: str, values: Sequence[Value]) -> None:
    """Raise InvalidComparison unless these values of `field` can be compared."""
    name = field_label(field)
    if field in BUDGET_FIELDS:
        raise InvalidComparison(f"{name} cannot be compared: all runs of a comparison learn equally long.")
    if not values:
        raise InvalidComparison(f"{name}: give the values to compare.")
    if len(values) > MOST_VARIANTS:
        raise InvalidComparison(
            f"{name}: {counted(len(values), 'value')} are too many to be told apart; give at most "
            f"{MOST_VARIANTS}."
        )
    for place, value in enumerate(values):
        if value in values[:place]:
            raise InvalidComparison(f"{name}: {written(field, value)} is there twice; take one of them out.")


def check_id(field: str, value: Value, environment_id: str) -> None:
    """Raise InvalidComparison unless there is such an algorithm, or such a preset of this environment."""
    if field == ALGORITHM:
        known = {algorithm.value for algorithm in Algorithm}
        choices = " or ".join(algorithm.value for algorithm in Algorithm)
    else:
        known = {preset.id for preset in presets_for(environment_id)}
        choices = f"one of: {'; '.join(preset.name for preset in presets_for(environment_id))}"
    if value not in known:
        raise InvalidComparison(one_line(f"{field_label(field)} is {value}, but must be {choices}."))


def _check_field(field: str) -> None:
    if field not in (ALGORITHM, PRESET, *DECLARATIONS):
        raise InvalidComparison(one_line(f'"{field}" is nothing of which values can be compared.'))


def field_label(field: str) -> str:
    """Return what varies, in words."""
    return _LABELS.get(field) or DECLARATIONS[field].explanation.title


def field_symbol(field: str) -> str:
    """Return what varies, as a symbol where it has one."""
    declaration = DECLARATIONS.get(field)
    if declaration is None:
        return field_label(field)
    return declaration.symbol or declaration.label


def written(field: str, value: Value) -> str:
    """Return a value of what varies as it is written everywhere, with all digits where it needs them.

    Two values that are compared would else be written alike: 0.123456 and 0.123457.
    """
    declaration = DECLARATIONS.get(field)
    if declaration is None:
        return Algorithm(str(value)).label if field == ALGORITHM else str(value)
    text = declaration.format(value)
    return repr(value) if isinstance(value, float) and float(text) != value else text


def _variant(
    environment_id: str, algorithm: Algorithm, base: Hyperparameters, field: str, value: Value
) -> Variant:
    if field == ALGORITHM:
        variant = Variant(field, value, Algorithm(str(value)), base)
    elif field == PRESET:
        preset = preset_with_id(environment_id, str(value))
        assert preset is not None
        assert base.total_steps is not None
        own = preset.hyperparameters.with_budget(base.total_steps)
        variant = Variant(field, value, algorithm, own, preset.name)
    else:
        checked = DECLARATIONS[field].check(value)
        variant = Variant(field, value, algorithm, base.changed({field: checked}))
    _check_trainable(environment_id, variant)
    return variant


def _free_variant(
    environment_id: str, letter: str, configuration: Configuration, total_steps: int
) -> Variant:
    hyperparameters = configuration.hyperparameters.with_budget(total_steps)
    variant = Variant(SETTINGS, letter, configuration.algorithm, hyperparameters, configuration.full_name)
    _check_trainable(environment_id, variant)
    return variant


def _check_trainable(environment_id: str, variant: Variant) -> None:
    try:
        RunSettings(environment_id, variant.algorithm, variant.hyperparameters, seed=1)
    except InvalidHyperparameter as error:
        raise InvalidHyperparameter(f"{variant.label}: {error}") from None


def _check_they_differ(variants: tuple[Variant, ...]) -> None:
    for first, second in itertools.combinations(variants, 2):
        if first.algorithm is second.algorithm and first.hyperparameters == second.hyperparameters:
            raise InvalidComparison(
                f"{first.value} and {second.value} are the same settings: change one of them."
            )


def _check_variants(variants: tuple[Variant, ...]) -> None:
    if not variants:
        raise InvalidComparison("There is nothing to compare: give the values to compare.")
    if len(variants) > MOST_VARIANTS:
        raise InvalidComparison(
            f"{len(variants)} variants are too many to be told apart; {MOST_VARIANTS} can be."
        )
