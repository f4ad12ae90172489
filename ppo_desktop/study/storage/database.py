"""The database of a study: how it is connected to, and given up where it falls silent."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

import sqlalchemy
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError

from ppo_desktop.study.place import Place, UnreadableStudy
from ppo_desktop.study.storage.problems import translate_storage_errors
from ppo_desktop.study.storage.stored_trials import enqueue_retry

HEARTBEAT_SECONDS = 5
"""Time between two signs of life of a trial."""
GRACE_SECONDS = 30
"""Time without one after which its program is taken for dead."""
SILENT_SECONDS = 30.0
"""How long a server may say nothing; its own limits, below, are shorter."""
HURRIED_SECONDS = 2.0
"""How long where the user wants to leave."""
_LOOKING_SECONDS = 0.25
_BUSY_SECONDS = 30.0
"""How long a write to a file waits for another program's."""
_CONNECT_SECONDS = 5
"""How long a database may take to answer, for each of its addresses."""
_MYSQL_ARGUMENTS = {
    "connect_timeout": _CONNECT_SECONDS,
    "read_timeout": int(SILENT_SECONDS),
    "write_timeout": int(SILENT_SECONDS),
}
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "psycopg": {
        "connect_timeout": _CONNECT_SECONDS,
        # A network that breaks later is given up as well.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        # The last so that a program that freezes while others wait for it does not keep them waiting long.
        "options": "-c statement_timeout=25s -c lock_timeout=20s -c idle_in_transaction_session_timeout=15s",
    },
    "pymysql": _MYSQL_ARGUMENTS,
    "mysqldb": _MYSQL_ARGUMENTS,
}
"""What each driver takes, by SQLAlchemy's name of it."""
_MAKING_ATTEMPTS = 5
"""Of tables, which others may be making at the same time."""


class Database:
    """Optuna's `storage` at a place, until `close`.

    Its tables are made where there are none, if so wanted; else nothing is changed.

    Raises:
        UnreadableStudy: It holds no studies, or is another program's.
        Exception: What `translate_storage_errors` translates.
    """

    def __init__(self, place: Place, *, makes_tables: bool = False) -> None:
        self._place = place
        self._silence = _SilenceWatch()
        self._thread = threading.local()
        try:
            with self._silence.waiting():
                url, arguments = _connection_to(place, self._silence)
                if not place.is_file:
                    _check_tables(place, url, arguments, may_be_missing=makes_tables)
                self.storage = _storage(url, arguments, makes_tables=makes_tables)
        except BaseException:
            self._silence.close()
            raise
        event.listen(self.storage.engine, "after_cursor_execute", self._silence.hear)
        if place.is_file:
            event.listen(self.storage.engine, "begin", self._begin)

    @contextmanager
    def session(self, *, is_reading: bool = False) -> Iterator[None]:
        """Read and write it inside, or do nothing but read; what goes wrong is said in one line.

        Raises UnreadableStudy, see `translate_storage_errors`.
        """
        before = getattr(self._thread, "is_reading", False)
        self._thread.is_reading = is_reading
        try:
            with translate_storage_errors(self._place, is_reading=is_reading), self._silence.waiting():
                yield
        finally:
            self._thread.is_reading = before

    def record_heartbeat(self, trial_id: int) -> None:
        """Give a sign of life for a trial, by Optuna's id."""
        with self._silence.waiting():
            self.storage.record_heartbeat(trial_id)

    def hurry(self, *, is_hurried: bool = True) -> None:
        """Give a server that falls silent up sooner, also in a call that waits for it now; or as usual."""
        self._silence.seconds = HURRIED_SECONDS if is_hurried else SILENT_SECONDS

    def check_version(self) -> None:
        """Raise UnreadableStudy unless this version of Optuna can read and write it."""
        if self.storage.get_current_version() != self.storage.get_head_version():
            raise UnreadableStudy(
                f"{self._place.label} was made with another version of Optuna: update PPO Desktop, or the "
                "study with “optuna storage upgrade”."
            )

    def keep_a_write_ahead_log(self) -> None:
        """Let a file be read while it is written, and survive the sudden end of a program that writes."""
        connection = self.storage.engine.raw_connection()  # in no transaction
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        self.storage.remove_session()
        self.storage.engine.dispose()
        self._silence.close()

    def _begin(self, connection: sqlalchemy.Connection) -> None:
        """Lock the file from a transaction's beginning if it writes: SQLite has no SELECT … FOR UPDATE.

        So of two programs that want a trial one gets it, and of two that find one dead one puts it back.
        """
        is_reading = getattr(self._thread, "is_reading", False)
        connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


