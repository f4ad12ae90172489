"""A moment of a kept run, and how it is usually gone on from in branches. Imports nothing that takes time."""

from __future__ import annotations

from dataclasses import dataclass

USUAL_BRANCHES, MOST_BRANCHES = 8, 64
USUAL_STEPS = 50_000
"""Environment steps of a branch: without the clip CartPole's are decided by then."""


@dataclass(frozen=True)
class Moment:
    """A moment of a kept run: after one of its updates, 0 for its very beginning."""

    run: str
    update: int
