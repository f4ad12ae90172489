"""`ppo-desktop`: opens the window."""

from __future__ import annotations

import gc
import logging
import os

from ppo_desktop.complaints import explain_missing_window, why_not_started
from ppo_desktop.ending import OUR_FAILURE
from ppo_desktop.user_files import start_logging, write_down_crashes


def run(line: str = "", policy: str = "") -> int:
    """Open the window and return the exit status when it is closed, or where it cannot be opened.

    Args:
        line: A state that was passed on, to be shown; empty for what was shown last.
        policy: The file of a policy that is opened beside it; empty for none.
    """
    start_logging()
    write_down_crashes()
    gc.disable()  # what is loaded now stays; later the window collects its garbage itself
    try:
        from ppo_desktop.app import main

        return main(line, policy)
    except Exception as error:
        logging.getLogger(__name__).critical("The window cannot be opened", exc_info=error)
        explain_missing_window(why_not_started(error, os.environ))
        return OUR_FAILURE
