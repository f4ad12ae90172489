"""The command line: without a command the window, with one the same learning without a screen."""

from __future__ import annotations

import argparse
import errno
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppo_desktop.comparison.draft import DEFAULT_STEPS
from ppo_desktop.comparison.plan import PRESET, Comparison, InvalidComparison, varied
from ppo_desktop.comparison.values import own_value, parse_values
from ppo_desktop.complaints import complain, explain_missing_window, why_not_started
from ppo_desktop.exit_status import OUR_FAILURE, USER_ERROR
from ppo_desktop.flags import parser
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter, Value
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.environments import EnvironmentFailure, UnsupportedEnvironment
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import one_line, what_went_wrong
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.study.dimension import InvalidStudy
from ppo_desktop.study.place import Place, UnreadableStudy, check_name, place_of
from ppo_desktop.study.study_plan import Objective
from ppo_desktop.study.wanted import WantedStudy
from ppo_desktop.user_files import NoHome, settle_home, start_logging, why_not_writable

if TYPE_CHECKING:
    from ppo_desktop.tuning import Task

DEFAULT_TOTAL_STEPS = 100_000
"""Steps of a single run whose preset has no limit."""
_NOTHING: dict[str, dict[str, Any]] = {
    "train": {"steps": 0, "steps_per_second": 0.0, "parameters_sha256": None},
    "compare": {"effect": []},
    "tune": {"best": None, "trials": 0},
    "worker": {"best": None, "trials": 0},
}
"""What each command tells in its last line of JSON where the environment fails before any learning."""


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask and return the exit status.

    0, 1 for a failure of ours, 2 for the user's.

    Raises:
        KeyboardInterrupt: Before anything could be told.
    """
    _let_every_character_out()
    options = parser().parse_args(arguments)
    commands = {
        None: _open_window,
        "train": _train,
        "compare": _compare,
        "tune": _tune,
        "worker": _work,
        "prepare-engine": _prepare,
    }
    try:
        settle_home()
        return commands[options.command](options)
    except NoHome as error:
        fail = _fail if options.command else _fail_without_window
        return fail(str(error), USER_ERROR)


def _let_every_character_out() -> None:
    """Write "?" for what the screen or file cannot show, and nothing where there is no screen."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (as long as the program)
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _open_window(_options: argparse.Namespace) -> int:
    start_logging()
    gc.disable()  # what is loaded now stays; later the window collects its garbage itself
    try:
        from ppo_desktop.app import main

        return main()
    except Exception as error:
        import logging

        logging.getLogger(__name__).critical("The window cannot be opened", exc_info=error)
        return _fail_without_window(why_not_started(error, os.environ), OUR_FAILURE)


def _fail_without_window(text: str, status: int) -> int:
    """Say why there is no window, without a terminal too; return the exit status."""
    explain_missing_window(text)
    return status


def _train(options: argparse.Namespace) -> int:
    try:
        settings = _settings(options)
    except InvalidHyperparameter as error:
        return _fail(str(error), USER_ERROR)
    from ppo_desktop.headless import train
    from ppo_desktop.ppo.engines.choice import serving

    serves = serving(COMPILED, settings)
    return _run_command(
        options,
        lambda: train(
            settings,
            _choose_engine(options.engine, serves, options.env),
            options.evaluate_episodes,
            options.json,
        ),
    )


def _compare(options: argparse.Namespace) -> int:
    try:
        comparison, reference = _comparison(options)
    except (InvalidComparison, InvalidHyperparameter) as error:
        return _fail(str(error), USER_ERROR)
    folder = _folder_to_keep_in(options)
    if folder is not None and (problem := why_not_writable(folder)):
        return _fail(f"{folder} cannot be written: {problem}.", USER_ERROR)
    from ppo_desktop.comparing import compare
    from ppo_desktop.comparison.estimate import engine_of_comparison

    serves = engine_of_comparison(comparison, COMPILED)
    return _run_command(
        options,
        lambda: compare(
            comparison, reference, _choose_engine(options.engine, serves, options.env), options.json, folder
        ),
    )


