"""From a folder of weights to a model that answers with traces."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.utils import logging as transformers_logging
from transformers.utils.generic import ModelOutput

from models.altered import Altered, Place
from models.attention import KINDS
from models.capture import Captured, prepare
from models.errors import InputError, UnsupportedModel
from models.loaded import MAX_TOKENS, LoadedModel, ModelShape
from models.reader import (
    Cutter,
    Encoding,
    cutter_for,
    encode_self,
    encode_target,
    sequence_of_written,
)
from models.small.loading import MODEL_TYPE, SmallLoaded
from models.trace import Trace

# A library that runs inside a server speaks through errors, not on the terminal.
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


class TransformersModel(LoadedModel):
    """A model of the transformers library, captured while it runs."""

    def __init__(self, name: str, model: PreTrainedModel, cutter: Cutter, limit: int) -> None:
        self.name = name
        self._model = model.eval().requires_grad_(False)
        self._cutter = cutter
        self._lock = threading.Lock()
        self._special_ids = _special_ids(model)
        self._two_towers = bool(model.config.is_encoder_decoder)
        self._captured, self._decoder_only = self._prepare()
        self.shape = _shape(self._captured, model, limit)

    @classmethod
    def from_folder(cls, name: str, folder: Path) -> TransformersModel:
        """Reads safetensors only, in float32, and runs no code of the folder's."""
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        auto: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModel
        model = auto.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            attn_implementation="eager",
            dtype=torch.float32,
        )
        limit = token_limit(config, tokenizer.model_max_length)
        return cls(name, model, cutter_for(tokenizer, name), limit)

    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        """The text as this model reads it, however long. Raises EmptyText, InvalidText.

        A pair is read as one by encoders; an encoder-decoder model takes it as the target;
        a decoder reads one text (InvalidSelection).
        """
        if self._two_towers:
            encoder, inputs = encode_self(self._cutter, text, None)
            if text_pair is None:
                return Encoding(inputs, encoder, None)
            start = self._model.config.decoder_start_token_id
            decoder, ids = encode_target(self._cutter, text_pair, start)
            return Encoding({**inputs, "decoder_input_ids": ids}, encoder, decoder, text_pair)
        if self._decoder_only:
            self.refuse_pair(text_pair)
        sequence, inputs = encode_self(self._cutter, text, text_pair)
        if self._decoder_only:
            return Encoding(inputs, None, sequence)
        return Encoding(inputs, sequence, None)

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        """One captured run. Raises TextTooLong too; an encoder-decoder model that is given no
        target writes its own first, greedily."""
        encoding = self.encode_to_run(text, text_pair)
        with self._lock, torch.inference_mode():
            if self._two_towers and encoding.decoder is None:
                encoding = self._write(encoding)
        return self._run(encoding, text, text_pair)

    def rerun(self, plain: Trace, altered: Mapping[Place, Altered]) -> Trace:
        return self._run(self._again(plain), plain.text, plain.text_pair, altered)

    def vary(
        self, plain: Trace, rows: Seq[Mapping[Place, Altered]]
    ) -> Float[Tensor, "row pos d_model"]:
        inputs = {**self._again(plain).inputs, **self._wanted}
        with self._lock:
            return _last_vectors(self._captured.vary(rows, **inputs))

    def _again(self, plain: Trace) -> Encoding:
        """The inputs of that run; what the model wrote itself is not written anew.

        Raises InvalidSelection for a model whose attention can be read but not edited.
        """
        if self._captured.tapped:
            raise self._cannot_be_edited()
        encoding = self.encode(plain.text, plain.text_pair)
        if encoding.decoder is not None or plain.decoder is None or not self._two_towers:
            return encoding
        written = torch.tensor([[token.id for token in plain.decoder.tokens]])
        inputs = {**encoding.inputs, "decoder_input_ids": written}
        return Encoding(inputs, plain.encoder, plain.decoder, plain.target)

    @property
    def _wanted(self) -> dict[str, bool]:
        """A model with an output head gives its last vectors only when asked to."""
        return {"output_hidden_states": True} if self._two_towers else {}

    def _run(
        self,
        encoding: Encoding,
        text: str,
        text_pair: str | None,
        altered: Mapping[Place, Altered] | None = None,
    ) -> Trace:
        with self._lock:
            sites, output = self._captured.run(altered=altered, **encoding.inputs, **self._wanted)
        return Trace(
            model=self.name,
            text=text,
            text_pair=text_pair,
            sites=sites,
            encoder=encoding.encoder,
            decoder=encoding.decoder,
            target=encoding.target,
            hidden=_last_vectors(output)[0],
        )

    def _write(self, encoding: Encoding) -> Encoding:
        """Lets the model write its own target: greedy, at most twice the source and 16 tokens."""
        assert encoding.encoder is not None
        room = min(self.shape.token_limit - 1, 2 * len(encoding.encoder) + 16)
        ids: Tensor = self._model.generate(
            **encoding.inputs, do_sample=False, num_beams=1, max_new_tokens=room
        )
        written = ids[0].tolist()
        if len(written) > 1 and written[-1] in self._special_ids:
            written = written[:-1]
        decoder, target = sequence_of_written(self._cutter, written, self._special_ids)
        inputs = {**encoding.inputs, "decoder_input_ids": torch.tensor([written])}
        return Encoding(inputs, encoding.encoder, decoder, target)

    def _prepare(self) -> tuple[Captured, bool]:
        """Learns the model's sites from a dry run of a short text."""
        try:
            _, inputs = encode_self(self._cutter, "a b c", None)
        except InputError:
            raise UnsupportedModel(
                f"{self.name} has no tokenizer that can read text; save one into its folder "
                "with tokenizer.save_pretrained(folder)",
                field="model",
            ) from None
        if self._two_towers:
            start = self._model.config.decoder_start_token_id
            inputs["decoder_input_ids"] = encode_target(self._cutter, "a b", start)[1]
        captured = prepare(self._model, inputs)
        kinds = {site.kind for site in captured.sites}
        return captured, not self._two_towers and kinds == {"decoder"}


