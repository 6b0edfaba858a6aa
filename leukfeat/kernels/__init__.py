"""Pure counting functions, array to array."""

__all__: list[str] = []
