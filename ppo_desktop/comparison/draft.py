"""A comparison that is being set up: every choice on its own, and what they make together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ppo_desktop.comparison.plan import (
    ALGORITHM,
    PRESET,
    SETTINGS,
    Comparison,
    Configuration,
    InvalidComparison,
    Variant,
    check_size,
    opposed,
    varied,
)
from ppo_desktop.comparison.values import parse_values, suggested_values, varying_fields, written_values
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, changed_fields
from ppo_desktop.ppo.presets import presets_for

DEFAULT_STEPS = 150_000
"""Steps of each run where the preset sets no end."""
DEFAULT_SEEDS = 3
AS_IN_COMPARISON = "comparison"
"""Id of where all else comes from in a ready-made or kept comparison that has no preset's values."""


@dataclass(frozen=True)
class Draft:
    """What the user has chosen; it may be impossible, which `comparison` says.

    Attributes:
        base: Where all values come from that do not vary.
        field: What varies, `SETTINGS` for `sides`.
        values: The line of values.
        sides: What stands against each other where `field` is `SETTINGS`.
        variants: Variants that are given as they are, until something else is chosen; else empty.
    """

    environment_id: str
    base: Configuration
    field: str
    values: str
    sides: tuple[Configuration, Configuration]
    n_seeds: int = DEFAULT_SEEDS
    total_steps: int = DEFAULT_STEPS
    variants: tuple[Variant, ...] = ()
    title: str = ""

    def comparison(self) -> Comparison:
        """Return the comparison it makes, or raise InvalidComparison or InvalidHyperparameter."""
        if self.variants:
            return self._given()
        if self.field == SETTINGS:
            return opposed(self.environment_id, self.sides, self.n_seeds, self.total_steps)
        return varied(
            self.environment_id,
            self.base.algorithm,
            self.base.hyperparameters,
            self.field,
            parse_values(self.field, self.values, self.environment_id),
            self.n_seeds,
            self.total_steps,
        )

    def _given(self) -> Comparison:
        check_size(self.n_seeds, self.total_steps)
        variants = tuple(
            replace(variant, hyperparameters=variant.hyperparameters.with_budget(self.total_steps))
            for variant in self.variants
        )
        return Comparison(
            self.title, self.environment_id, self.field, variants, self.n_seeds, self.total_steps
        )

    # ---- what one may choose -------------------------------------------------------------------

    def in_environment(self, environment_id: str) -> Draft:
        """Return the same question asked of another environment, with its presets and usual steps.

        The values stay where they can be compared there, too.
        """
        draft = first_draft(environment_id, self.field, self.base.algorithm, self.n_seeds)
        if draft.field != self.field or self.field in (PRESET, SETTINGS):
            return draft
        try:
            replace(draft, values=self.values).comparison()
        except (InvalidComparison, InvalidHyperparameter):
            return draft
        return replace(draft, values=self.values)

    def varying(self, field: str) -> Draft:
        """Return a draft in which something else varies, with suggested values."""
        draft = replace(self, field=field, variants=())
        return draft if field == SETTINGS else replace(draft, values=_suggestion(draft))

    def with_values(self, line: str) -> Draft:
        """Return a draft with another line of values."""
        return self if line == self.values else replace(self, values=line, variants=())

    def with_base(self, base: Configuration) -> Draft:
        """Return a draft in which all that does not vary is of another origin."""
        return replace(self, base=base, variants=())

    def with_algorithm(self, algorithm: Algorithm) -> Draft:
        """Return a draft with another algorithm where the algorithm does not vary."""
        return self.with_base(replace(self.base, algorithm=algorithm))

    def with_sides(self, first: Configuration, second: Configuration) -> Draft:
        """Return a draft with other sides."""
        return replace(self, sides=(first, second), variants=())


def first_draft(
    environment_id: str, field: str, algorithm: Algorithm = Algorithm.PPO, n_seeds: int = DEFAULT_SEEDS
) -> Draft:
    """Return a draft with the environment's default preset and suggested values."""
    configurations = preset_configurations(environment_id, algorithm)
    if field not in (*varying_fields(environment_id), SETTINGS):
        field = varying_fields(environment_id)[0]
    base = configurations[0]
    steps = base.hyperparameters.total_steps or DEFAULT_STEPS
    draft = Draft(environment_id, base, field, "", (base, configurations[-1]), n_seeds, steps)
    return draft if field == SETTINGS else replace(draft, values=_suggestion(draft))


def draft_of(comparison: Comparison) -> Draft:
    """Return the draft that makes exactly this comparison, and can be changed."""
    first = comparison.variants[0]
    values = [variant.value for variant in comparison.variants]
    is_free = comparison.field == SETTINGS
    last = comparison.variants[-1]
    return Draft(
        comparison.environment_id,
        _base_of(comparison),
        comparison.field,
        "" if is_free else written_values(comparison.field, values, comparison.environment_id),
        (_side(first), _side(last)),
        comparison.n_seeds,
        comparison.total_steps,
        comparison.variants,
        comparison.title,
    )


def preset_configurations(environment_id: str, algorithm: Algorithm) -> list[Configuration]:
    """Return the presets of an environment as configurations."""
    return [
        Configuration(preset.name, algorithm, preset.hyperparameters, preset.id)
        for preset in presets_for(environment_id)
    ]


def _base_of(comparison: Comparison) -> Configuration:
    """Return what the variants have in common: a preset, or else the first with the varied value as usual."""
    first, field = comparison.variants[0], comparison.field
    algorithm = Algorithm.PPO if field == ALGORITHM else first.algorithm
    for preset in presets_for(comparison.environment_id):
        differing = changed_fields(preset.hyperparameters, first.hyperparameters)
        if set(differing) <= {field, *BUDGET_FIELDS}:
            return Configuration(preset.name, algorithm, preset.hyperparameters, preset.id)
    usual = first.hyperparameters
    if field in DECLARATIONS:
        usual = usual.changed({field: DECLARATIONS[field].default})
    return Configuration("as in this comparison", algorithm, usual, AS_IN_COMPARISON)


def _side(variant: Variant) -> Configuration:
    return Configuration(variant.name or variant.label, variant.algorithm, variant.hyperparameters)


def _suggestion(draft: Draft) -> str:
    values = suggested_values(
        draft.field, draft.environment_id, draft.base.algorithm, draft.base.hyperparameters, draft.total_steps
    )
    return written_values(draft.field, values, draft.environment_id)
