"""The address of the server: `headlight.app.main:app`, in a checkout `app.main:app` too.

The short name is this address alone. It hands over to the long one: no module is loaded twice.
"""

from __future__ import annotations

import importlib
import sys

from fastapi import FastAPI

if __name__ == "app.main":
    sys.modules["app"] = importlib.import_module("headlight.app")
    sys.modules["app.main"] = importlib.import_module("headlight.app.main")


def __getattr__(name: str) -> FastAPI:
    """`app` is built when a server asks for it, not when this module is imported."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from headlight.app.application import create_app

    app = globals()["app"] = create_app()
    return app
