"""Studies as Optuna keeps them, opened and made; a study may come from anywhere, and is checked."""

from __future__ import annotations

from pathlib import Path

import optuna
from optuna.study import StudyDirection

from ppo_desktop import user_files
from ppo_desktop.ppo.messages import counted, one_line
from ppo_desktop.schema import Unknown
from ppo_desktop.study import sqlite_file
from ppo_desktop.study.attributes import (
    PLAN,
    STRATEGY,
    plan_from_json,
    plan_to_json,
    strategy_from_json,
    strategy_to_json,
)
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.opened import OpenStudy
from ppo_desktop.study.place import Place, StudyExists, UnreadableStudy, check_name
from ppo_desktop.study.plan import Strategy, StudyPlan
from ppo_desktop.study.presence import Intervals, Presence
from ppo_desktop.study.storage_problems import told
from ppo_desktop.study.working_storage import WorkingStorage

__all__ = ["OpenStudy", "Place", "StudyExists", "UnreadableStudy", "create_study", "open_study"]

_USUAL = Intervals()
_NAMES_SHOWN = 5

# What Optuna tells goes where all that is logged goes, not to the terminal.
optuna.logging.disable_default_handler()
optuna.logging.enable_propagation()
optuna.logging.set_verbosity(optuna.logging.WARNING)


def open_study(place: Place, intervals: Intervals = _USUAL) -> OpenStudy:
    """Open a study; trials of processes that are dead are given up, and will be tried again.

    Nothing is imported for it: an environment of a module that nobody has named in this session is
    refused.

    Args:
        place: Where it is; it needs no name where there is one study only.
        intervals: Signs of life.

    Raises:
        UnreadableStudy: There is none, it was not made by PPO Desktop, or it cannot be read or written.
    """
    is_alone = False
    if isinstance(place.location, Path):
        path = place.location
        place = Place(path, _chosen(place, sqlite_file.study_names(path)))
        sqlite_file.check_writable(path)
        is_alone = not sqlite_file.is_open_elsewhere(path)
    study = _opened(place, intervals)
    try:
        study.tend(is_alone=is_alone)
        study.trials()
    except BaseException:
        study.close()
        raise
    return study


def create_study(
    place: Place, plan: StudyPlan, strategy: Strategy, intervals: Intervals = _USUAL
) -> OpenStudy:
    """Make a study and open it; a file must be a new one, a database may hold others.

    Args:
        place: Where it is to be, and its name.
        plan: What it searches.
        strategy: How.
        intervals: Signs of life.

    Raises:
        StudyExists: There is one of that name, or a file.
        UnreadableStudy: It cannot be written there.
    """
    check_name(place.name)
    if not isinstance(place.location, Path):
        with told(place):
            _make(place, plan, strategy, intervals)
        return open_study(place, intervals)
    with told(place):
        place.location.parent.mkdir(parents=True, exist_ok=True)
        with sqlite_file.unfinished(place.location.parent) as unfinished:
            _make(Place(unfinished, place.name), plan, strategy, intervals)
            sqlite_file.take_name(unfinished, place.location)
    return open_study(place, intervals)


def _chosen(place: Place, names: list[str]) -> str:
    """Return the name of the study that is meant, of those there are."""
    if place.name in names:
        return place.name
    known = ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")
    if place.name:
        raise UnreadableStudy(
            one_line(f'{place.label} has no study "{place.name}"; it has: {known or "none"}.')
        )
    if len(names) != 1:
        studies = counted(len(names), "study", "studies")
        raise UnreadableStudy(one_line(f"{place.label} has {studies}; say which: {known or 'none'}."))
    return names[0]


def _opened(place: Place, intervals: Intervals) -> OpenStudy:
    """Open a study, of a file whose name is known; what is not a study is left as it is."""
    presence = Presence(user_files.studies_folder(), intervals)
    storage = None
    try:
        with told(place, is_reading=True):
            storage = WorkingStorage(place, presence, intervals, makes_tables=False)
            _check_schema(place, storage)
            if not place.is_file:
                names = [summary.study_name for summary in storage.get_all_studies()]
                place = Place(place.location, _chosen(place, names))
            study = optuna.load_study(study_name=place.name, storage=storage)
            plan, strategy, unknown = _read(study)
            if place.is_file:
                storage.keep_a_write_ahead_log()
    except BaseException:
        presence.close()
        if storage is not None:
            storage.close()
        raise
    return OpenStudy(place, plan, strategy, study, storage, presence, unknown)


def _check_schema(place: Place, storage: WorkingStorage) -> None:
    if not storage.has_known_schema():
        raise UnreadableStudy(
            f"{place.label} was made with another version of Optuna: update PPO Desktop, or the study with "
            "“optuna storage upgrade”."
        )


def _read(study: optuna.Study) -> tuple[StudyPlan, Strategy, Unknown]:
    """Return what a study searches and how, and what of that only a newer version knows."""
    attributes, unknown = study.user_attrs, Unknown()
    if PLAN not in attributes:
        raise UnreadableStudy(
            one_line(
                f'"{study.study_name}" was not made by PPO Desktop: it does not say what its trials train. '
                "optuna-dashboard can show it."
            )
        )
    try:
        plan = plan_from_json(attributes[PLAN], unknown)
    except InvalidStudy as error:
        raise UnreadableStudy(one_line(f'"{study.study_name}" cannot be used: {error}')) from error
    if study.directions != [StudyDirection.MAXIMIZE]:
        raise UnreadableStudy(f'"{study.study_name}" cannot be used: it does not maximise one number.')
    return plan, strategy_from_json(attributes.get(STRATEGY), unknown), unknown


def _make(place: Place, plan: StudyPlan, strategy: Strategy, intervals: Intervals) -> None:
    """Make a study, and Optuna's tables where there are none."""
    presence = Presence(user_files.studies_folder(), intervals)
    storage = None
    try:
        storage = WorkingStorage(place, presence, intervals, makes_tables=True)
        _check_schema(place, storage)
        storage.make_study(place.name, {STRATEGY: strategy_to_json(strategy), PLAN: plan_to_json(plan)})
    except optuna.exceptions.DuplicatedStudyError:
        raise StudyExists(
            one_line(f'There is a study "{place.name}" at {place.label} already; choose another name.')
        ) from None
    finally:
        presence.close()
        if storage is not None:
            storage.close()
