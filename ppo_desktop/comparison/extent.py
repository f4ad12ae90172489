"""How much there is to be done before a comparison begins, in one line."""

from __future__ import annotations

from ppo_desktop.comparison.estimate import UNKNOWN_TIME, duration
from ppo_desktop.comparison.plan import SETTINGS, Comparison
from ppo_desktop.ppo.messages import counted, grouped


def extent(comparison: Comparison, to_come: int, seconds: float | None, share: float = 1.0) -> str:
    """Return how many runs there are, and the work and time of those to come.

    Example: "5 values × 3 seeds = 15 runs · 2 250 240 steps · about 12 s".

    Args:
        comparison: What is to be compared.
        to_come: How many of its runs have not been done.
        seconds: How long these take together; None as long as nobody knows.
        share: The part of their work that is left: less than 1 where some have been stopped on their way.
    """
    what = "configuration" if comparison.field == SETTINGS else "value"
    values, seeds = counted(len(comparison.variants), what), counted(comparison.n_seeds, "seed")
    runs = f"{values} × {seeds} = {counted(comparison.n_runs, 'run')}"
    if to_come < comparison.n_runs:
        runs += f", {grouped(to_come)} of them to come"
    time = UNKNOWN_TIME if seconds is None else f"about {duration(seconds)}"
    steps = comparison.work * to_come / comparison.n_runs * share
    return f"{runs} · {grouped(steps)} steps · {time}"
