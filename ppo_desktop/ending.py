"""How the process ends: with which status, once all is written, whatever threads foreign code still holds."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress

from ppo_desktop.runs.abandoned import any_abandoned, finish_writing, join_for_a_moment

OUR_FAILURE = 1
"""Exit status where an environment or the program has failed."""
USER_ERROR = 2
"""Exit status where what was asked for cannot be done."""
INTERRUPTED = 130
"""Exit status of Ctrl+C before anything could be told."""


def end_without_threads(status: int) -> None:
    """End the process when all is written, if it would wait for others; else do nothing: it ends as usual.

    Python waits for every thread that is no daemon, also for those that environments have begun.
    """
    with suppress(KeyboardInterrupt):  # pressed again by somebody who does not want to wait
        finish_writing()
    here = threading.current_thread()
    others = [thread for thread in threading.enumerate() if thread is not here and not thread.daemon]
    if join_for_a_moment(others) and not any_abandoned():
        return
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # whoever read it has gone, or somebody has closed it
            continue
    os._exit(status)
