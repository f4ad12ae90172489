"""How a storage is connected to: the limits of its driver, and whether it is one for studies."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, NullPool, make_url

from ppo_desktop.study.patience import SILENT_SECONDS, Patience, connecting_to
from ppo_desktop.study.place import Place, UnreadableStudy

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
        # One that falls silent later is given up as well.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    },
    "pymysql": _MYSQL_ARGUMENTS,
    "mysqldb": _MYSQL_ARGUMENTS,
}
"""What each driver takes, by SQLAlchemy's name of it."""
_MAKING_TABLES = 0x50504F  # "PPO"
"""Number of the lock that whoever makes tables in a database has."""


def connection_to(place: Place, patience: Patience) -> tuple[str, dict[str, Any]]:
    """Return the URL of a place, and what SQLAlchemy's engine needs to know besides.

    Args:
        place: Where it is.
        patience: How long its database is waited for; only PostgreSQL's driver can do so.

    Raises:
        UnreadableStudy: It is no URL, or not one of a database that can be reached from here.
    """
    if isinstance(place.location, Path):
        url = URL.create("sqlite", database=str(place.location))
        return url.render_as_string(), {"creator": _connecting_to_file(place.location)}
    try:
        url = make_url(place.location)
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
        arguments["creator"] = connecting_to(patience, *positional, **{**usual, **named})
    elif usual:
        arguments["connect_args"] = usual
    # Written anew, as Optuna would replace braces.
    return url.render_as_string(hide_password=False), arguments


@contextmanager
def checked_tables(
    place: Place, url: str, arguments: dict[str, Any], *, may_be_missing: bool
) -> Iterator[None]:
    """Look, and no more, whether a database holds studies; of a file that is known already.

    Args:
        place: Where it is.
        url: Its URL.
        arguments: What SQLAlchemy's engine needs to know.
        may_be_missing: Whether the block makes what is missing: nobody else does so meanwhile.

    Raises:
        UnreadableStudy: It does not, or it is another program's.
        SQLAlchemyError: It cannot be reached.
    """
    if place.is_file:
        yield
        return
    engine = sqlalchemy.create_engine(url, **arguments, poolclass=NullPool)
    with engine.connect() as connection:
        if may_be_missing:
            _lock(connection)
        _check_tables(place, set(sqlalchemy.inspect(connection).get_table_names()), may_be_missing)
        connection.rollback()  # it may take a while
        yield


def _lock(connection: sqlalchemy.Connection) -> None:
    """Wait until nobody else makes tables, and keep others from it while this connection lasts."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MAKING_TABLES})")
    elif connection.dialect.name in ("mysql", "mariadb"):
        connection.exec_driver_sql(f"SELECT GET_LOCK('{_MAKING_TABLES}', {int(SILENT_SECONDS)})")


def _check_tables(place: Place, tables: set[str], may_be_missing: bool) -> None:
    if "studies" in tables and "alembic_version" in tables:
        return
    if not may_be_missing:
        raise UnreadableStudy(f"{place.label} holds no studies.")
    if tables & {"studies", "trials", "alembic_version"}:
        raise UnreadableStudy(
            f"{place.label} is used by another program; give studies a database of their own."
        )


def _connecting_to_file(path: Path) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
        # With a write-ahead log that cannot damage the file, and saves waiting for the disk.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    return connect
