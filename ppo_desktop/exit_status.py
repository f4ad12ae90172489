"""What the program ends with where something has gone wrong; 0 where nothing has."""

from __future__ import annotations

OUR_FAILURE = 1
"""An environment or the program has failed."""
USER_ERROR = 2
"""What was asked for cannot be done."""
INTERRUPTED = 130
"""Ctrl+C before anything could be told."""
