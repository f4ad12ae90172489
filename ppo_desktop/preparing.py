"""Preparing the fast engine without a window: JSON lines, or a progress bar on a terminal."""

from __future__ import annotations

import json
import os
import sys

from tqdm import tqdm

from ppo_desktop.ppo.engines.choice import is_prepared, prepare

WHAT = "preparing the fast engine, first use only"


def tell_in_json() -> None:
    """Prepare the engine and write one JSON object a line: what is done, of how much.

    A window is at work meanwhile, so it goes first where the system lets it.

    Raises:
        Exception: Numba cannot be loaded here, or cannot compile for this processor.
        OSError: The cache cannot be written.
    """
    if hasattr(os, "nice"):
        os.nice(10)
    for done, of in prepare():
        print(json.dumps({"event": "preparing", "done": done, "of": of}), flush=True)
    print(json.dumps({"event": "prepared", "done": 1, "of": 1}), flush=True)


def tell_on_terminal() -> None:
    """Prepare the engine with a progress bar on the error stream, or a line where nobody looks on.

    Raises:
        Exception: Numba cannot be loaded here, or cannot compile for this processor.
        OSError: The cache cannot be written.
    """
    if is_prepared():
        return
    if not sys.stderr.isatty():
        sys.stderr.write(f"ppo-desktop: {WHAT} …\n")
    form = "{desc}: {percentage:3.0f} %|{bar:30}| {elapsed}"
    with tqdm(desc=WHAT, bar_format=form, file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
        for done, of in prepare():
            bar.total = of
            bar.update(done - bar.n)
