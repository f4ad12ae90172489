"""What a run says as JSON lines: one object a line, of which scripts read what they know."""

from __future__ import annotations

import json
import math
from typing import Any

from ppo_desktop.ppo.events import EpisodeEnded, Event, UpdateFinished
from ppo_desktop.ppo.quantities import RETURN, UPDATE_QUANTITIES

_UPDATE_FIELDS = ("update", "steps", "mean_return_100", *UPDATE_QUANTITIES)


def event_fields(event: Event) -> dict[str, Any] | None:
    """Return the fields of an event that is written, its "event" first; None of any other."""
    match event:
        case EpisodeEnded():
            values = {RETURN.name: event.episode_return, "length": event.length}
            return {"event": "episode", "steps": event.steps, **values}
        case UpdateFinished():
            return {"event": "update", **{name: getattr(event, name) for name in _UPDATE_FIELDS}}
        case _:
            return None


def json_line(fields: dict[str, Any]) -> str:
    """Return an object as a line with its end; a number that is not defined is null."""
    return json.dumps(without_nan(fields)) + "\n"


def without_nan(value: Any) -> Any:
    """Return a value of JSON with null for every number that is not defined: JSON knows no nan."""
    match value:
        case dict():
            return {name: without_nan(item) for name, item in value.items()}
        case list():
            return [without_nan(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
