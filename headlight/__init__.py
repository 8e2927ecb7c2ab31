"""Every attention head of a model, from Python: load a model, run a text, ask the run.

    import headlight
    from headlight import edit

    model = headlight.load("bert")
    run = model.run("The Law will never be perfect, but its application should be just.")
    run.search("its", "law").heads[0]                   # the head that links them most
    run.pattern(layer=3, head=1)                        # [query_pos, key_pos]
    run.explain(layer=3, head=1, query_pos=8, key_pos=2)
    run.what_if([edit.zero_ablation(layer=3, heads=[1])]).change.sentence_cosine_distance

What goes wrong is an `errors.HeadlightError`, whose message says what was given, what is allowed
and what to do. Layers, heads and positions are numbered as the model numbers them, from 0.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headlight import edit
    from headlight.model import Model, load
    from headlight.models.core import errors
    from headlight.run import Run

__all__ = ["Model", "Run", "edit", "errors", "load"]

_MODULES = {
    "Model": "headlight.model",
    "Run": "headlight.run",
    "edit": "headlight.edit",
    "errors": "headlight.models.core.errors",
    "load": "headlight.model",
}


def __getattr__(name: str) -> Any:
    """Torch takes seconds to import, and a command that prints its help needs none of it."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_MODULES[name])
    value = globals()[name] = getattr(module, name, module)
    return value


def __dir__() -> list[str]:
    return __all__
