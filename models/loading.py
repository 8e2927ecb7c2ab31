"""From a folder of weights to a model that answers with traces."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Seq
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoTokenizer,
    DynamicCache,
    EncoderDecoderCache,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging
from transformers.utils.generic import ModelOutput

from models.altered import Altered, Place
from models.attention import KINDS
from models.capture import Captured, prepare
from models.embeddings import gradients_on
from models.errors import InputError, InvalidSelection, UnsupportedModel
from models.gradients import Gradients, gradients_of
from models.loaded import MAX_TOKENS, LoadedModel, ModelShape
from models.output_head import Checkpoint, HeadAlone, load_checkpoint, read_alone
from models.outputs import CANDIDATES, Candidate, Fill, Outputs, Said
from models.reader import (
    Encoding,
    cutter_for,
    encode_self,
    encode_target,
    sequence_of_written,
)
from models.small.loading import MODEL_TYPE, SmallLoaded
from models.trace import Trace
from models.vocabulary import TokenizerVocabulary

# A library that runs inside a server speaks through errors, not on the terminal.
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


class TransformersModel(LoadedModel):
    """A model of the transformers library, captured while it runs."""

    def __init__(
        self, name: str, checkpoint: Checkpoint, tokenizer: PreTrainedTokenizerBase, limit: int
    ) -> None:
        self.name = name
        model = checkpoint.model
        self._model = model.eval().requires_grad_(False)
        self._cutter = cutter_for(tokenizer, name)
        self._lock = threading.Lock()
        self._special_ids = _special_ids(model)
        self._two_towers = bool(model.config.is_encoder_decoder)
        self._captured, example = self._prepare()
        kinds = {site.kind for site in self._captured.sites}
        self._decoder_only = not self._two_towers and kinds == {"decoder"}
        self._mask_id: int | None = tokenizer.mask_token_id
        self._head = self._read_head(checkpoint, example)
        says: tuple[Said, ...] = ()
        if self._head is not None and checkpoint.said is not None:
            says = (checkpoint.said,)
            self._vocabulary = TokenizerVocabulary(tokenizer)
        if says == ("fill",):
            self._cutter = cutter_for(tokenizer, name, reads_mask=True)
        whole = checkpoint.headed if says and checkpoint.headed is not None else model
        self.shape = _shape(self._captured, whole, limit, says)

    @classmethod
    def from_folder(cls, name: str, folder: Path) -> TransformersModel:
        """Reads safetensors only, in float32, and runs no code of the folder's."""
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        limit = token_limit(config, tokenizer.model_max_length)
        return cls(name, load_checkpoint(folder, config), tokenizer, limit)

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

    def logits(self, said: Said, vectors: Float[Tensor, "n d_model"]) -> Float[Tensor, "n class"]:
        if said not in self.says or self._head is None:
            raise self._does_not_say(said)
        return self._head(vectors)

    def name_of(self, said: Said, index: int) -> str:
        if said not in self.says:
            raise self._does_not_say(said)
        return self._vocabulary.name(index)

    def index_of(self, said: Said, name: str) -> int:
        if said not in self.says:
            raise self._does_not_say(said)
        found = self._vocabulary.index(name)
        if found is None:
            raise InvalidSelection(
                f"{name!r} is no entry of {self.name}'s vocabulary; name one token as "
                "/api/v1/outputs writes them",
                field="name",
            )
        return found

    def differentiate(
        self, plain: Trace, scalar: Callable[[Float[Tensor, "pos d_model"]], Tensor]
    ) -> Gradients:
        with gradients_on():
            inputs = {**self._graph_of(plain).inputs, **self._wanted}
            with self._lock:
                sites, output = self._captured.run(requires_grad=True, **inputs)
            z = {(site.kind, site.layer): site.z for site in sites}
            return gradients_of(scalar(_last_vectors(output)[0]), z)

    def embeddings(self, plain: Trace) -> Float[Tensor, "pos d_embedding"]:
        ids = self._graph_of(plain).inputs["input_ids"]
        assert self._captured.embedding is not None
        with torch.no_grad():
            found: Tensor = self._captured.embedding(ids)[0]
        return found

    def from_embeddings(
        self, plain: Trace, rows: Float[Tensor, "row pos d_embedding"]
    ) -> Float[Tensor, "row pos d_model"]:
        with torch.inference_mode(False):  # a graph keeps its inputs
            inputs = {**self._graph_of(plain).inputs, **self._wanted}
        with self._lock:
            return _last_vectors(self._captured.from_embeddings(rows, **inputs))

    def _graph_of(self, plain: Trace) -> Encoding:
        """What `_again` gives. Raises InvalidSelection where no gradient reaches the heads."""
        if self._captured.tapped or self._captured.embedding is None:
            raise self._cannot_be_differentiated()
        return self._again(plain)

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
        last = _last_vectors(output)[0]
        return Trace(
            model=self.name,
            text=text,
            text_pair=text_pair,
            sites=sites,
            encoder=encoding.encoder,
            decoder=encoding.decoder,
            target=encoding.target,
            hidden=last,
            outputs=self._outputs(encoding.inputs["input_ids"][0], last),
        )

    def _outputs(
        self, ids: Int[Tensor, " pos"], last: Float[Tensor, "pos d_model"]
    ) -> Outputs | None:
        """What stands at each mask of the text, or what comes after it; None: it says nothing."""
        if not self.says:
            return None
        (said,) = self.says
        if said == "next":
            (after,) = self._filled(said, last, [len(last) - 1])
            return Outputs((), (), (), (), after)
        gaps = [position for position, each in enumerate(ids.tolist()) if each == self._mask_id]
        return Outputs((), (), (), self._filled(said, last, gaps) if gaps else ())

    def _filled(
        self, said: Said, last: Float[Tensor, "pos d_model"], positions: list[int]
    ) -> tuple[Fill, ...]:
        with torch.inference_mode():
            shares = self.logits(said, last[positions]).softmax(-1)
            values, best = shares.topk(min(CANDIDATES, shares.shape[-1]), dim=-1)
        return tuple(
            Fill(
                position,
                tuple(
                    Candidate(self.name_of(said, index), value)
                    for index, value in zip(row, shown, strict=True)
                ),
            )
            for position, row, shown in zip(positions, best.tolist(), values.tolist(), strict=True)
        )

    def _write(self, encoding: Encoding) -> Encoding:
        """Lets the model write its own target: greedy, at most twice the source and 16 tokens."""
        assert encoding.encoder is not None
        room = min(self.shape.token_limit - 1, 2 * len(encoding.encoder) + 16)
        # The library's own cache has as many layers as the encoder, which some decoders exceed.
        cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        ids: Tensor = self._model.generate(
            **encoding.inputs,
            do_sample=False,
            num_beams=1,
            max_new_tokens=room,
            past_key_values=cache,
        )
        written = ids[0].tolist()
        if len(written) > 1 and written[-1] in self._special_ids:
            written = written[:-1]
        decoder, target = sequence_of_written(self._cutter, written, self._special_ids)
        inputs = {**encoding.inputs, "decoder_input_ids": torch.tensor([written])}
        return Encoding(inputs, encoding.encoder, decoder, target)

    def _prepare(self) -> tuple[Captured, dict[str, Any]]:
        """Learns the model's sites from a dry run of a short text, which comes with them."""
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
        return prepare(self._model, inputs), inputs

    def _read_head(self, checkpoint: Checkpoint, example: Mapping[str, Any]) -> HeadAlone | None:
        """The output head, held against the model's own logits on the example; None where there
        is none, or where its answers would mean something else."""
        if checkpoint.headed is None:
            return None
        if checkpoint.said == "fill" and (self._decoder_only or self._mask_id is None):
            return None
        if checkpoint.said == "next" and not (self._two_towers or self._decoder_only):
            return None
        headed = checkpoint.headed.eval().requires_grad_(False)
        inputs: dict[str, Any] = {**example, **self._wanted}
        _, output = self._captured.run(**inputs)
        return read_alone(headed, example, _last_vectors(output)[0])


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


def _shape(
    captured: Captured, model: PreTrainedModel, limit: int, says: tuple[Said, ...]
) -> ModelShape:
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
        says=says,
    )
