"""One seed for a run, many independent streams of randomness from it."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream of random numbers is for; each has its own, so none disturbs another."""

    INITIALIZATION = 0
    ACTIONS = 1
    MINIBATCHES = 2
    AGENTS = 3
    EVALUATION = 4
    STARTS = 5


def stream_seed(seed: int, stream: Stream, index: int = 0) -> int:
    """Return the seed of one stream of the run with `seed`, below 2³¹.

    Other arguments give another seed, but for a chance of 2⁻³¹.
    """
    return int(np.random.SeedSequence([seed, int(stream), index]).generate_state(1)[0]) % 2**31


def agent_seed(seed: int, agent: int) -> int:
    """Return the seed of the environment of agent number `agent`."""
    return stream_seed(seed, Stream.AGENTS, agent)
