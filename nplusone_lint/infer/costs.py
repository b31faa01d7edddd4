"""The symbolic number of round trips: `1 + N`, `≤ N`, `N·M`."""

from __future__ import annotations

from nplusone_lint.infer.effects import Effect


def cost_of(effect: Effect) -> str:
    """What a loop over N items pays for the trip inside it.

    A lazy many-to-one under an identity map costs one query per distinct target, hence `≤ N`
    (measured, see the SQLAlchemy table).
    """
    loop = effect.loop
    if loop is None:
        return "1"
    repeated = "N" if effect.nested < 2 else "N·M"
    if effect.made.shared:
        repeated = f"≤ {repeated}"
    from_rows = loop.over == "rows" and (loop.origin is not None or (effect.made.lazy and effect.origin is not None))
    return f"1 + {repeated}" if from_rows else repeated
