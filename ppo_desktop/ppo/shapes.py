"""A guard against broadcasting: (B,) and (B, 1) would silently become (B, B)."""

from __future__ import annotations

from torch import Tensor


def require_equal_shapes(*tensors: Tensor) -> None:
    """Raise a ValueError unless all tensors have the same shape."""
    shapes = {tuple(tensor.shape) for tensor in tensors}
    if len(shapes) > 1:
        raise ValueError(f"Shapes must be equal, got {sorted(shapes)}: broadcasting would mix samples.")
