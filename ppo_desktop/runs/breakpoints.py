"""Breakpoints: conditions at which a run pauses, on any number that it reports of updates and episodes."""

from __future__ import annotations

import math
import operator
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from ppo_desktop.ppo.events import EpisodeEnded, Event, MinibatchOptimized, UpdateFinished
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.messages import counted, grouped
from ppo_desktop.ppo.quantities import EPISODE_QUANTITIES, UPDATE_QUANTITIES, Per, Quantity
from ppo_desktop.runs.history import RECENT_EPISODES, History

UPDATE, CLIPPED_SAMPLES, RETURN_FALL = "update", "clipped_samples", "return_fall"

WATCHED: dict[str, Quantity] = {
    UPDATE: Quantity("Update", "The end of the update of this number.", name=UPDATE, per=Per.RUN, decimals=0),
    CLIPPED_SAMPLES: Quantity(
        "First clipped sample",
        "The first gradient step of the run at which a ratio of its minibatch lies outside the band.",
        name=CLIPPED_SAMPLES,
        per=Per.RUN,
        decimals=0,
    ),
    RETURN_FALL: Quantity(
        "Fall of the mean return",
        "By which share of its best so far the mean return of 100 episodes lies below that, after an update.",
        name=RETURN_FALL,
        per=Per.UPDATE,
        formula="(best − now) / |best|",
        percent=True,
    ),
    **EPISODE_QUANTITIES,
    **UPDATE_QUANTITIES,
}
"""What a breakpoint can watch, by its name."""


class Relation(Labelled):
    """How a number is to lie to the value of a breakpoint."""

    ABOVE = "above", "above"
    BELOW = "below", "below"
    BY = "by", "by at least"
    AT = "at", "number"


_HOLDS: dict[Relation, Callable[[float, float], bool]] = {
    Relation.ABOVE: operator.gt,
    Relation.BELOW: operator.lt,
    Relation.BY: operator.ge,
    Relation.AT: operator.eq,
}
_SIGNS = {Relation.BY: ">=", Relation.ABOVE: ">", Relation.BELOW: "<", Relation.AT: "="}
_WRITTEN = re.compile(r"(\w+?)(>=|>|<|=)(.+)")
_RELATIONS = {UPDATE: (Relation.AT,), CLIPPED_SAMPLES: (Relation.ABOVE,), RETURN_FALL: (Relation.BY,)}


class InvalidBreakpoint(ValueError):
    """A condition that cannot be watched for; the message is one line and says what to do."""


def relations_of(quantity: str) -> tuple[Relation, ...]:
    """Return how something watched can lie to a value."""
    return _RELATIONS.get(quantity, (Relation.ABOVE, Relation.BELOW))


@dataclass(frozen=True)
class Breakpoint:
    """A condition at which a run pauses; InvalidBreakpoint says why there can be no such one.

    Attributes:
        quantity: What is watched, a name in `WATCHED`.
        relation: How it is to lie to the value.
        value: In the unit of the events: nats, shares.
    """

    quantity: str
    relation: Relation
    value: float

    def __post_init__(self) -> None:
        if self.quantity not in WATCHED:
            raise InvalidBreakpoint(f"No number of a run is called {self.quantity!r}.")
        title = self.watched.title
        if self.relation not in (allowed := relations_of(self.quantity)):
            signs = " or ".join(_SIGNS[each] for each in allowed)
            raise InvalidBreakpoint(f"{title} is compared by {signs}, not by {_SIGNS[self.relation]}.")
        if not math.isfinite(self.value):
            raise InvalidBreakpoint(f"{title} is compared with a number, not with {self.value}.")
        if self.quantity == UPDATE and not (self.value >= 1 and self.value == int(self.value)):
            raise InvalidBreakpoint(f"Updates are numbered 1, 2, 3, …: there is none with {self.value:g}.")
        if self.quantity == CLIPPED_SAMPLES and self.value != 0:
            raise InvalidBreakpoint("Of clipped samples only the first is waited for: clipped_samples>0.")
        if self.quantity == RETURN_FALL and self.value <= 0:
            raise InvalidBreakpoint("A fall of the mean return is more than 0 % of its best.")

    @property
    def watched(self) -> Quantity:
        """What there is to know about what is watched."""
        return WATCHED[self.quantity]

    @property
    def limit(self) -> str:
        """The value as it is shown, with its unit."""
        return self.write(self.value)

    def write(self, value: float) -> str:
        """Return a value of what is watched as it is shown, with its unit."""
        unit = self.watched.unit.name
        return f"{self.watched.text(value)} {unit}".rstrip()

    @property
    def title(self) -> str:
        """What it is called where there is little room: "KL > 0.0500 nats"."""
        match self.quantity:
            case "update":
                return f"Update {self.limit}"
            case "clipped_samples":
                return self.watched.title
            case "return_fall":
                return f"Return falls by {self.limit}"
            case _:
                return f"{self.watched.titles[-1]} {_SIGNS[self.relation]} {self.limit}"

    def holds(self, value: float) -> bool:
        """Whether it holds of a value of what is watched."""
        return _HOLDS[self.relation](value, self.value)

    def __str__(self) -> str:
        """Return it as it is written in a line, from which it comes back exactly: "approx_kl>0.05"."""
        return f"{self.quantity}{_SIGNS[self.relation]}{str(self.value).removesuffix('.0')}"

    @classmethod
    def parse(cls, text: str) -> Breakpoint:
        """Return the breakpoint written in a line of text.

        Raises:
            InvalidBreakpoint: It is none, or one that cannot be watched for.
        """
        written = _WRITTEN.fullmatch("".join(text.split()))
        if written is None:
            raise InvalidBreakpoint(f"{text!r} is no condition: write approx_kl>0.05, or update=10.")
        quantity, sign, number = written.groups()
        relation = next(relation for relation, each in _SIGNS.items() if each == sign)
        try:
            return cls(quantity, relation, float(number))
        except ValueError as error:
            if isinstance(error, InvalidBreakpoint):
                raise
            raise InvalidBreakpoint(f"{number!r} is no number: write {quantity}{sign}0.5.") from None


