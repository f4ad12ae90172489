"""What time it was at a step of a kept run, as far as its files say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from ppo_desktop.library import began_at
from ppo_desktop.ppo.arrays import Doubles
from ppo_desktop.runs.keeping import JOURNAL, keyframe_file
from ppo_desktop.runs.kept import KeptRun


class WallClock:
    """Says when a run was at a step, and when those that it goes on from were.

    It is known when each began, when its keyframes were written and when its last line was; between two of
    these moments time passes in proportion to steps, pauses included.

    Args:
        kept: The run.
        until: The last update that counts.
    """

    def __init__(self, kept: KeptRun, until: int) -> None:
        moments = sorted(
            moment for one, last in kept.line for moment in _known_moments(one, min(last, until))
        )
        steps, times = np.array(moments or [(0.0, 0.0)]).T
        self._steps: Doubles = steps
        self._times: Doubles = np.maximum.accumulate(times)

    @property
    def began(self) -> float:
        """When it began, in seconds since 1970."""
        return float(self._times[0])

    def times(self, steps: Doubles) -> Doubles:
        """Return when it was at steps, (n,), in seconds since 1970."""
        return np.interp(steps, self._steps, self._times)

    def time(self, steps: float) -> float:
        """Return when it was at a step."""
        return float(np.interp(steps, self._steps, self._times))


def _known_moments(kept: KeptRun, last: int) -> Iterator[tuple[float, float]]:
    """Yield (step, time) of those up to an update of which something is known."""
    journal = kept.journal
    if last < journal.begins_after:
        return
    began = began_at(kept.folder.name)
    at_first = journal.keyframes.get(journal.begins_after)  # a branch begins with one
    if began is not None and (journal.parent is None or at_first is not None):
        with suppress(OSError, OverflowError, ValueError):  # a year in which the system knows no time
            yield 0.0 if at_first is None else float(at_first.steps), began.timestamp()
    for update, keyframe in journal.keyframes.items():
        if update <= last:
            with suppress(OSError):  # it has made room for others
                yield float(keyframe.steps), keyframe_file(kept.folder, update).stat().st_mtime
    if last == journal.updates and (row := journal.row_of(last)) is not None:
        with suppress(OSError):
            yield row[0], (kept.folder / JOURNAL).stat().st_mtime
