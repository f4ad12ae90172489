"""Which engine does a run's arithmetic, and how the fast one is prepared."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from types import ModuleType

import numpy as np

from ppo_desktop.own_process import own_command, own_environment
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS, is_compiled
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import what_went_wrong
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.step_settings import step_settings

CANNOT = "the fast engine cannot be prepared: "
"""How a complaint begins; the reason follows."""
_COMPILED_MODULE = "ppo_desktop.ppo.engines.compiled"
_MODULES = {COMPILED: _COMPILED_MODULE, PYTORCH: "ppo_desktop.ppo.engines.pytorch"}
LOADING = threading.RLock()
"""Held while an engine for an environment of ours is made. The first one imports large libraries, and two
threads that import parts of the same library at once may wait for each other for ever."""
COMPILED_FUNCTIONS = 132
"""About how many functions are compiled, Numba's own among them; that takes about equally long for each."""
logger = logging.getLogger(__name__)


def can_be_fast(settings: RunSettings) -> bool:
    """Return whether there are kernels for the environment, and for all that the hyperparameters ask for."""
    return is_compiled(settings.environment_id) and all(
        not declaration.pytorch_only or getattr(settings.hyperparameters, name) == declaration.before
        for name, declaration in DECLARATIONS.items()
    )


def serving(engine: str, *runs: RunSettings) -> str:
    """Return the engine that serves all these runs where `engine` is wanted and, if need be, prepared."""
    return engine if all(can_be_fast(run) for run in runs) else PYTORCH


def useful_threads(serves: str) -> int:
    """Return how many runs can really learn at the same time: one for each processor, or one alone.

    The PyTorch engine holds the interpreter's lock; more threads than one only get in its way.
    """
    return (os.cpu_count() or 1) if serves == COMPILED else 1


def is_prepared(*, in_installation: bool = False) -> bool:
    """Return whether the compiled engine needs no compiling, here or for whoever uses this installation."""
    try:
        cache = _kernels_cache()
        return cache.is_whole(cache.installed_folder()) if in_installation else bool(cache.whole_folder())
    except Exception as error:  # no Numba for this processor or Python, or one that cannot be loaded
        logger.warning("The fast engine cannot be loaded: %s", what_went_wrong(error))
        return False


def compiled_for() -> str:
    """Return the processor that the compiled engine, which has to be loaded, is compiled for."""
    from ppo_desktop.ppo.kernels.cache import target

    return target().name


def is_loaded(engine: str) -> bool:
    """Return whether an engine, and the large library that it is made with, is loaded in this process."""
    return _MODULES[engine] in sys.modules


def make_engine(settings: RunSettings, wanted: str = COMPILED, *, in_gymnasium: bool = False) -> Engine:
    """Return the engine that is wanted, or the PyTorch engine where the compiled one cannot serve yet.

    Args:
        settings: Of the run.
        wanted: The name of the engine.
        in_gymnasium: Whether agents act in Gymnasium's own environments, whichever engine serves.

    Raises:
        UnsupportedEnvironment: The environment cannot be trained on.
        EnvironmentFailure: It failed at once.
    """
    with LOADING:
        if wanted == COMPILED and can_be_fast(settings) and is_prepared():
            from ppo_desktop.ppo.engines.compiled import CompiledEngine

            return CompiledEngine(settings, in_gymnasium=in_gymnasium)
        from ppo_desktop.ppo.engines.pytorch import PyTorchEngine

        if settings.environment_id in KNOWN_ENVIRONMENTS:
            return PyTorchEngine(settings)
    return PyTorchEngine(settings)  # an environment from outside may take for ever


def with_fast_engine(engine: Engine, settings: RunSettings) -> Engine:
    """Return the fast engine with all that `engine`, between two rollouts, has learnt, and close that one.

    Where the fast engine serves already, or cannot, `engine` itself is returned. The settings are the run's,
    with the hyperparameters in force.
    """
    if engine.name == COMPILED:
        return engine
    try:
        fast = make_engine(settings)
    except Exception:
        logger.exception("The fast engine cannot go on with the run")
        return engine
    if fast.name != COMPILED:
        fast.close()
        return engine
    from ppo_desktop.ppo.engines.compiled import CompiledEngine
    from ppo_desktop.ppo.engines.pytorch import PyTorchEngine

    assert isinstance(fast, CompiledEngine)
    assert isinstance(engine, PyTorchEngine)
    fast.take_over(engine)
    engine.close()
    return fast


def prepare(progress: Callable[[int, int], None], *, in_installation: bool = False) -> bool:
    """Compile all kernels and keep them on disk, unless they are there; return whether they were not.

    Call it in a process that has not used the compiled engine.

    Args:
        progress: Called with how many functions are compiled, and of how many, whenever there is another one.
        in_installation: Whether to keep them in the installation, for all its users.

    Raises:
        Exception: Numba cannot be loaded here, is set not to compile, or cannot for this processor.
        OSError: The folder cannot be written.
    """
    cache = _kernels_cache()
    if is_prepared(in_installation=in_installation):
        return False
    from ppo_desktop.ppo.kernels.compilation import compilations_counted, require_target

    assert _COMPILED_MODULE not in sys.modules, "what is loaded already would not be kept"
    progress(0, COMPILED_FUNCTIONS)
    require_target()
    with (
        cache.being_filled(cache.installed_folder() if in_installation else cache.users_folder()),
        compilations_counted(lambda done: progress(min(done, COMPILED_FUNCTIONS - 1), COMPILED_FUNCTIONS)),
    ):
        from ppo_desktop.ppo.engines.compiled import CompiledEngine

        values = Hyperparameters(
            n_envs=1, rollout_length=2, n_minibatches=1, hidden_units=4, normalize_rewards=True
        )
        engine = CompiledEngine(RunSettings("CartPole-v1", Algorithm.PPO, values, seed=1))
        engine.begin_rollout(values)
        engine.step(2)
        engine.finish_rollout(values)
        settings = step_settings(Algorithm.PPO, values, 1.0)
        engine.improve([np.arange(2)], settings)
        engine.measure_update()
        engine.parameters_before(engine.snapshot(), engine.trace().parts)
        engine.begin_rollout(values)
        engine.learn_at_once(values, [np.arange(2)], 1, settings)
        engine.close()
    progress(COMPILED_FUNCTIONS, COMPILED_FUNCTIONS)
    return True


def prepare_installation_for_others() -> None:
    """Keep kernels in the installation for processors, too, that can do less than this one.

    Each kind has a process of its own, as Numba compiles for one in each; CalledProcessError: one has failed.
    """
    from ppo_desktop.ppo.kernels.target import possible_targets

    for other in possible_targets()[1:]:
        variables = {"NUMBA_CPU_NAME": other.name, "NUMBA_CPU_FEATURES": other.features}
        command = own_command("prepare-engine", "--in-installation")
        subprocess.run(command, env=own_environment() | variables, check=True)


def _kernels_cache() -> ModuleType:
    """Return the module `kernels.cache`, which loads Numba, or raise whatever keeps that from being loaded.

    Where it is set to compile nothing, kernels would be interpreted, very slowly: that is a RuntimeError.
    """
    from numba.core import config

    from ppo_desktop.ppo.kernels import cache

    if vars(config)["DISABLE_JIT"]:
        raise RuntimeError("NUMBA_DISABLE_JIT is set; unset it")
    return cache
