"""What was compared, in one line: the caption under exported figures."""

from __future__ import annotations

import datetime

from ppo_desktop import __version__
from ppo_desktop.comparison.digest import Digest
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import ALGORITHM, PRESET, SETTINGS, Comparison, written
from ppo_desktop.ppo.engines import ENGINE_LABELS
from ppo_desktop.ppo.hyperparameters import BUDGET_FIELDS, DECLARATIONS, changed_fields
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.presets import described


def caption(digest: Digest, engine: str, day: datetime.date) -> str:
    """Return environment, algorithm, origin of what does not vary, seeds, steps, engine, day and version."""
    parts = [
        digest.comparison.environment_id,
        *_origin(digest.comparison),
        _seeds(digest),
        _steps(digest),
        ENGINE_LABELS.get(engine, engine),
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
    provisional = "" if digest.is_final else f"provisional, {digest.progress}: "
    return f"{provisional}{total} steps each"


def _origin(comparison: Comparison) -> list[str]:
    """Return the algorithm and the values of all else, as far as they are the same in all variants."""
    first = comparison.variants[0]
    if comparison.field == SETTINGS:
        return [
            f"{variant.value}: {variant.algorithm.label}, "
            f"{described(comparison.environment_id, variant.hyperparameters, BUDGET_FIELDS)}"
            for variant in comparison.variants
        ]
    algorithm = [] if comparison.field == ALGORITHM else [first.algorithm.label]
    if comparison.field == PRESET:
        return algorithm
    along = _changed_along(comparison)
    others = described(
        comparison.environment_id, first.hyperparameters, {comparison.field, *along, *BUDGET_FIELDS}
    )
    return [*algorithm, f"all else: {others}", *(_values(comparison, name) for name in along)]


def _changed_along(comparison: Comparison) -> list[str]:
    """Return which hyperparameters change along with the value."""
    first, *others = comparison.variants
    names = {
        name for other in others for name in changed_fields(first.hyperparameters, other.hyperparameters)
    }
    return [name for name in DECLARATIONS if name in names - {comparison.field}]


def _values(comparison: Comparison, name: str) -> str:
    """Return the values of what changes along: "minibatches 1, 1, 2, 32"."""
    values = [written(name, getattr(variant.hyperparameters, name)) for variant in comparison.variants]
    return f"{DECLARATIONS[name].short_name} {', '.join(values)}"