def _last_vectors(output: ModelOutput) -> Float[Tensor, "row pos d_model"]:
    """The last vector of every token of the tower that speaks."""
    layers = output.get("decoder_hidden_states")
    last: Tensor = output["last_hidden_state"] if layers is None else layers[-1]
    return last


def load_folder(name: str, folder: Path) -> LoadedModel:
    """The model in that folder, of our own kind or the library's, as its config.json says."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") == MODEL_TYPE:
        return SmallLoaded.from_folder(name, folder)
    return TransformersModel.from_folder(name, folder)


def token_limit(config: PreTrainedConfig, tokenizer_limit: int) -> int:
    """Most tokens that a model reads: its positions, its tokenizer's word, and MAX_TOKENS."""
    positions = getattr(config, "max_position_embeddings", None) or getattr(
        config, "n_positions", None
    )
    if positions and config.model_type in _OFFSET_POSITIONS:
        positions -= config.pad_token_id + 1
    known = [n for n in (positions, tokenizer_limit, MAX_TOKENS) if n]
    return int(min(known))


# RoBERTa and its kin count positions from pad_token_id + 1, so that 514 embeddings read 512.
_OFFSET_POSITIONS = {
    "roberta",
    "xlm-roberta",
    "camembert",
    "mpnet",
    "longformer",
    "ibert",
    "data2vec-text",
}


def _special_ids(model: PreTrainedModel) -> set[int]:
    config = model.config
    found: set[int] = set()
    for name in ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"):
        value = getattr(config, name, None)
        found.update(value if isinstance(value, list) else [value] if value is not None else [])
    return found


def _shape(captured: Captured, model: PreTrainedModel, limit: int) -> ModelShape:
    kinds = tuple(kind for kind in KINDS if any(site.kind == kind for site in captured.sites))
    if not kinds:
        raise UnsupportedModel("no attention was seen in a run of this model", field="model")
    first = [site for site in captured.sites if site.kind == kinds[0]]
    return ModelShape(
        kinds=kinds,
        layers=len(first),
        heads=first[0].n_heads,
        d_head=first[0].d_head,
        d_model=int(model.config.hidden_size),
        token_limit=limit,
        parameters=sum(p.numel() for p in model.parameters()),
    )
