"""The curves of a compared run as a history, to be drawn behind another run's."""

from __future__ import annotations

from ppo_desktop.comparison.record import COLUMNS, RunRecord, stretch_ends
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.history import History


def history_of(settings: RunSettings, record: RunRecord) -> History:
    """Return what is kept of a run: a hundred points of each curve at the most.

    Its mean return is that of the episodes of each stretch, not of the last hundred.
    """
    ends = stretch_ends(record.total_steps)
    told = ends <= max(record.steps, ends[0])
    curves = {name: (ends[told], record.curve(name)[told]) for name in COLUMNS}
    curves["mean_return"] = curves.pop(RETURN.name)
    return History.of_curves(settings, min(record.steps, record.total_steps), curves)
