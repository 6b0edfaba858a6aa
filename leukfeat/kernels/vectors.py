"""What the compiler does not find by itself: the comparison of 64 levels as one instruction."""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

__all__ = ["compare_word"]

_LEVELS = ir.VectorType(ir.IntType(8), 64)
_WORD = ir.IntType(64)


@intrinsic
def compare_word(context: Any, levels: Any, start: Any, highest: Any) -> Any:  # noqa: ARG001 - types
    """Compare 64 levels that lie side by side with the highest that counts.

    For use within kernels.

    Parameters
    ----------
    context : object
        Given by numba.
    levels : numpy.ndarray of uint8, shape (n,)
        C-contiguous.
    start : int
        Place of the first of the 64, in [0, n - 64].
    highest : numpy.uint8
        The highest level that counts.

    Returns
    -------
    numpy.uint64
        Bit k is set where level `start + k` is not above `highest`.
    """
    signature = types.uint64(levels, types.intp, types.uint8)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        word = builder.load(builder.bitcast(pointer, _LEVELS.as_pointer()), align=1)
        return builder.bitcast(builder.icmp_unsigned("<=", word, _repeat(builder, arguments[2])), _WORD)

    return signature, build


def _repeat(builder: Any, level: Any) -> Any:
    """Return a vector of one level."""
    undefined, first = ir.Constant(_LEVELS, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    vector = builder.insert_element(undefined, level, first)
    return builder.shuffle_vector(vector, undefined, ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64))
