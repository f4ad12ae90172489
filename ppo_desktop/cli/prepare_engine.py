"""`ppo-desktop prepare-engine`: the fast engine compiled ahead, or by another command that needs it."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from ppo_desktop.cli import flags
from ppo_desktop.complaints import complain
from ppo_desktop.ending import OUR_FAILURE, USER_ERROR
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.settings import RunSettings

SUMMARY = "prepare the fast engine now"
_WHAT = "preparing the fast engine, first use only"

logger = logging.getLogger(__name__)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `prepare-engine`."""
    parser.description = (
        "Compile the fast engine (--engine compiled) and keep it: later starts need not wait for it."
    )
    parser.add_argument(
        "--in-installation",
        action="store_true",
        help="keep it in the installation, for all who use that; for whoever installs the program",
    )
    parser.add_argument(
        "--json", type=flags.output_file, metavar="-", help="write one JSON object a line to the screen"
    )


def run(options: argparse.Namespace) -> int:
    """Prepare the engine and return the exit status."""
    from ppo_desktop.ppo.engines.choice import CANNOT, prepare_installation_for_others

    if options.json not in (None, Path("-")):
        complain("prepare-engine writes JSON to the screen only: --json -")
        return USER_ERROR
    try:
        if options.json:
            _report_in_json(in_installation=options.in_installation)
        else:
            _report_on_terminal(in_installation=options.in_installation)
        if options.in_installation:
            prepare_installation_for_others()
    except Exception as error:
        complain(f"{CANNOT}{what_went_wrong(error)}")
        return OUR_FAILURE
    return 0


def choose_engine(wanted: str | None, serves: str, environment_id: str) -> str:
    """Return the engine that is asked for, prepared; or the one that serves in its place, and say why.

    Args:
        wanted: None for the fastest.
        serves: The engine that would serve where the fast one is wanted.
        environment_id: Of the runs.
    """
    from ppo_desktop.ppo.catalogue import is_compiled
    from ppo_desktop.ppo.engines.choice import CANNOT

    if wanted == PYTORCH:
        return PYTORCH
    if serves == PYTORCH:
        if wanted == COMPILED:
            unknown = "all that is set" if is_compiled(environment_id) else environment_id
            complain(f"The fast engine does not know {unknown}; the PyTorch engine serves.")
        return PYTORCH
    try:
        _report_on_terminal()
    except Exception as error:  # whatever it is, the other engine serves
        complain(f"{CANNOT}{what_went_wrong(error)}. The PyTorch engine serves.")
        return PYTORCH
    return COMPILED


def _report_in_json(*, in_installation: bool) -> None:
    """Prepare the engine and write one JSON object a line: what is done, of how much, or why it failed.

    It takes a fair share of the processors; a run that goes on in the window meanwhile gives way.

    Raises:
        Exception: Numba cannot be loaded here, or cannot compile for this processor.
        OSError: The folder cannot be written.
    """
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.cli.screen import own_screen
    from ppo_desktop.ppo.engines.choice import prepare

    with own_screen(Path("-")) as screen, Reporter(None, screen) as reporter:
        try:
            prepared = prepare(
                lambda done, of: reporter.write("preparing", done=done, of=of),
                in_installation=in_installation,
            )
        except Exception as error:
            reporter.write("failed", problem=what_went_wrong(error))
            raise
        if prepared and not in_installation:
            _measure()
        reporter.write("prepared", done=1, of=1)


def _report_on_terminal(*, in_installation: bool = False) -> None:
    """Prepare the engine with a progress bar on the error stream, or a line where it is no terminal.

    Raises:
        Exception: Numba cannot be loaded here, or cannot compile for this processor.
        OSError: The folder cannot be written.
    """
    from tqdm import tqdm

    from ppo_desktop.ppo.engines.choice import is_prepared, prepare

    if is_prepared(in_installation=in_installation):
        return
    if not sys.stderr.isatty():
        sys.stderr.write(f"ppo-desktop: {_WHAT} …\n")
    form = "{desc}: {percentage:3.0f} %|{bar:30}| {elapsed}"
    with tqdm(desc=_WHAT, bar_format=form, file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        if prepare(show, in_installation=in_installation) and not in_installation:
            _measure()


def _measure() -> None:
    """Find out what runs cost on this machine, before anybody asks how long they take."""
    from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
    from ppo_desktop.runs.cost import kind_of
    from ppo_desktop.runs.speeds import speeds

    kinds = [kind_of(_usual_settings(environment_id), COMPILED) for environment_id in KNOWN_ENVIRONMENTS]
    for kind in (*kinds, kinds[0]._replace(engine=PYTORCH)):
        try:
            speeds().measure(kind)
        except Exception:  # it is measured when it is needed
            logger.exception("What runs of %s cost could not be measured", kind)


def _usual_settings(environment_id: str) -> RunSettings:
    from ppo_desktop.ppo.presets import presets_for

    return RunSettings(environment_id, Algorithm.PPO, presets_for(environment_id)[0].hyperparameters, seed=1)
