"""Engines: what does the arithmetic under the trainer, see `base.Engine`.

Every engine computes the same quantities, those defined in `ppo.objective` and `ppo.advantages`.
"""

from __future__ import annotations

COMPILED, PYTORCH = "compiled", "pytorch"
"""The engines' names: fast, for the built-in environments, and readable, for any."""
ENGINE_LABELS = {COMPILED: "fast engine", PYTORCH: "PyTorch engine"}
"""What users call them, everywhere."""


class Divergence(ArithmeticError):
    """Losses, gradients or outputs are no longer finite numbers."""
