"""Connections to PostgreSQL that give up a server which falls silent in the middle of a statement.

The driver itself waits for ever: neither the server's own limits nor those of TCP help where its processes
are stopped while its system goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

SILENT_SECONDS = 30.0
"""How long a server may say nothing; its own limits, below, are shorter."""
HURRIED_SECONDS = 2.0
"""How long where somebody wants to leave."""
_LIMITS = (
    "SET statement_timeout = '25s'; SET lock_timeout = '20s'; SET idle_in_transaction_session_timeout = '15s'"
)
"""The last so that whoever freezes while others wait for it does not keep them waiting too long."""


class Patience:
    """How long servers are waited for; it may change while somebody waits.

    Attributes:
        seconds: Longest silence.
    """

    def __init__(self) -> None:
        self.seconds = SILENT_SECONDS


def connecting_to(patience: Patience, *positional: Any, **named: Any) -> Callable[[], Any]:
    """Return what makes connections that have this much patience.

    Args:
        patience: How long a server may be silent.
        positional: What psycopg's `connect` takes.
        named: Likewise.
    """
    import psycopg

    class Impatient(psycopg.Connection[Any]):
        def wait(self, gen: Generator[Any, Any, Any], *arguments: Any, **options: Any) -> Any:
            return super().wait(self._hearing(gen), *arguments, **options)

        def _hearing(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
            """Pass on whether the server has said something, until it has not for too long."""
            heard_at = time.monotonic()
            try:
                wanted = next(gen)
                while True:
                    ready = yield wanted  # the driver looks ten times a second
                    if ready:
                        heard_at = time.monotonic()
                    elif time.monotonic() - heard_at > patience.seconds:
                        self.close()  # or what comes next would wait as well
                        raise psycopg.OperationalError("timeout: the server has stopped answering")
                    wanted = gen.send(ready)
            except StopIteration as end:
                return end.value

    def connect() -> Impatient:
        limit = {"connect_timeout": int(HURRIED_SECONDS)} if patience.seconds <= HURRIED_SECONDS else {}
        connection = Impatient.connect(*positional, **{**named, **limit, "autocommit": True})
        connection.execute(_LIMITS)
        connection.autocommit = False
        return connection

    return connect
