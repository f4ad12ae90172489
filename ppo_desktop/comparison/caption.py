"""What was compared, in one line: it stands under figures, which go where nobody can ask."""

from __future__ import annotations

import datetime

from ppo_desktop import __version__
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import (
    ALGORITHM,
    BUDGET_FIELDS,
    PRESET,
    SETTINGS,
    Comparison,
    Variant,
)
from ppo_desktop.comparison.so_far import progress
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, changed_fields
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import presets_for


def caption(digest: Digest, engine: str, day: datetime.date) -> str:
    """Return environment, algorithm, origin of what does not vary, seeds, steps, engine, day and version.

    Args:
        digest: What the figure shows.
        engine: Name of the engine that did the arithmetic.
        day: When.
    """
    parts = [
        digest.comparison.environment_id,
        *_origin(digest.comparison),
        _seeds(digest),
        _steps(digest),
        f"{engine} engine",
        day.isoformat(),
        f"PPO Desktop {__version__}",
    ]
    return " · ".join(parts)


def _seeds(digest: Digest) -> str:
    """Return which seeds count, and how many runs are missing among them."""
    counted_seeds = [len(estimate.samples) for estimate in digest.estimates[FINAL_RETURN.name]]
    n_seeds = digest.comparison.n_seeds
    text = "seed 1" if n_seeds == 1 else f"seeds 1–{n_seeds} of each"
    missing = n_seeds * len(counted_seeds) - sum(counted_seeds)
    return f"{text}, {counted(missing, 'run')} missing" if missing else text


def _steps(digest: Digest) -> str:
    total = grouped(digest.comparison.total_steps)
    if digest.steps < digest.comparison.total_steps:
        return f"provisional, after {grouped(digest.steps)} of {total} steps each"
    provisional = "" if digest.is_final else f"provisional, {progress(digest)}: "
    return f"{provisional}{total} steps each"


def _origin(comparison: Comparison) -> list[str]:
    """Return the algorithm and where all else comes from, as far as they are the same in all variants."""
    first = comparison.variants[0]
    if comparison.field == SETTINGS:
        return []
    algorithm = [] if comparison.field == ALGORITHM else [first.algorithm.label]
    if comparison.field == PRESET:
        return algorithm
    return [*algorithm, f"all else: {_preset_of(comparison, first) or 'own settings'}", *_coupled(comparison)]


def _coupled(comparison: Comparison) -> list[str]:
    """Return what changes along with the value, if anything does."""
    first, *others = comparison.variants
    names = {
        name for other in others for name in changed_fields(first.hyperparameters, other.hyperparameters)
    }
    along = [DECLARATIONS[name].label for name in DECLARATIONS if name in names - {comparison.field}]
    return [f"{', '.join(along)} changed along"] if along else []


def _preset_of(comparison: Comparison, variant: Variant) -> str:
    """Return the preset from which a variant differs at most in what varies; empty if there is none."""
    may_differ = {comparison.field, *BUDGET_FIELDS}
    for preset in presets_for(comparison.environment_id):
        if set(changed_fields(preset.hyperparameters, variant.hyperparameters)) <= may_differ:
            return preset.name
    return ""
