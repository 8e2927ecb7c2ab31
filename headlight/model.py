"""Models by name, by folder or by hub id, and the runs that they make."""

from __future__ import annotations

import os
import threading

from headlight.models.core.errors import UnknownModel
from headlight.models.core.messages import Message
from headlight.models.core.model import LoadedModel, ModelShape
from headlight.models.zoo.registry import (
    BUILT_IN,
    ModelEntry,
    Registry,
    build_registry,
    operator_entry,
)
from headlight.models.zoo.sources import LocalFolder, Source
from headlight.run import Run

_loading = threading.Lock()
_registries: dict[Source, Registry] = {}  # of one model each


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
    entry = _entry(os.fspath(name_or_folder))
    with _loading:
        if entry.origin not in _registries:
            _registries[entry.origin] = Registry((entry,), entry.name)
        registry = _registries[entry.origin]
    return Model(registry.load(entry.name))


def _entry(given: str) -> ModelEntry:
    """What is meant by a name, a folder or a hub id. Raises UnknownModel."""
    known = {entry.name: entry for entry in BUILT_IN}
    if given in known:
        return known[given]
    try:
        entry = operator_entry(given)
    except ValueError as error:
        raise UnknownModel(Message("{problem}", problem=error), argument="model") from None
    if isinstance(entry.origin, LocalFolder) and not entry.origin.path.is_dir():
        raise UnknownModel(
            Message(
                "there is no folder {folder}; load takes a name that `headlight models` lists, a "
                "folder that save_pretrained wrote, or a hub id (owner/name)",
                folder=repr(given),
            ),
            argument="model",
        )
    if not isinstance(entry.origin, LocalFolder) and "/" not in given:
        build_registry().entry(given)  # raises UnknownModel, which lists what there is
    return entry
