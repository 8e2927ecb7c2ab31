"""Holds every call of a module with tensors against its signature while tests run.

jaxtyping's import hook puts a checker on every function and dataclass of those modules: a shape or
a type that is written and not true fails the test that meets it. As for type checkers, an int
is taken where a float is asked for.
"""

from jaxtyping import install_import_hook

install_import_hook(
    ["headlight.models", "headlight.run", "headlight.app.features.attribution"],
    "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))",
)
