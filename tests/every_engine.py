"""A mark for tests that hold whatever does the arithmetic, in environments that every engine knows."""

from __future__ import annotations

import pytest

from ppo_desktop.ppo.engines.compiled import CompiledEngine
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine

EVERY_ENGINE = pytest.mark.parametrize(
    "engine_type", [PyTorchEngine, CompiledEngine], ids=["pytorch", "compiled"]
)
