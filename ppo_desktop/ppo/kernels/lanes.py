"""Sixteen numbers that stand side by side and are computed with at once, each in a lane of its own.

Numba has no name for them, LLVM has: one instruction with AVX-512, two with AVX2, four on ARM. What LLVM does
not find out by itself is which numbers should stay in registers; kernels say so with lanes. They are written
like single numbers: +, −, ·, /, min and max of lanes, or of lanes and a number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

N_LANES = 16
Lanes = Any

_FLOAT_BYTES = np.dtype(np.float32).itemsize
_VECTOR: Any = ir.VectorType(ir.FloatType(), N_LANES)
_INTEGERS: Any = ir.VectorType(ir.IntType(32), N_LANES)
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
def lanes_at(_context: Any, matrix: Any, row: Any, column: Any) -> Any:
    """Return matrix[row, column : column + N_LANES] of a matrix whose rows are contiguous."""

    def generate(context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        return _load(builder, _address(context, builder, types_.args[0], *arguments))

    return _LANES(matrix, row, column), generate


@_operation
def put_lanes(_context: Any, matrix: Any, row: Any, column: Any, lanes: Any) -> Any:
    """Write lanes to matrix[row, column : column + N_LANES] of a matrix whose rows are contiguous."""

    def generate(context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        *where, of_lanes = arguments
        _store(builder, of_lanes, _address(context, builder, types_.args[0], *where))
        return context.get_dummy_value()

    return types.void(matrix, row, column, lanes), generate


def _address(context: Any, builder: Any, kind: Any, matrix: Any, row: Any, column: Any) -> Any:
    """Return where matrix[row, column] is; nothing is checked, and −1 is not the last one."""
    array = context.make_array(kind)(context, builder, matrix)
    strides = cgutils.unpack_tuple(builder, array.strides)
    offsets = [builder.mul(index, stride) for index, stride in zip((row, column), strides, strict=True)]
    return cgutils.pointer_add(builder, array.data, builder.add(*offsets))


def _load(builder: Any, address: Any) -> Any:
    return builder.load(builder.bitcast(address, _VECTOR.as_pointer()), align=_FLOAT_BYTES)


def _store(builder: Any, lanes: Any, address: Any) -> None:
    builder.store(lanes, builder.bitcast(address, _VECTOR.as_pointer()), align=_FLOAT_BYTES)


def _in_every_lane(builder: Any, number: Any) -> Any:
    """Return a vector of the same number."""
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.IntType(32)(0))
    return builder.shuffle_vector(first, nothing, ir.Constant(_INTEGERS, [0] * N_LANES))


# ---- tiles: lanes of several rows, and of several blocks of columns beside each other --------------------
#
# How many there are Numba has to know, and it knows the length of a tuple: (0, 1, 2, 3) are four rows, or
# blocks, counted from the one that is named.


@_operation
def no_tile(_context: Any, rows: Any, blocks: Any) -> Any:
    """Return a tile of 0."""
    tile = types.UniTuple(_LANES, rows.count * blocks.count)

    def generate(context: Any, builder: Any, *_: Any) -> Any:
        nothing = ir.Constant(_VECTOR, [0.0] * N_LANES)
        return context.make_tuple(builder, tile, [nothing] * tile.count)

    return tile(rows, blocks), generate


@_operation
def tile_at(_context: Any, matrix: Any, row: Any, column: Any, rows: Any, blocks: Any) -> Any:
    """Return a part of a matrix whose rows are contiguous, which begins at matrix[row, column]."""
    tile = types.UniTuple(_LANES, rows.count * blocks.count)

    def generate(context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        places = _places(context, builder, types_.args, arguments)
        return context.make_tuple(builder, tile, [_load(builder, place) for place in places])

    return tile(matrix, row, column, rows, blocks), generate


@_operation
def put_tile(_context: Any, matrix: Any, row: Any, column: Any, rows: Any, blocks: Any, tile: Any) -> Any:
    """Write a tile there."""

    def generate(context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        places = _places(context, builder, types_.args, arguments)
        for place, lanes in zip(places, cgutils.unpack_tuple(builder, arguments[-1]), strict=True):
            _store(builder, lanes, place)
        return context.get_dummy_value()

    return types.void(matrix, row, column, rows, blocks, tile), generate


@_operation
def add_products(_context: Any, left: Any, row: Any, term: Any, rows: Any, factors: Any, tile: Any) -> Any:
    """Return left[row…, term]·factors + tile, rounded once where the processor can; factors are one row."""

    def generate(context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        matrix, first, column = arguments[:3]
        across, totals = (cgutils.unpack_tuple(builder, lanes) for lanes in arguments[-2:])
        fused = cgutils.get_or_insert_function(builder.module, _FUSED, f"llvm.fmuladd.v{N_LANES}f32")
        sums: list[Any] = []
        for down in _counted(builder, first, rows):
            number = builder.load(_address(context, builder, types_.args[0], matrix, down, column))
            in_lanes = _in_every_lane(builder, number)
            so_far = totals[len(sums) : len(sums) + len(across)]
            sums += [builder.call(fused, [in_lanes, *pair]) for pair in zip(across, so_far, strict=True)]
        return context.make_tuple(builder, tile, sums)

    return tile(left, row, term, rows, factors, tile), generate


def _places(context: Any, builder: Any, kinds: Any, arguments: Any) -> list[Any]:
    """Return where each block of each row of a part of a matrix begins."""
    matrix, row, column = arguments[:3]
    return [
        _address(context, builder, kinds[0], matrix, one, begin)
        for one in _counted(builder, row, kinds[3])
        for begin in _counted(builder, column, kinds[4], N_LANES)
    ]


def _counted(builder: Any, first: Any, counted: Any, step: int = 1) -> list[Any]:
    """Return the first index and those that follow, as many as a tuple's type says."""
    return [builder.add(first, first.type(step * number)) for number in range(counted.count)]


