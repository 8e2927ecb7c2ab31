"""Folders that are not shown: what is wrong with each, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import PreTrainedModel

from tests.models import families
from tests.models.folders import (
    BART,
    T5,
    TINY,
    VISION,
    edit_config,
    edit_weights,
    make,
    save,
    tokenizer,
)


@dataclass(frozen=True, eq=False)
class Refused:
    """A folder that is not shown, the reason and the remedy: regular expressions."""

    name: str
    spoil: Callable[[Path], None]
    reason: str
    remedy: str
    build: Callable[[], PreTrainedModel] = lambda: make("BertModel", "BertConfig", TINY)

    def __str__(self) -> str:
        return self.name

    def save(self, folder: Path) -> None:
        save(self.build(), folder)
        self.spoil(folder)


def _prefix(weights: dict[str, Any]) -> dict[str, Any]:
    return {f"module.{name}": tensor for name, tensor in weights.items()}


def _overflow(weights: dict[str, Any]) -> dict[str, Any]:
    weights["encoder.layer.1.output.dense.weight"][0, 0] = torch.nan
    return weights


def _without_tokenizer(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()


def _adapter(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    (folder / "config.json").rename(folder / "adapter_config.json")


def _shards(folder: Path, *names: str) -> None:
    weights = load_file(folder / "model.safetensors")
    listed = {name: names[n % len(names)] for n, name in enumerate(weights)}
    index = {"metadata": {}, "weight_map": listed}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")


def _truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")


def _add_token(folder: Path) -> None:
    longer = tokenizer()
    longer.add_tokens(["covid19", "brexit"])
    longer.save_pretrained(folder)


def _spiece_alone(folder: Path) -> None:
    _without_tokenizer(folder)
    (folder / "spiece.model").write_bytes(b"\x0a\x00")


def _loop(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(folder / "config.json")


def _without_start(folder: Path) -> None:
    edit_config(folder, decoder_start_token_id=None)
    (folder / "generation_config.json").unlink(missing_ok=True)


def _half_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


SAVE = r"save_pretrained\(folder\)"
REFUSED = (
    Refused(
        "module-prefix",
        lambda folder: edit_weights(folder, _prefix),
        r"^39 of the 39 tensors that .* \(BertModel\) is made of are not in its files.*"
        r"embeddings\.LayerNorm\.bias.*the files hold module\.embeddings",
        r"DataParallel: model\.module",
    ),
    Refused(
        "foreign-weights",
        lambda folder: edit_weights(folder, lambda _: {"x": torch.zeros(1)}),
        r"^39 of the 39 tensors .*; the files hold x instead$",
        SAVE,
    ),
    Refused(
        "one-tensor-lost",
        lambda folder: edit_weights(
            folder,
            lambda weights: {
                name: tensor
                for name, tensor in weights.items()
                if "layer.1.output.dense.w" not in name
            },
        ),
        r"^1 of the 39 tensors .*uses them: encoder\.layer\.1\.output\.dense\.weight$",
        SAVE,
    ),
    Refused(
        "another-width",
        lambda folder: edit_config(folder, intermediate_size=26),
        r"^6 of the 39 tensors .*intermediate\.dense",
        SAVE,
    ),
    Refused(
        "nan",
        lambda folder: edit_weights(folder, _overflow),
        "gives NaN.*encoder.layer.1.output",
        "Mend",
    ),
    Refused(
        "no-tokenizer",
        _without_tokenizer,
        "holds no tokenizer: none of tokenizer.json",
        "tokenizer.save",
    ),
    Refused(
        "added-tokens",
        _add_token,
        "has 103 entries, its embeddings have 101 rows",
        "resize_token_embeddings",
    ),
    Refused("adapter", _adapter, "is an adapter .adapter_config.json.", r"merge_and_unload\(\)"),
    Refused(
        "missing-shard",
        lambda folder: _shards(
            folder, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
        ),
        "^1 of the 2 files that hold the weights of .* missing: model-00002-of-00002.safetensors",
        "Copy them",
    ),
    Refused(
        "shard-outside",
        lambda folder: _shards(folder, "../model-00001-of-00002.safetensors"),
        "names '../model-00001-of-00002.safetensors', which is not a file of that folder",
        "beside their index",
    ),
    Refused("truncated", _truncate, "is cut short or no safetensors file", "Copy it again"),
    Refused(
        "quantised",
        lambda folder: edit_config(folder, quantization_config={"quant_method": "bitsandbytes"}),
        r"are quantised \(bitsandbytes\)",
        "Dequantise",
    ),
    Refused(
        "own-code",
        lambda folder: edit_config(folder, model_type="mine", auto_map={"AutoModel": "mine.Mine"}),
        r"made by Python code of its own folder \(auto_map\), which is never run",
        "part of transformers",
    ),
    Refused(
        "spiece-alone",
        _spiece_alone,
        "SentencePiece model alone",
        "protobuf",
        lambda: make("T5EncoderModel", "T5Config", T5),
    ),
    Refused(
        "no-model-type",
        lambda folder: edit_config(folder, without="model_type"),
        "names no model_type",
        "Add it",
    ),
    Refused(
        "unknown-type",
        lambda folder: edit_config(folder, model_type="perceiver-of-mine"),
        "model_type 'perceiver-of-mine' of .* is none that this transformers knows",
        "newer transformers",
    ),
    Refused(
        "wrong-value",
        lambda folder: edit_config(folder, hidden_size="wide"),
        "config.json of .* cannot read .*hidden_size",
        "Mend that entry",
    ),
    Refused(
        "no-json",
        _half_json,
        "cannot be read as JSON",
        SAVE,
    ),
    Refused(
        "no-config", lambda folder: (folder / "config.json").unlink(), "holds no config.json", SAVE
    ),
    Refused("link-to-itself", _loop, "config.json of .* cannot be read", SAVE),
    Refused(
        "pickled",
        _pickled,
        r"holds pickled weights \(pytorch_model.bin\) and no safetensors",
        "Convert it where you trust it",
    ),
    Refused(
        "nothing",
        lambda folder: (folder / "model.safetensors").unlink(),
        r"holds no model\*.safetensors",
        SAVE,
    ),
    Refused(
        "pictures",
        lambda folder: None,
        r"\(vit\) reads pictures, not text",
        "reads text",
        lambda: make("ViTModel", "ViTConfig", VISION),
    ),
    Refused(
        "sound",
        lambda folder: None,
        r"\(whisper\) reads sound, not text",
        "reads text",
        lambda: make(
            "WhisperModel",
            "WhisperConfig",
            {
                **{k: v for k, v in BART.items() if k != "max_position_embeddings"},
                "num_mel_bins": 8,
                "max_source_positions": 11,
                "max_target_positions": 23,
            },
        ),
    ),
    Refused(
        "pictures-and-text",
        lambda folder: None,
        r"\(CLIPModel\) does not run on text alone",
        "Choose another",
        lambda: make("CLIPModel", "CLIPConfig", {"text_config": TINY, "vision_config": VISION}),
    ),
    Refused(
        "no-decoder-start",
        _without_start,
        "names no decoder_start_token_id",
        "Add it",
        lambda: make("BartForConditionalGeneration", "BartConfig", BART),
    ),
)

NO_SOFTMAX = "no softmax over the keys of each query was seen in it"
LAYOUTS = {
    "Longformer": NO_SOFTMAX,
    "LED": "the layout of its encoder attention is not rows of keys for each query",
    "LongT5": "the layout of its encoder attention is not rows of keys for each query",
    "Reformer": NO_SOFTMAX,
    "Funnel": "encoder layer 1 pools its tokens",
    "FNet": NO_SOFTMAX,
    "Nystromformer": "does more with its values than mix them by the pattern",
}
"""What is said of the families whose attention has another layout."""


def _start(folder: Path) -> None:
    edit_config(folder, decoder_start_token_id=0)


REFUSED_FAMILIES = tuple(
    Refused(
        f"family-{family.name}",
        _start if "decoder_input_ids" in family.inputs else lambda folder: None,
        LAYOUTS[family.name],
        "Choose a model whose heads are one softmax over the tokens each",
        family.build,
    )
    for family in families.REFUSED
)
