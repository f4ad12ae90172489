"""Ids of environments: `module:Name-v0?argument=value&other=value`; all but the name may be missing."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ppo_desktop.ppo.messages import description_of

LONGEST_ID = 200
"""Characters of an id, which stands in menus, captions and files."""
_WORDS = {"true": True, "false": False, "none": None}
_BARE_TEXT = re.compile(r"[\w.-]+")
_CHOSEN_BY_US = "render_mode"
_TIME_LIMIT = "max_episode_steps"


class InvalidId(ValueError):
    """An id, or an argument in it, of which no environment can be made; the message says why, in a clause."""


class EnvironmentId(NamedTuple):
    """The parts of an id.

    Attributes:
        module: What is imported first, to register it; empty for none.
        registered_id: What it is registered as.
        arguments: The part after "?", not read yet: "is_slippery=False&map_name=8x8"; None without one.
    """

    module: str
    registered_id: str
    arguments: str | None

    @classmethod
    def of(cls, environment_id: str) -> EnvironmentId:
        """Return the parts of an id."""
        path, has_arguments, arguments = environment_id.partition("?")
        module, _, registered_id = path.rpartition(":")
        return cls(module, registered_id, arguments if has_arguments else None)

    @staticmethod
    def can_be_kept(environment_id: str) -> bool:
        """Return whether an id can stand in menus and files, on one line."""
        return environment_id.isprintable() and len(environment_id) <= LONGEST_ID

    def read_arguments(self) -> dict[str, Any]:
        """Return the arguments by name. Values are Python's literals; nothing is evaluated.

        A word that is no literal is a text: `map_name=8x8`. `true`, `false` and `none` are taken in any case.
        For anything else it raises InvalidId.
        """
        read: dict[str, Any] = {}
        for argument in [] if self.arguments is None else self.arguments.split("&"):
            name, _, written = (part.strip() for part in argument.partition("="))
            if not name.isidentifier() or not written:
                raise InvalidId('what follows "?" is written name=value, several of them joined by "&"')
            if name == _CHOSEN_BY_US:
                raise InvalidId(f"{name} is chosen by this program")
            if name in read:
                raise InvalidId(f"{name} is there twice")
            read[name] = _value_of(name, written)
        return read


def time_limit_in(arguments: dict[str, Any]) -> int | None:
    """Take out the steps after which an episode is cut off, which Gymnasium sees to; None if not given.

    Raises InvalidId for what is no such number.
    """
    limit = arguments.pop(_TIME_LIMIT, None)
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise InvalidId(f"{_TIME_LIMIT} is a whole number of at least 1, not {description_of(limit)}")
    return limit


def check_arguments(create: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """Raise InvalidId if a class or function says that it does not take one, or takes True and False only."""
    try:
        parameters = inspect.signature(create).parameters
    except (TypeError, ValueError):  # not written in Python
        return
    kinds = {parameter.kind for parameter in parameters.values()}
    for name, value in arguments.items():
        parameter = parameters.get(name)
        if parameter is None and inspect.Parameter.VAR_KEYWORD not in kinds:
            there_are = ", ".join(other for other in parameters if other != _CHOSEN_BY_US) or "none"
            raise InvalidId(f"it takes no argument {name}; there are: {there_are}")
        if parameter is not None and isinstance(parameter.default, bool) and not isinstance(value, bool):
            raise InvalidId(f"{name} is True or False, not {description_of(value)}")


def _value_of(name: str, written: str) -> Any:
    if written.lower() in _WORDS:
        return _WORDS[written.lower()]
    try:
        return ast.literal_eval(written)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        if _BARE_TEXT.fullmatch(written):
            return written
        raise InvalidId(
            f"{name} is to be a number, True, False, None, a text or a list of them, "
            f"not {description_of(written)}"
        ) from error
