"""What tests of the models share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of checkpoints and recordings that lies beside the checkout."""
    folder = Path(__file__).parents[3] / "shared"
    if not folder.is_dir():
        pytest.skip("../shared, with checkpoints and recordings, is not beside this checkout")
    return folder
