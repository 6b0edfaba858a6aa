"""What an interrupt comes to; it imports nothing, so that it is there before all else."""

__all__ = ["EXIT_INTERRUPTED", "is_interrupt"]

EXIT_INTERRUPTED = 130


def is_interrupt(error: BaseException | None) -> bool:
    """Tell whether Ctrl-C is behind an exception: one that comes while a class is made is wrapped by another.

    Parameters
    ----------
    error : BaseException or None
        What was raised.

    Returns
    -------
    bool
        True for KeyboardInterrupt, and for what was raised from one.
    """
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__
    return False
