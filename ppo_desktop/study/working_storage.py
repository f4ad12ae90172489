"""Optuna's storage as we work with it: each trial that is begun says from its first moment who is at it."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.storages._rdb.storage import _create_scoped_session
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event
from sqlalchemy.orm import Session

from ppo_desktop.study.attributes import MARK
from ppo_desktop.study.connection import checked_tables, connection_to
from ppo_desktop.study.patience import Patience
from ppo_desktop.study.place import Place
from ppo_desktop.study.presence import Intervals, Presence
from ppo_desktop.study.trial_reading import WORKER

_head = ""
"""The schema of this version of Optuna, once it is known."""
_reading_head = threading.Lock()


class WorkingStorage(RDBStorage):
    """The storage of a study that this process may work at.

    A trial that is begun, be it new or one that has waited, gets this process as its worker and a first
    heartbeat; further ones follow by themselves until it ends.

    Args:
        place: Where it is.
        presence: This process at the study.
        intervals: Signs of life.
        makes_tables: Whether to make what is missing of Optuna's tables; else nothing is changed.

    Attributes:
        patience: How long its database is waited for.
        beginning: Held while a trial is begun, so that none runs which `presence` does not know yet.
    """

    def __init__(self, place: Place, presence: Presence, intervals: Intervals, *, makes_tables: bool) -> None:
        self.beginning = threading.Lock()
        self._presence = presence
        self.patience = Patience()
        url, arguments = connection_to(place, self.patience)
        with checked_tables(place, url, arguments, may_be_missing=makes_tables):
            super().__init__(
                url, arguments, skip_compatibility_check=True, skip_table_creation=not makes_tables
            )
        # Given to the constructor they would bring a warning that heartbeats are experimental.
        self.heartbeat_interval = int(max(1, intervals.heartbeat))
        self.grace_period = intervals.grace  # type: ignore[assignment]  # a fraction is as good
        if place.is_file:
            event.listen(self.engine, "before_execute", _lock_for_update)

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        if state is not TrialState.RUNNING:
            has_changed = super().set_trial_state_values(trial_id, state, values)
            self._presence.end(trial_id)
            return has_changed
        with self.beginning:
            return self._take_up(trial_id)

    def get_heartbeat_interval(self) -> None:
        """Tell Optuna that there are none: it would warn that its own need `optimize`."""

    def make_study(self, name: str, attributes: Mapping[str, Any]) -> None:
        """Make a study that maximises one number, with its attributes: all of it or nothing.

        Raises:
            DuplicatedStudyError: There is one of that name.
        """
        try:
            with _create_scoped_session(self.scoped_session) as session:
                direction = models.StudyDirectionModel(objective=0, direction=StudyDirection.MAXIMIZE)
                study = models.StudyModel(study_name=name, directions=[direction])
                session.add(study)
                session.flush()  # it gets its id
                session.add_all(
                    models.StudyUserAttributeModel(
                        study_id=study.study_id, key=key, value_json=json.dumps(value)
                    )
                    for key, value in attributes.items()
                )
        except sqlalchemy.exc.IntegrityError as error:
            raise DuplicatedStudyError from error

    def add_reports(self, trial_id: int, points: Sequence[tuple[int, float]]) -> None:
        """Add finite points to a trial's curve, all at once: one by one they cost more than the trial.

        Args:
            trial_id: Which.
            points: Step and value of each; none of the steps has been reported.

        Raises:
            UpdateFinishedTrialError: The trial has ended.
        """
        kind = models.TrialIntermediateValueModel.TrialIntermediateValueType.FINITE
        with _create_scoped_session(self.scoped_session, True) as session:
            trial = models.TrialModel.find_or_raise_by_id(trial_id, session)
            self.check_trial_is_updatable(trial_id, trial.state)  # type: ignore[arg-type]
            session.add_all(
                models.TrialIntermediateValueModel(
                    trial_id=trial_id, step=step, intermediate_value=value, intermediate_value_type=kind
                )
                for step, value in points
            )

    def give_up(
        self, study_id: int, trial_id: int, attributes: Mapping[str, Any], again: FrozenTrial | None
    ) -> None:
        """Let a running trial fail, and have its values tried again: both or nothing, and once only.

        Args:
            study_id: Whose trial it is.
            trial_id: Which.
            attributes: What is to be said of it.
            again: The trial that is to wait in its place, if any.

        Raises:
            UpdateFinishedTrialError: It has ended.
        """
        with _create_scoped_session(self.scoped_session) as session:
            # The study before the trial, as those who begin one do: no two wait for each other.
            models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
            trial = models.TrialModel.find_or_raise_by_id(trial_id, session, for_update=True)
            self.check_trial_is_updatable(trial_id, trial.state)  # type: ignore[arg-type]
            for key, value in attributes.items():
                self._set_trial_attr_without_commit(
                    session, models.TrialUserAttributeModel, trial_id, key, value
                )
            trial.state, trial.datetime_complete = TrialState.FAIL, datetime.now()
            if again is not None:
                self._get_prepared_new_trial(study_id, again, session)
        self._presence.end(trial_id)

    def stale_trial_ids(self, study_id: int) -> set[int]:
        """Return the ids of the running trials whose last heartbeat is too long ago."""
        return {*self._get_stale_trial_ids(study_id)}

    def keep_a_write_ahead_log(self) -> None:
        """Let a file be read while it is written, and survive the sudden end of who writes."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")

    def has_known_schema(self) -> bool:
        """Return whether this version of Optuna can read and write it.

        Optuna's own check reads all it has ever changed, each time anew.
        """
        global _head
        with _reading_head:
            _head = _head or self.get_head_version()
        return self.get_current_version() == _head

    def close(self) -> None:
        """Close all connections."""
        self.remove_session()
        self.engine.dispose()

    def _create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> FrozenTrial:
        if template_trial is not None:
            return super()._create_new_trial(study_id, template_trial)
        with self.beginning:
            trial = super()._create_new_trial(study_id)
            trial.user_attrs.update(self._signature())
            self._presence.begin(trial._trial_id, self.record_heartbeat)
        return trial

    def _get_prepared_new_trial(
        self, study_id: int, template_trial: FrozenTrial | None, session: Any
    ) -> models.TrialModel:
        trial = super()._get_prepared_new_trial(study_id, template_trial, session)
        if template_trial is None:
            self._sign(int(trial.trial_id), session)
        return trial

    def _take_up(self, trial_id: int) -> bool:
        """Begin a trial that waits; return False where somebody else was faster.

        All or nothing of it is done, so that a trial has the mark of whoever is at it and of nobody else.
        """
        with _create_scoped_session(self.scoped_session) as session:
            trial = models.TrialModel.find_or_raise_by_id(trial_id, session, for_update=True)
            self.check_trial_is_updatable(trial_id, trial.state)  # type: ignore[arg-type]
            if trial.state is not TrialState.WAITING:  # type: ignore[comparison-overlap]
                return False
            trial.state, trial.datetime_start = TrialState.RUNNING, datetime.now()
            self._sign(trial_id, session)
        self._presence.begin(trial_id, self.record_heartbeat)
        return True

    def _signature(self) -> dict[str, str]:
        return {WORKER: self._presence.worker, MARK: self._presence.mark}

    def _sign(self, trial_id: int, session: Session) -> None:
        """Say who is at a trial, with a first heartbeat."""
        for key, value in self._signature().items():
            self._set_trial_attr_without_commit(session, models.TrialUserAttributeModel, trial_id, key, value)
        session.add(models.TrialHeartbeatModel(trial_id=trial_id))


def _lock_for_update(connection: sqlalchemy.Connection, statement: Any, *_: Any) -> None:
    """Let SELECT … FOR UPDATE lock in SQLite too: of two processes that want a trial, one gets it."""
    if getattr(statement, "_for_update_arg", None) is None:
        return
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    if not raw.in_transaction:
        raw.execute("BEGIN IMMEDIATE")
