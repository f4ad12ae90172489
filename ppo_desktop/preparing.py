"""Preparing the fast engine without a window: JSON lines, or a progress bar on a terminal."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from tqdm import tqdm

from ppo_desktop.json_lines import JsonLines
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.choice import is_prepared, prepare
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.cost import kind_of
from ppo_desktop.runs.speeds import speeds
from ppo_desktop.screen import own_screen

WHAT = "preparing the fast engine, first use only"

logger = logging.getLogger(__name__)


def report_in_json(*, in_installation: bool) -> None:
    """Prepare the engine and write one JSON object a line: what is done, of how much, or why it failed.

    It takes a fair share of the processors; a run that goes on in the window meanwhile gives way.

    Raises:
        Exception: Numba cannot be loaded here, or cannot compile for this processor.
        OSError: The folder cannot be written.
    """
    with own_screen(Path("-")) as screen:
        lines = JsonLines(screen.output)
        try:
            prepared = prepare(
                lambda done, of: lines.write("preparing", done=done, of=of), in_installation=in_installation
            )
        except Exception as error:
            lines.write("failed", problem=what_went_wrong(error))
            raise
        if prepared and not in_installation:
            _measure()
        lines.write("prepared", done=1, of=1)


def report_on_terminal(*, in_installation: bool = False) -> None:
    """Prepare the engine with a progress bar on the error stream, or a line where it is no terminal.

    Raises:
        Exception: Numba cannot be loaded here, or cannot compile for this processor.
        OSError: The folder cannot be written.
    """
    if is_prepared(in_installation=in_installation):
        return
    if not sys.stderr.isatty():
        sys.stderr.write(f"ppo-desktop: {WHAT} …\n")
    form = "{desc}: {percentage:3.0f} %|{bar:30}| {elapsed}"
    with tqdm(desc=WHAT, bar_format=form, file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        if prepare(show, in_installation=in_installation) and not in_installation:
            _measure()


def _measure() -> None:
    """Find out what runs cost on this machine, before anybody asks how long they take."""
    kinds = [kind_of(_usual_settings(environment_id), COMPILED) for environment_id in KNOWN_ENVIRONMENTS]
    for kind in (*kinds, kinds[0]._replace(engine=PYTORCH)):
        try:
            speeds().measure(kind)
        except Exception:  # it is measured when it is needed
            logger.exception("What runs of %s cost could not be measured", kind)


def _usual_settings(environment_id: str) -> RunSettings:
    return RunSettings(environment_id, Algorithm.PPO, presets_for(environment_id)[0].hyperparameters, seed=1)