# ---- arithmetic ----------------------------------------------------------------------------------------


@_operation
def floor(_context: Any, number: Any) -> Any:
    """Return the largest whole number that is not larger, of lanes or of a single-precision number."""

    def generate(_context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        kind, name = (_VECTOR, f"v{N_LANES}f32") if types_.args[0] == _LANES else (ir.FloatType(), "f32")
        function = ir.FunctionType(kind, [kind])
        return builder.call(
            cgutils.get_or_insert_function(builder.module, function, f"llvm.floor.{name}"), arguments
        )

    return number(number), generate


@_operation
def power_of_two(_context: Any, number: Any) -> Any:
    """Return 2ⁿ for whole n from −126 to 127, infinity for 128, of lanes or of a single-precision number."""

    def generate(_context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        # A float whose exponent bits are n + 127 and whose other bits are 0 is 2ⁿ.
        if types_.args[0] == _LANES:
            kind, constants = _INTEGERS, [ir.Constant(_INTEGERS, [one] * N_LANES) for one in (127, 23)]
        else:
            kind, constants = ir.IntType(32), [ir.IntType(32)(one) for one in (127, 23)]
        exponent = builder.add(builder.fptosi(arguments[0], kind), constants[0])
        return builder.bitcast(builder.shl(exponent, constants[1]), arguments[0].type)

    return number(number), generate


def _let_lanes_have(operation: Callable[..., Any], generate: Callable[[Any, Any, Any], Any]) -> None:
    """Let Numba know an operation on two lanes, or on lanes and a single-precision number."""

    @infer_global(operation)
    class _Operation(AbstractTemplate):
        def generic(self, of: Any, _named: Any) -> Any:
            if len(of) == 2 and _LANES in of and set(of) <= {_LANES, types.float32}:
                return signature(_LANES, *of)
            return None

    def on_vectors(_context: Any, builder: Any, types_: Any, arguments: Any) -> Any:
        both = (
            given if kind == _LANES else _in_every_lane(builder, given)
            for kind, given in zip(types_.args, arguments, strict=True)
        )
        return generate(builder, *both)

    for of in ((_LANES, _LANES), (_LANES, types.float32), (types.float32, _LANES)):
        lower_builtin(operation, *of)(on_vectors)


_MAY_BE_FUSED = ("contract",)
"""A product and a sum may be rounded once, where the processor can."""
_let_lanes_have(operator.add, lambda builder, left, right: builder.fadd(left, right, flags=_MAY_BE_FUSED))
_let_lanes_have(operator.sub, lambda builder, left, right: builder.fsub(left, right, flags=_MAY_BE_FUSED))
_let_lanes_have(operator.mul, lambda builder, left, right: builder.fmul(left, right, flags=_MAY_BE_FUSED))
_let_lanes_have(operator.truediv, lambda builder, left, right: builder.fdiv(left, right))
# As min and max of single numbers: of two, of which one is nan, the left one.
_let_lanes_have(
    min,
    lambda builder, left, right: builder.select(builder.fcmp_ordered("<", right, left), right, left),
)
_let_lanes_have(
    max,
    lambda builder, left, right: builder.select(builder.fcmp_ordered(">", right, left), right, left),
)
