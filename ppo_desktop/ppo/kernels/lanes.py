"""Sixteen numbers that stand side by side and are computed with at once, each in a lane of its own.

Numba has no name for them, LLVM has: one instruction with AVX-512, two with AVX2, four on ARM. What LLVM does
not find out by itself is which numbers should stay in registers; kernels say so with lanes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

N_LANES = 16
Lanes = Any

_FLOAT_BYTES = np.dtype(np.float32).itemsize
_VECTOR: Any = ir.VectorType(ir.FloatType(), N_LANES)
_FUSED = ir.FunctionType(_VECTOR, [_VECTOR] * 3)


def _operation(generator: Callable[..., Any]) -> Any:
    """Let kernels call what a generator writes for LLVM; they leave out its first argument."""
    return intrinsic(generator)


class _LanesType(types.Type):
    """Numba's name for lanes."""

    def __init__(self) -> None:
        super().__init__("lanes")


_LANES = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    """They are a vector of LLVM's."""

    def __init__(self, manager: Any, of: Any) -> None:
        super().__init__(manager, of, _VECTOR)  # type: ignore[no-untyped-call]


@_operation
def no_lanes(_context: Any) -> Any:
    """Return 0 in every lane."""

    def generate(*_: Any) -> Any:
        return ir.Constant(_VECTOR, [0.0] * N_LANES)

    return _LANES(), generate


@_operation
def lanes_at(_context: Any, matrix: Any, row: Any, column: Any) -> Any:
    """Return matrix[row, column : column + N_LANES] of a matrix whose rows are contiguous."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature, arguments)
        return builder.load(builder.bitcast(address, _VECTOR.as_pointer()), align=_FLOAT_BYTES)

    return _LANES(matrix, row, column), generate


@_operation
def put_lanes(_context: Any, matrix: Any, row: Any, column: Any, lanes: Any) -> Any:
    """Write lanes to matrix[row, column : column + N_LANES] of a matrix whose rows are contiguous."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, signature, arguments)
        builder.store(arguments[3], builder.bitcast(address, _VECTOR.as_pointer()), align=_FLOAT_BYTES)
        return context.get_dummy_value()

    return types.void(matrix, row, column, lanes), generate


@_operation
def multiply_add(_context: Any, matrix: Any, row: Any, column: Any, lanes: Any, total: Any) -> Any:
    """Return matrix[row, column]·lanes + total, rounded once where the processor can."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = builder.load(_address(context, builder, signature, arguments))
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, number, ir.IntType(32)(0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), N_LANES), [0] * N_LANES)
        factor = builder.shuffle_vector(first, nothing, everywhere)
        fused = cgutils.get_or_insert_function(builder.module, _FUSED, f"llvm.fmuladd.v{N_LANES}f32")
        return builder.call(fused, [factor, *arguments[3:]])

    return _LANES(matrix, row, column, lanes, total), generate


def _address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return where matrix[row, column] is; nothing is checked, and −1 is not the last one."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    strides = cgutils.unpack_tuple(builder, array.strides)
    offsets = [builder.mul(index, stride) for index, stride in zip(arguments[1:3], strides, strict=True)]
    return cgutils.pointer_add(builder, array.data, builder.add(*offsets))
