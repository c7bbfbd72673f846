"""How a broken promise is told."""


class Violation(AssertionError):  # noqa: N818  # the word every reader of a simulation expects
    """A promise is broken; the text begins with its number."""


def demand(holds: object, promise: str, facts: object = "") -> None:
    """Raise where a promise does not hold."""
    if not holds:
        raise Violation(f"{promise}: {facts}")
