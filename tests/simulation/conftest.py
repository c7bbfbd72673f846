"""What every test here has in common."""

import pytest


@pytest.fixture(autouse=True)
def _unmeasured(no_cover: None) -> None:
    """Coverage counts no line of these hundreds of thousands of steps: that takes as long as they do.

    Nor should it: a line that only a storm of random faults reaches is not tried on purpose.
    """