class _SilenceWatch:
    """Cuts the connections to a PostgreSQL server that says nothing in the middle of something.

    Neither its own limits nor those of TCP help where its processes stand still while its system goes on, and
    the driver waits for ever. A socket that is shut down ends such a wait, whichever thread is in it.

    Attributes:
        seconds: Longest silence; it may change while a thread waits.
    """

    def __init__(self) -> None:
        self.seconds = SILENT_SECONDS
        self._connections: WeakSet[Any] = WeakSet()
        self._n_waiting = 0
        self._lock = threading.Lock()
        self._heard_at = 0.0
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="silence", daemon=True)

    def connecting(self, *positional: Any, **named: Any) -> Callable[[], Any]:
        """Return what makes connections that are watched, by what psycopg's `connect` takes."""
        import psycopg

        def connect() -> psycopg.Connection[Any]:
            limit = {"connect_timeout": int(HURRIED_SECONDS)} if self.seconds <= HURRIED_SECONDS else {}
            connection = psycopg.connect(*positional, **{**named, **limit})
            self._connections.add(connection)
            return connection

        self._thread.start()
        return connect

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Expect the server to say something while inside."""
        with self._lock:
            self._n_waiting += 1
        self.hear()
        try:
            yield
        finally:
            with self._lock:
                self._n_waiting -= 1

    def hear(self, *_: object) -> None:
        """Take note that the server has said something."""
        self._heard_at = time.monotonic()

    def close(self) -> None:
        """Watch no more; connections that are still there are closed."""
        self._is_closed.set()
        if self._thread.is_alive():
            self._thread.join()
        for connection in list(self._connections):
            connection.close()

    def _watch(self) -> None:
        while not self._is_closed.wait(_LOOKING_SECONDS):
            if self._n_waiting and time.monotonic() - self._heard_at > self.seconds:
                for connection in list(self._connections):
                    with suppress(Exception):  # it has just been closed
                        _cut(connection.fileno())


def _cut(number: int) -> None:
    with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as connected:
        connected.shutdown(socket.SHUT_RDWR)


def _storage(url: str, arguments: dict[str, Any], *, makes_tables: bool) -> RDBStorage:
    """Return Optuna's storage, made anew where another program was making its tables at the same time."""
    for attempt in range(1, _MAKING_ATTEMPTS + 1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)  # of heartbeats
                return RDBStorage(
                    url.replace("{", "{{").replace("}", "}}"),  # Optuna fills in what stands in single ones
                    arguments,
                    skip_compatibility_check=True,  # `check_version` leaves no connection behind
                    heartbeat_interval=HEARTBEAT_SECONDS,
                    grace_period=GRACE_SECONDS,
                    heartbeat_stale_trial_callback=enqueue_retry,
                    skip_table_creation=not makes_tables,
                )
        except (IntegrityError, ProgrammingError):
            if not makes_tables or attempt == _MAKING_ATTEMPTS:
                raise
    raise AssertionError


def _connection_to(place: Place, silence: _SilenceWatch) -> tuple[str, dict[str, Any]]:
    """Return the URL of a place, and what SQLAlchemy's engine needs to know besides.

    Raises:
        UnreadableStudy: It is no URL, or not one of a database that can be reached from here.
    """
    if isinstance(place.location, Path):
        url = URL.create("sqlite", database=str(place.location))
        return url.render_as_string(), {"creator": _connecting_to_file(place.location)}
    try:
        url = make_url(place.location)
        if url.drivername == "postgresql":  # of which SQLAlchemy's versions think differently
            url = url.set(drivername="postgresql+psycopg")
        kind = url.get_dialect()
        dialect = kind(dbapi=kind.import_dbapi())  # type: ignore[call-arg]  # all that have a driver take it
        positional, named = dialect.create_connect_args(url)
    except (sqlalchemy.exc.ArgumentError, ValueError, TypeError) as error:
        if isinstance(error, sqlalchemy.exc.NoSuchModuleError):
            raise UnreadableStudy(
                f'{place.label}: "{url.drivername}" is not known here; use a file or postgresql://…'
            ) from None  # it may show the password
        raise UnreadableStudy(
            "This is no URL of a database; one looks like postgresql://user@host/database."
        ) from None
    except ImportError as error:
        raise UnreadableStudy(
            f"{place.label} needs the Python package {error.name}, which is not installed here: install it "
            "into the app's environment, or use postgresql://…"
        ) from None
    arguments: dict[str, Any] = {"pool_pre_ping": True}
    usual = _ARGUMENTS.get(dialect.driver, {})
    if dialect.driver == "psycopg":
        arguments["creator"] = silence.connecting(*positional, **{**usual, **named})
    elif usual:
        arguments["connect_args"] = usual
    return url.render_as_string(hide_password=False), arguments


def _check_tables(place: Place, url: str, arguments: dict[str, Any], *, may_be_missing: bool) -> None:
    """Look, and no more, whether a database holds studies; of a file that is known already.

    Raises:
        UnreadableStudy: It does not, or it is another program's.
        SQLAlchemyError: It cannot be reached.
    """
    engine = sqlalchemy.create_engine(url, **arguments)
    try:
        tables = set(sqlalchemy.inspect(engine).get_table_names())
    finally:
        engine.dispose()
    if tables >= {"studies", "version_info"}:
        return
    if not may_be_missing:
        raise UnreadableStudy(f"{place.label} holds no studies.")
    if tables & {"studies", "trials", "alembic_version"}:
        raise UnreadableStudy(
            f"{place.label} is used by another program; give studies a database of their own."
        )


def _connecting_to_file(path: Path) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        # Transactions begin where `Database` begins them.
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # With a write-ahead log that cannot damage the file, and saves waiting for the disk.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    return connect
