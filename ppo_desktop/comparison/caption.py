"""What was compared, in one line: it stands under figures, which go where nobody can ask."""

from __future__ import annotations

import datetime

from ppo_desktop import __version__
from ppo_desktop.comparison.plan import ALGORITHM, BUDGET_FIELDS, PRESET, SETTINGS, Comparison, Variant
from ppo_desktop.ppo.hyperparameters import changed_fields
from ppo_desktop.ppo.messages import grouped
from ppo_desktop.ppo.presets import presets_for


def caption(comparison: Comparison, day: datetime.date) -> str:
    """Return environment, algorithm, origin of what does not vary, seeds, steps, day and version.

    Args:
        comparison: What was compared.
        day: When.
    """
    seeds = "seed 1" if comparison.n_seeds == 1 else f"seeds 1–{comparison.n_seeds}"
    parts = [
        comparison.environment_id,
        *_origin(comparison),
        f"{seeds} of each",
        f"{grouped(comparison.total_steps)} steps each",
        day.isoformat(),
        f"PPO Desktop {__version__}",
    ]
    return " · ".join(parts)


def _origin(comparison: Comparison) -> list[str]:
    """Return the algorithm and where all else comes from, as far as they are the same in all variants."""
    first = comparison.variants[0]
    if comparison.field == SETTINGS:
        return []
    algorithm = [] if comparison.field == ALGORITHM else [first.algorithm.label]
    if comparison.field == PRESET:
        return algorithm
    return [*algorithm, f"all else: {_preset_of(comparison, first) or 'own settings'}"]


def _preset_of(comparison: Comparison, variant: Variant) -> str:
    """Return the preset from which a variant differs at most in what varies; empty if there is none."""
    may_differ = {comparison.field, *BUDGET_FIELDS}
    for preset in presets_for(comparison.environment_id):
        if set(changed_fields(preset.hyperparameters, variant.hyperparameters)) <= may_differ:
            return preset.name
    return ""
