"""Maps' status bar: how much is measured, how long still, the workers, and where the map is kept."""

from __future__ import annotations

from functools import partial

from ppo_desktop.bridge.job_session import JobState
from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.ppo.messages import duration, grouped
from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel
from ppo_desktop.views.kit.study_status import study_place, workers_label

_WIDEST_PHASE = "finishing · 400 of 400 cells "


class MapsFooter(Footer):
    """Shows where the map is, whenever the session says that it has come further."""

    def __init__(self, maps: MapSession) -> None:
        key = "maps_progress"
        left = partial(_left, maps)
        super().__init__(
            (
                ShareBar("maps_progress", "Part of the map that is measured", key, partial(_share, maps)),
                StatusLabel("maps_phase", "Phase", key, partial(_phase, maps), _WIDEST_PHASE, is_bold=True),
                StatusLabel("maps_time_left", "Time left", "time_left", left, "about 10 min left "),
                workers_label(maps, "map_workers_label"),
            ),
            (study_place(maps, "map_place"),),
            maps.progress_changed,
            maps.state_changed,
            maps.study_changed,
            maps.digest_changed,
            maps.workers_changed,
            maps.session.preparation.changed,
        )


def _n_measured(maps: MapSession) -> int:
    return len({trial.combination for trial in maps.trials if trial.state.is_done} - {None})


def _share(maps: MapSession) -> float:
    return 0.0 if maps.plan is None else _n_measured(maps) / maps.plan.combinations


def _phase(maps: MapSession) -> str:
    """Return what it is doing, in words."""
    if maps.state is JobState.OPENING:
        return "opening…"
    if maps.plan is None:
        return "no map yet"
    cells = f"{grouped(_n_measured(maps))} of {grouped(maps.plan.combinations)} cells"
    said = {JobState.PAUSED: "paused · ", JobState.FINISHING: "finishing · "}
    return said.get(maps.state, "") + cells


def _left(maps: MapSession) -> str:
    return "" if maps.seconds_left is None else f"about {duration(maps.seconds_left)} left"