def _tune(options: argparse.Namespace) -> int:
    try:
        wanted = _wanted(options)
        place = _place(options)
    except (InvalidStudy, InvalidHyperparameter, UnreadableStudy) as error:
        return _fail(str(error), USER_ERROR)
    from ppo_desktop.tuning import tune

    return _run_search(options, lambda: tune(place, wanted, _task(options)))


def _work(options: argparse.Namespace) -> int:
    try:
        place = _place_at(options.storage, options.study)
    except UnreadableStudy as error:
        return _fail(str(error), USER_ERROR)
    from ppo_desktop.tuning import work

    return _run_search(options, lambda: work(place, options.env, _task(options)))


def _run_search(options: argparse.Namespace, search: Callable[[], int]) -> int:
    """Search and return the exit status, whatever comes in between."""
    import logging

    logging.getLogger().addHandler(logging.NullHandler())  # what goes wrong is told in one line, not logged
    try:
        return _run_command(options, search)
    except (InvalidStudy, InvalidHyperparameter, UnreadableStudy) as error:
        return _fail(str(error), USER_ERROR)


def _wanted(options: argparse.Namespace) -> WantedStudy:
    values = _values_given(options)
    total_steps = values.pop("total_steps", None)
    assert total_steps is None or isinstance(total_steps, int)
    return WantedStudy(
        space=None if options.vary is None else ",".join(options.vary),
        environment_id=options.env,
        algorithm=None if options.algorithm is None else Algorithm(options.algorithm),
        objective=None if options.objective is None else Objective(options.objective),
        total_steps=total_steps,
        n_seeds=options.seeds,
        values=values,
        sampler=options.sampler,
        pruner=options.pruner,
        sampler_seed=options.sampler_seed,
    )


def _place(options: argparse.Namespace) -> Place:
    """Return where the study is, or is to be."""
    from ppo_desktop.study.library import path_for
    from ppo_desktop.user_files import studies_folder

    if options.storage is not None:
        return _place_at(options.storage, options.study)
    check_name(options.study)
    return Place(path_for(studies_folder(), options.study), options.study)


def _place_at(storage: str, name: str) -> Place:
    """Return the place of a study on the command line.

    Raises:
        UnreadableStudy: There cannot be a file where it is said to be.
    """
    try:
        place = place_of(storage, name)
        if isinstance(place.location, Path):
            place.location.exists()  # which refuses what is no name of a file
    except RuntimeError:
        raise UnreadableStudy(one_line(f"{storage}: there is no such user.")) from None
    except OSError as error:
        raise UnreadableStudy(f"{one_line(storage)} cannot be used: {error.strerror}.") from None
    return place


def _task(options: argparse.Namespace) -> Task:
    from ppo_desktop.study.trial_cost import engine_of_study
    from ppo_desktop.tuning import Task

    return Task(
        options.trials,
        options.workers,
        lambda plan: _choose_engine(options.engine, engine_of_study(plan, COMPILED), plan.environment_id),
        options.json,
    )


def _folder_to_keep_in(options: argparse.Namespace) -> Path | None:
    """Return the folder of kept comparisons, if this one is to be kept."""
    from ppo_desktop.user_files import comparisons_folder

    return comparisons_folder() if options.keep else None


def _run_command(options: argparse.Namespace, learn: Callable[[], int]) -> int:
    """Learn and return the exit status, whatever comes in between."""
    try:
        return _learn(options, learn)
    except OSError as error:
        if _is_broken_pipe(error):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to flush
            return 0
        where = "The output" if options.json in (None, Path("-")) else options.json
        return _fail(f"{where} cannot be written: {error.strerror}.", USER_ERROR)


