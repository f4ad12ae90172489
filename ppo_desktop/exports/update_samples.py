"""Ratios and advantages of some updates of a kept run, which are learnt again for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.checkpoint import NotResumable
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.events import MinibatchOptimized, RunFinished, UpdateFinished
from ppo_desktop.ppo.trainer import LONGEST_STRIDE
from ppo_desktop.ppo.update_trace import UpdateTrace
from ppo_desktop.runs.cost import Cost, update_work
from ppo_desktop.runs.keeping import KeptTrainer, keyframe_file

MOST_UPDATES = 30
"""Of a run; TensorBoard draws no more than 50 histograms of one tag."""
_LONGEST_WAY = 0.15
"""Seconds that learning again may take to come to one update, if it is more than that one."""
_LONGEST = 5.0
"""Seconds that the updates themselves may take together."""
_COSTS = {
    COMPILED: Cost(3e-3, 1e-6, 2.7e-6, 2e-4, 3e-5, 1.6e-6),
    PYTORCH: Cost(5e-3, 7.5e-5, 2.4e-5, 5e-3, 1.3e-3, 3.2e-6),
}
"""What CartPole takes on a usual machine; which updates are chosen is not to depend on the one at hand."""
_USUAL_UNITS = 64


@dataclass(frozen=True, eq=False)
class UpdateSamples:
    """What an update learnt from.

    Attributes:
        update: Its number.
        steps: Environment steps at its end.
        ratios: Probability ratio of every sample just before every gradient step that it was in.
        advantages: Â of every sample, before normalisation, (T·N,).
    """

    update: int
    steps: int
    ratios: Floats
    advantages: Floats


class SomeUpdates:
    """The samples of at most 30 updates, evenly spread over a run where that does not take long.

    Where it would take long to come to one, it is the update right after the keyframe before. Environments of
    others are not played in: they run somebody else's code, and may not do the same again.

    Attributes:
        ways: Their numbers, in order; those of a way are come to one after the other.
        why_not: Why there are no samples, or no more, in one line; empty where there are.
    """

    def __init__(self, subject: ExportedRun) -> None:
        self._subject = subject
        self.ways: list[list[int]] = []
        self.why_not = ""
        if subject.settings.environment_id in KNOWN_ENVIRONMENTS:
            self.ways = _ways(subject)
        else:
            self.why_not = "The environment is not one of the program's own."

    def samples(self, progress: Progress) -> Iterator[UpdateSamples]:
        """Yield them, in order of their updates, each when it has been learnt again.

        Args:
            progress: Told after every update, also those on the way.

        Raises:
            EnvironmentFailure: The environment failed.
        """
        last = self._subject.update
        try:
            for updates in self.ways:
                run = self._subject.kept.resumed(last, replayed=last - updates[0] + 1)
                yield from self._learnt_again(run, updates, progress)
                if self.why_not:
                    return
        except NotResumable as error:
            self.why_not = str(error)

    def _learnt_again(
        self, run: KeptTrainer, updates: list[int], progress: Progress
    ) -> Iterator[UpdateSamples]:
        """Yield the samples of the updates of a way."""
        run.stride = LONGEST_STRIDE
        trace: UpdateTrace | None = None
        with closing(run.events()) as events:
            for event in events:
                if isinstance(event, UpdateFinished):
                    progress(event.update / self._subject.update)
                match event:
                    case MinibatchOptimized():
                        trace = event.trace
                    case UpdateFinished() if run.caveat:
                        self.why_not = run.caveat
                        return
                    case UpdateFinished() if event.update in updates and trace is not None:
                        yield _samples(event, trace)
                        if event.update == updates[-1]:
                            return
                    case RunFinished():
                        self.why_not = "The run does not go on as it did."
                        return
                    case _:
                        pass


@np.errstate(all="ignore")
def _samples(event: UpdateFinished, trace: UpdateTrace) -> UpdateSamples:
    ratios: Floats = np.exp(trace.log_ratios_of(slice(None)))
    return UpdateSamples(event.update, event.steps, ratios, trace.evaluated.advantages)


def _ways(subject: ExportedRun) -> list[list[int]]:
    first, last = subject.kept.first_update + 1, subject.update
    if last < first:
        return []
    seconds = _seconds_of_update(subject)
    places, most = _known_places(subject), max(1.0, _LONGEST_WAY / seconds)
    ways: list[list[int]] = []
    n_updates = max(1, min(MOST_UPDATES, int(_LONGEST / seconds)))
    for wanted in np.unique(np.linspace(last, first, n_updates).astype(int)).tolist():
        place = max((place for place in places if place < wanted), default=wanted)
        before = ways[-1][-1] if ways else 0
        if ways and before >= place:
            if wanted - before <= most:
                ways[-1].append(wanted)
        elif place < wanted:
            ways.append([wanted if wanted - place <= most else place + 1])
    return ways


def _known_places(subject: ExportedRun) -> list[int]:
    """Return after which updates the run can be gone on with at once."""
    places = [
        update
        for kept, last in subject.kept.line
        for update in kept.journal.keyframes
        if kept.journal.begins_after <= update <= last and keyframe_file(kept.folder, update).exists()
    ]
    return places if subject.kept.line[-1][0].journal.parent is not None else [0, *places]


def _seconds_of_update(subject: ExportedRun) -> float:
    """Return what one update takes, roughly: in proportion to the weights between hidden units."""
    settings, values = subject.settings, subject.settings.hyperparameters
    weights = (values.hidden_layers - 1) * (values.hidden_units / _USUAL_UNITS) ** 2
    work = update_work(settings.algorithm, values)
    return max(1.0, weights) * _COSTS[subject.kept.journal.engine].seconds(work)
