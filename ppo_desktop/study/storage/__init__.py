"""Studies as Optuna keeps them, made and opened; a study may come from anywhere, and is checked.

All that is written and read of a study goes through an `OpenStudy`, by what Optuna's storages have in public.
"""

from __future__ import annotations

import time
from pathlib import Path

import optuna
from optuna.exceptions import DuplicatedStudyError
from optuna.study import StudyDirection

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
from ppo_desktop.study.place import Place, StudyExists, UnreadableStudy, check_name
from ppo_desktop.study.storage.database import Database
from ppo_desktop.study.storage.opened import OpenStudy
from ppo_desktop.study.storage.problems import translate_storage_errors
from ppo_desktop.study.study_plan import Strategy, StudyPlan

__all__ = ["OpenStudy", "create_study", "open_study"]

_NAMES_SHOWN = 5
_MAKING_SECONDS = 2.0
"""How long another program may take to say what the study searches that it has just made."""

# What Optuna tells goes where all that is logged goes, not to the terminal.
optuna.logging.disable_default_handler()
optuna.logging.enable_propagation()
optuna.logging.set_verbosity(optuna.logging.WARNING)


def open_study(place: Place) -> OpenStudy:
    """Open a study; trials of processes that are dead are given up, and will be tried again.

    Nothing is imported for it: an environment of a module that was not named in this session is refused. It
    needs no name where there is one study only.

    Raises:
        UnreadableStudy: There is none, it was not made by PPO Desktop, or it cannot be read or written.
    """
    abandoned: list[int] = []
    if isinstance(place.location, Path):
        path = place.location
        place = Place(path, _chosen(place, sqlite_file.study_names(path)))
        sqlite_file.check_writable(path)
        abandoned = sqlite_file.abandoned_trials(path, place.name)
    study = _opened(place)
    try:
        study.fail_abandoned(abandoned)
        study.retry_stale_trials()
        study.trials()
    except BaseException:
        study.close()
        raise
    return study


def create_study(place: Place, plan: StudyPlan, strategy: Strategy) -> OpenStudy:
    """Make a study and open it, or raise StudyExists; a database may hold others, a file not."""
    check_name(place.name)
    if not isinstance(place.location, Path):
        with translate_storage_errors(place):
            _make(place, plan, strategy)
        return open_study(place)
    with translate_storage_errors(place):
        place.location.parent.mkdir(parents=True, exist_ok=True)
        with sqlite_file.unfinished(place.location.parent) as unfinished:
            _make(Place(unfinished, place.name), plan, strategy)
            sqlite_file.take_name(unfinished, place.location)
    return open_study(place)


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


def _opened(place: Place) -> OpenStudy:
    """Open a study, of a file whose name is known; what is not a study is left as it is."""
    with translate_storage_errors(place, is_reading=True):
        database = Database(place)
    try:
        with database.session(is_reading=True):
            database.check_version()
            if not place.is_file:
                names = [summary.study_name for summary in database.storage.get_all_studies()]
                place = Place(place.location, _chosen(place, names))
            study = optuna.load_study(study_name=place.name, storage=database.storage)
            plan, strategy, unknown = _read(study)
            if place.is_file:
                database.keep_a_write_ahead_log()
            return OpenStudy(place, plan, strategy, study, database, unknown)
    except BaseException:
        database.close()
        raise


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


def _make(place: Place, plan: StudyPlan, strategy: Strategy) -> None:
    """Make a study, and Optuna's tables where there are none."""
    database = Database(place, makes_tables=True)
    try:
        with database.session():
            database.check_version()
            try:
                study = optuna.create_study(
                    study_name=place.name, storage=database.storage, direction="maximize"
                )
            except DuplicatedStudyError:
                study = optuna.load_study(study_name=place.name, storage=database.storage)
                if _gets_its_plan(study):
                    raise StudyExists(
                        one_line(
                            f'There is a study "{place.name}" at {place.label} already; choose another name.'
                        )
                    ) from None
            study.set_user_attr(STRATEGY, strategy_to_json(strategy))
            study.set_user_attr(PLAN, plan_to_json(plan))
    finally:
        database.close()


def _gets_its_plan(study: optuna.Study) -> bool:
    """Return whether a study is whole, not what is left of one whose program has died at making it."""
    deadline = time.monotonic() + _MAKING_SECONDS
    while PLAN not in study.user_attrs and not study.get_trials(deepcopy=False):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
