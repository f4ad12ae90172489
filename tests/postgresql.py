"""A PostgreSQL server of the tests' own, for as long as they run."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from launching.system_packages import postgresql_programs

USER, PASSWORD = "tester", "p@ss:w{o}rd"
"""The password has what a URL has to escape, and what Optuna would replace."""
ESCAPED_PASSWORD = "p%40ss%3Aw%7Bo%7Drd"
_STARTING_SECONDS = 60


class PostgreSQL:
    """A running server.

    Attributes:
        port: Where it listens, on this computer only.
    """

    def __init__(self, port: int, process_id: int) -> None:
        self.port = port
        self._process_id = process_id
        self._numbers = count()

    def url(self, database: str, password: str = ESCAPED_PASSWORD) -> str:
        """Return the URL of a database, as one types it."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test_{next(self._numbers)}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect to a database."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes; the system still takes what is sent to it. POSIX only."""
        with self.connect("postgres") as connection:
            running = [pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity")]
        processes = [self._process_id, *running]
        self._send(signal.SIGSTOP, processes)
        try:
            yield
        finally:
            self._send(signal.SIGCONT, processes)

    def _send(self, what: signal.Signals, processes: list[int]) -> None:
        for process in processes:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(process, what)


@contextmanager
def running_server() -> Iterator[PostgreSQL]:
    """Run a server; skip the test where there is none to run."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    # Not pytest's own folder: the server may be run by a user who cannot look into that.
    folder = Path(tempfile.mkdtemp(prefix="ppo-desktop-postgresql-"))
    try:
        account = _account(folder)
        data, log = folder / "data", folder / "log"
        _make_cluster(programs, data, account)
        port = _free_port()
        with log.open("wb") as output:
            options = [f"-p{port}", "-clisten_addresses=127.0.0.1", "-cunix_socket_directories=", "-F"]
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], stdout=output, stderr=output, **account
            )
        try:
            postgresql = PostgreSQL(port, server.pid)
            _wait_until_it_answers(server, postgresql, log)
            yield postgresql
        finally:
            server.send_signal(signal.SIGINT)  # do not wait for those who are connected
            server.wait(_STARTING_SECONDS)
    finally:
        shutil.rmtree(folder)


def _account(folder: Path) -> dict[str, Any]:
    """Return what lets a program run as somebody else where we are root, whom PostgreSQL refuses."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd  # Windows has none

    nobody = pwd.getpwnam("nobody")
    shutil.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def _make_cluster(programs: Path, data: Path, account: dict[str, Any]) -> None:
    password = data.parent / "password"
    password.write_text(PASSWORD)
    password.chmod(0o644)
    options = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C"]
    subprocess.run(
        [programs / "initdb", "-D", data, "--no-sync", *options],
        check=True,
        stdout=subprocess.DEVNULL,
        **account,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_until_it_answers(server: subprocess.Popen[bytes], postgresql: PostgreSQL, log: Path) -> None:
    end = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < end and server.poll() is None:
        with suppress(psycopg.OperationalError):
            postgresql.connect("postgres").close()
            return
        time.sleep(0.05)
    pytest.fail(f"PostgreSQL does not start: {log.read_text(encoding='utf-8', errors='replace')}")