class BreakpointWatch:
    """Follows the events of a run, and tells at which of them its breakpoint is hit.

    That is where the condition comes to hold, and not where it goes on holding: a run that is replayed
    pauses where it did. Where it holds already when it is set, that is at the next number.

    Attributes:
        breakpoint: What is waited for, None for nothing.
    """

    def __init__(self) -> None:
        self.breakpoint: Breakpoint | None = None
        self.begin(History())

    def begin(self, history: History) -> None:
        """Follow another run, or the same from another moment, before which so much had happened."""
        self._updates = history.updates
        self._returns = deque(history.recent_returns, maxlen=RECENT_EPISODES)
        self._best = -math.inf if history.peak is None else history.peak.mean_return
        self._n_clipped = int((history.curve("clip_fraction").maximum or 0.0) > 0)
        before = None if self.breakpoint is None else self._value_before(self.breakpoint.quantity, history)
        self._is_armed = self.breakpoint is None or before is None or not self.breakpoint.holds(before)

    def wait_for(self, breakpoint: Breakpoint | None) -> None:
        """Wait from now on for a condition, also where it holds already; None for nothing."""
        self.breakpoint = breakpoint
        self._is_armed = True
        self._n_clipped = 0

    @property
    def looks_at_each_step(self) -> bool:
        """Whether it must be told of every time step, to pause right there."""
        return self.breakpoint is not None and self.breakpoint.quantity in EPISODE_QUANTITIES

    @property
    def looks_at_each_minibatch(self) -> bool:
        """Whether it must be told of every gradient step."""
        watched = None if self.breakpoint is None else self.breakpoint.quantity
        return self._is_armed and watched == CLIPPED_SAMPLES

    def hit_by(self, event: Event) -> str:
        """Take in an event; return in one line how it has hit the breakpoint, empty if it has not."""
        match event:
            case EpisodeEnded():
                self._returns.append(event.episode_return)
            case UpdateFinished():
                self._updates = event.update
                self._best = max(self._best, event.mean_return_100)  # its nan is never larger
            case _:
                pass
        if self.breakpoint is None or (value := self._value(self.breakpoint.quantity, event)) is None:
            return ""
        holds = self.breakpoint.holds(value)
        is_hit, self._is_armed = holds and self._is_armed, not holds
        return self._told(self.breakpoint, value, event) if is_hit else ""

    def _value(self, quantity: str, event: Event) -> float | None:
        """Return what an event says of what is watched; None where it says nothing."""
        value: float | None = None
        match event:
            case EpisodeEnded() if quantity in EPISODE_QUANTITIES:
                value = self._value_of_episode(quantity, event)
            case UpdateFinished() if quantity == RETURN_FALL:
                value = _fall(self._best, event.mean_return_100)
            case UpdateFinished() if quantity in UPDATE_QUANTITIES or quantity == UPDATE:
                value = getattr(event, quantity)
            case MinibatchOptimized() if quantity == CLIPPED_SAMPLES:
                self._n_clipped += _clipped_in(event)
                value = self._n_clipped
            case _:
                pass
        return value if value is not None and math.isfinite(value) else None

    def _value_of_episode(self, quantity: str, event: EpisodeEnded) -> float:
        match quantity:
            case "mean_return":
                return event.mean_return_100
            case "recent_return":
                return fmean(self._returns)
            case "length":
                return event.length
            case _:
                return event.episode_return

    def _value_before(self, quantity: str, history: History) -> float | None:
        """Return what was known of what is watched at the end of a history."""
        match quantity:
            case "update":
                return history.updates
            case "clipped_samples":
                return self._n_clipped
            case "return_fall":
                return _fall(self._best, history.recent[-1].mean_return_100) if history.recent else None
            case _:
                return history.curve(quantity).last

    def _told(self, breakpoint: Breakpoint, value: float, event: Event) -> str:
        """Return where the run is, which condition is met there, and by which value."""
        written = breakpoint.write(value)
        match event:
            case EpisodeEnded():
                where = f"at step {grouped(event.steps)}, where an episode has ended"
            case MinibatchOptimized():
                where = f"in update {grouped(self._updates + 1)}, epoch {event.epoch}, "
                where += f"minibatch {event.minibatch}"
            case _:
                where = f"after update {grouped(self._updates)}"
        match breakpoint.quantity:
            case "update":
                return f"Paused {where}."
            case "clipped_samples":
                ratios = counted(round(value), "ratio")
                return f"Paused {where}: the first clipped samples, {ratios} outside the band."
            case "return_fall":
                best = WATCHED["mean_return"].text(self._best)
                return f"Paused {where}: the mean return lies {written} below its best of {best}."
            case _:
                limit = f"{breakpoint.relation.label} {breakpoint.limit}"
                return f"Paused {where}: {breakpoint.watched.title} {written}, {limit}."


def _fall(best: float, now: float) -> float | None:
    """Return which share of a best mean return is lost; None where nothing is known, or it was 0."""
    return (best - now) / abs(best) if best and math.isfinite(best) else None


def _clipped_in(event: MinibatchOptimized) -> int:
    """Return how many samples' ratios lay outside the band before a gradient step."""
    return int(np.count_nonzero(event.samples.ratios != event.samples.clipped_ratios))
