"""What goes wrong with a storage, in one line; the rest is logged."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optuna.exceptions import OptunaError
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError

from ppo_desktop.ppo.messages import one_line
from ppo_desktop.study import sqlite_file
from ppo_desktop.study.place import Place, UnreadableStudy

_SILENT = (
    "timeout",
    "timed out",
    "could not connect",
    "refused",
    "unreachable",
    "not resolve",
    "translate host",
    "closed the connection",
)
_REFUSING = (OptunaError, SQLAlchemyError, sqlite3.Error, OSError)
_READING = (ValueError, KeyError, TypeError, LookupError, AssertionError, AttributeError)
"""What Optuna raises where a storage holds what no Optuna has written."""
logger = logging.getLogger(__name__)


@contextmanager
def translate_storage_errors(place: Place, *, is_reading: bool = False) -> Iterator[None]:
    """Raise UnreadableStudy, in one line, in place of what Optuna, SQLAlchemy and the driver raise.

    Where the block does nothing but read, whatever goes wrong is a damage.
    """
    try:
        yield
    except UnreadableStudy:
        raise
    except (*_REFUSING, *_READING) as error:
        if not is_reading and not isinstance(error, _REFUSING):
            raise
        cause = _cause(error)
        # The traceback of a database's driver might show the password.
        details = error if place.is_file else None
        message = one_line(str(error)) if place.may_show(str(error)) else _last_line(place, error)
        logger.warning("%s: %s", place.label, message, exc_info=details)
        if isinstance(cause, sqlite3.Error) and isinstance(place.location, Path):
            raise sqlite_file.problem(place.location, cause) from None
        raise UnreadableStudy(_problem(place, cause)) from None


def _problem(place: Place, cause: BaseException) -> str:
    if isinstance(cause, _READING):
        return f"{place.label} is damaged: something in it is not what Optuna writes."
    if isinstance(cause, PendingRollbackError):  # said of what comes after a connection that was lost
        return f"{place.label} does not answer: the connection was lost."
    reason = _last_line(place, cause)
    if any(words in str(cause).lower() for words in _SILENT):
        return f"{place.label} does not answer: {reason}"
    return f"{place.label}: {reason}"


def _last_line(place: Place, error: BaseException) -> str:
    """Return the last line of an error, where most is to be learned; nothing that has the password."""
    text = str(error).strip()
    if place.may_show(text):
        return one_line(text.splitlines()[-1] if text else repr(error))
    return "wrong user or password." if "authentication" in text.lower() else "why would show the password."


def _cause(error: BaseException) -> BaseException:
    """Return what lies at the bottom of an error of Optuna or SQLAlchemy."""
    below: BaseException | None = error
    while below is not None:
        error = below
        below = error.orig if isinstance(error, DBAPIError) else None
        if below is None and isinstance(error, OptunaError | SQLAlchemyError):
            below = error.__cause__
    return error
