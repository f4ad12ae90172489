"""Computing as if nobody had changed what is global in NumPy and PyTorch.

An environment's module may set how PyTorch computes in this thread or in the whole process, for its own
purposes: what it has set is left to it, and does not hold where we compute. Types and devices of our
tensors are said where they are made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np
import torch

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def isolated(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Let a function that computes do so with gradients, in single precision and on one thread.

    What is not finite is noticed by whoever looks at the result; NumPy neither warns of it nor raises.
    """

    @wraps(function)
    def compute(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        if torch.get_num_threads() != 1:
            torch.set_num_threads(1)  # two threads never helped, and give other bits
        with np.errstate(all="ignore"):
            if _is_untouched():
                return function(*args, **kwargs)
            with (
                torch.inference_mode(False),
                torch.enable_grad(),
                torch.autocast("cpu", enabled=False),
                torch.autograd.set_detect_anomaly(False),
            ):
                return function(*args, **kwargs)

    return compute


def _is_untouched() -> bool:
    """Whether this thread's PyTorch is as it comes; changing it to that takes some microseconds."""
    return (
        torch.is_grad_enabled()
        and not torch.is_inference_mode_enabled()
        and not torch.is_autocast_enabled("cpu")
        and not torch.is_anomaly_enabled()
    )