def _is_broken_pipe(error: OSError) -> bool:
    """Return whether the reader of the output has closed it; Windows may say EINVAL of that."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def _learn(options: argparse.Namespace, learn: Callable[[], int]) -> int:
    """Learn and return the exit status; an environment that fails before that has failed the run.

    Raises:
        OSError: The output cannot be written.
    """
    from ppo_desktop.json_lines import json_lines
    from ppo_desktop.screen import own_screen

    try:
        return learn()
    except UnsupportedEnvironment as error:
        return _fail(str(error), USER_ERROR)
    except EnvironmentFailure as failure:
        with own_screen(options.json) as screen, json_lines(options.json, screen) as lines:
            lines.write("finished", reason=FinishReason.FAILED.value, **_NOTHING[options.command])
        return _fail(str(failure), OUR_FAILURE)


def _prepare(options: argparse.Namespace) -> int:
    from ppo_desktop import preparing
    from ppo_desktop.ppo.engines.choice import CANNOT, prepare_installation_for_others

    if options.json not in (None, "-"):
        return _fail("prepare-engine writes JSON to the screen only: --json -", USER_ERROR)
    try:
        tell = preparing.report_in_json if options.json else preparing.report_on_terminal
        tell(in_installation=options.in_installation)
        if options.in_installation:
            prepare_installation_for_others()
    except Exception as error:
        return _fail(f"{CANNOT}{what_went_wrong(error)}", OUR_FAILURE)
    return 0


def _choose_engine(wanted: str | None, serves: str, environment_id: str) -> str:
    """Return the engine that is asked for, prepared; or the one that serves in its place, and say why.

    Args:
        wanted: None for the fastest.
        serves: The engine that would serve where the fast one is wanted.
        environment_id: Of the runs.
    """
    from ppo_desktop import preparing
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
        preparing.report_on_terminal()
    except Exception as error:  # whatever it is, the other engine serves
        complain(f"{CANNOT}{what_went_wrong(error)}. The PyTorch engine serves.")
        return PYTORCH
    return COMPILED


def _settings(options: argparse.Namespace) -> RunSettings:
    values = _hyperparameters(options, DEFAULT_TOTAL_STEPS)
    return RunSettings(options.env, Algorithm(options.algorithm), values, options.seed)


def _hyperparameters(options: argparse.Namespace, default_steps: int) -> Hyperparameters:
    """Return the preset's values with those given on the command line in their place.

    Args:
        options: What was given.
        default_steps: Total steps where neither says how many.
    """
    from ppo_desktop.ppo.presets import presets_for

    preset = presets_for(options.env)[0].hyperparameters
    total_steps = preset.total_steps or default_steps
    return preset.changed({"total_steps": total_steps, **_values_given(options)})


def _values_given(options: argparse.Namespace) -> dict[str, Value]:
    return {name: getattr(options, name) for name in DECLARATIONS if hasattr(options, name)}


def _comparison(options: argparse.Namespace) -> tuple[Comparison, int]:
    """Return what is compared, and the number of the variant that the others are measured against.

    That is the one the settings would have had themselves, else the first.
    """
    if len(options.vary) > 1:
        raise InvalidComparison("Only one thing can vary at a time: give --vary once.")
    ((field, text),) = options.vary
    values = parse_values(field, text, options.env)
    if field == PRESET and set(_values_given(options)) - {"total_steps"}:
        raise InvalidComparison("Presets bring all their values: leave the other hyperparameters out.")
    base, algorithm = _hyperparameters(options, DEFAULT_STEPS), Algorithm(options.algorithm)
    assert base.total_steps is not None
    comparison = varied(options.env, algorithm, base, field, values, options.seeds, base.total_steps)
    own = own_value(field, options.env, algorithm, base)
    return comparison, values.index(own) if own in values else 0


def _fail(text: str, status: int) -> int:
    """Say in one line what went wrong; return the exit status."""
    complain(text)
    return status
