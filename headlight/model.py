"""Models by name, by folder or by hub id, and the runs that they make."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from headlight.run import Run
from models.errors import UnknownModel
from models.loaded import LoadedModel, ModelShape
from models.registry import Registry, build_registry, operator_entry

_loading = threading.Lock()
_registries: dict[str, Registry] = {}


class Model:
    """A model in memory. Safe to use from threads.

    `shape` says its kinds of attention, layers, heads, d_head, d_model and limit of tokens.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded

    @property
    def name(self) -> str:
        return self._loaded.name

    @property
    def shape(self) -> ModelShape:
        return self._loaded.shape

    def run(self, text: str, text_pair: str | None = None) -> Run:
        """One forward pass over the text, and everything that it leaves behind.

        `text_pair` is the second text of an encoder that reads pairs, and the target of an
        encoder-decoder model, which writes its own where none is given. Raises EmptyText,
        InvalidText, TextTooLong, NotFinite, and InvalidSelection for a pair that is not read.
        """
        return Run(self._loaded, self._loaded.run(text, text_pair))

    def __repr__(self) -> str:
        return (
            f"<headlight.Model {self.name}: {self.shape.layers} layers, {self.shape.heads} heads>"
        )


def load(name_or_folder: str | os.PathLike[str]) -> Model:
    """A model by the name that `headlight models` lists ("bert", "small"), by the folder that
    `save_pretrained` wrote, or by its hub id ("owner/name").

    A model is loaded once and kept as long as the process runs. Raises UnknownModel,
    ModelUnavailable where its weights are not here and cannot be fetched, and UnsupportedModel,
    with the reason, where what it would show is not the model's own.
    """
    given = os.fspath(name_or_folder)
    registry, name = _listed(given)
    return Model(registry.load(name))


def _listed(given: str) -> tuple[Registry, str]:
    """A registry that lists the model, and its name there. Folders of one name are told apart by
    where they are."""
    with _loading:
        built_in = _registries.setdefault("", build_registry())
        if any(entry.name == given for entry in built_in.entries):
            return built_in, given
        path = Path(given).expanduser()
        if given.startswith((".", "/", "~")) and not path.is_dir():
            raise UnknownModel(
                f"there is no folder {given!r}; load takes a name that `headlight models` lists, a "
                "folder that save_pretrained wrote, or a hub id (owner/name)",
                field="model",
            )
        if not path.is_dir() and "/" not in given:
            built_in.entry(given)  # raises UnknownModel
        try:
            entry = operator_entry(given)
        except ValueError as error:
            raise UnknownModel(str(error), field="model") from None
        key = os.path.realpath(path) if path.is_dir() else given
        return _registries.setdefault(key, Registry((entry,), entry.name)), entry.name
