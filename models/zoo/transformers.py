"""From a folder of weights to a model that answers with traces."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Seq
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import (
    DynamicCache,
    EncoderDecoderCache,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from headlight.models.capture.embeddings import gradients_on, reading_embedding
from headlight.models.capture.linear import LinearChoice, choose_linear
from headlight.models.capture.output_head import HeadAlone, read_alone
from headlight.models.capture.prepare import Captured
from headlight.models.core.attention import KINDS
from headlight.models.core.errors import InputError, UnsupportedModel
from headlight.models.core.gradients import Gradients, gradients_of
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.messages import Message
from headlight.models.core.model import MAX_TOKENS, Encoding, Linear, LoadedModel, ModelShape
from headlight.models.core.outputs import CANDIDATES, Candidate, Fill, OutputKind, Outputs
from headlight.models.core.trace import Trace
from headlight.models.small.config import MODEL_TYPE
from headlight.models.small.loading import SmallLoaded
from headlight.models.text.tokenizers import (
    StartOf,
    adapter_for,
    encode_self,
    encode_target,
    sequence_of_written,
)
from headlight.models.text.vocabulary import TokenizerVocabulary
from headlight.models.zoo.checkpoint import Checkpoint, check_reads_text, load_checkpoint
from headlight.models.zoo.examples import Examples, ordinary_ids
from headlight.models.zoo.folder import check_folder, read_config
from headlight.models.zoo.overflow import overflow
from headlight.models.zoo.tokenizer import SAVE, check_fits, load_tokenizer
from headlight.models.zoo.trial import Trial, last_vectors, try_out


def silence_transformers() -> None:
    """Turns off the progress bars and warnings of transformers, for the whole process.

    A server and a command speak through errors; a notebook keeps what its owner chose.
    """
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()


class TransformersModel(LoadedModel):
    """A model of the transformers library, captured while it runs."""

    def __init__(
        self,
        name: str,
        checkpoint: Checkpoint,
        tokenizer: PreTrainedTokenizerBase,
        limit: int,
        linear: LinearChoice = "plain",
    ) -> None:
        self.name = name
        model = checkpoint.model
        self._model = model
        self._adapter = adapter_for(tokenizer, name)
        self._writing = threading.Lock()
        self._special_ids = _special_ids(model)
        self._two_towers = bool(model.config.is_encoder_decoder)
        self._by_language = hasattr(tokenizer, "tgt_lang")
        self._writes = checkpoint.headed is not None and self._two_towers
        check_fits(name, tokenizer, _rows(model))
        self._start_of = _start_of(name, model) if self._two_towers else None
        examples = self._examples(tokenizer)
        trial = try_out(name, checkpoint, examples, limit)
        self._captured, self._wanted = trial.captured, trial.arguments
        chosen = choose_linear(model, linear, partial(trial.patterns, examples))
        kinds = {site.kind for site in self._captured.sites}
        self._decoder_only = not self._two_towers and kinds == {"decoder"}
        self._mask_id: int | None = tokenizer.mask_token_id
        self._head = self._read_head(checkpoint, examples.short, trial.last)
        outputs: tuple[OutputKind, ...] = ()
        if self._head is not None and checkpoint.said is not None:
            outputs = (checkpoint.said,)
            self._vocabulary = TokenizerVocabulary(tokenizer)
        if outputs == ("fill",):
            self._adapter = adapter_for(tokenizer, name, reads_mask=True)
        whole = checkpoint.headed if outputs and checkpoint.headed is not None else model
        self.shape = _shape(self._captured, whole, trial, outputs, chosen)

    @classmethod
    def from_folder(
        cls, name: str, folder: Path, linear: LinearChoice = "plain"
    ) -> TransformersModel:
        """Reads safetensors only, in float32, and runs no code of the folder's.

        Raises UnsupportedModel.
        """
        config = read_config(name, folder)
        check_reads_text(name, config)
        tokenizer = load_tokenizer(name, folder, config)
        limit = token_limit(config, tokenizer.model_max_length)
        return cls(name, load_checkpoint(name, folder, config), tokenizer, limit, linear)

    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        """The text as this model reads it, however long. Raises EmptyText, InvalidText.

        A pair is read as one by encoders; a decoder reads one text (InvalidSelection). An
        encoder-decoder model takes it as the target; where there is none, one that writes has
        yet to write it, and the decoder of any other reads the text itself, as in the library.
        """
        if self._two_towers:
            encoder, inputs = encode_self(self._adapter, text, None)
            inputs.pop("token_type_ids", None)  # of the pairs of other models
            if text_pair is None and self._writes:
                return Encoding(inputs, encoder, None)
            text_pair = text if text_pair is None else text_pair
            assert self._start_of is not None
            decoder, ids = encode_target(self._adapter, text_pair, self._start_of)
            return Encoding({**inputs, "decoder_input_ids": ids}, encoder, decoder, text_pair)
        if self._decoder_only:
            self.refuse_pair(text_pair)
        sequence, inputs = encode_self(self._adapter, text, text_pair)
        if self._decoder_only:
            return Encoding(inputs, None, sequence)
        return Encoding(inputs, sequence, None)

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        """One captured run. Raises TextTooLong too; an encoder-decoder model that is given no
        target writes its own first, greedily."""
        encoding = self.encode_to_run(text, text_pair)
        if self._two_towers and encoding.decoder is None:
            with self._writing, torch.inference_mode():
                encoding = self._write(encoding)
        return self._run(encoding, text, text_pair)

    def run_with(self, plain: Trace, interventions: Mapping[BlockId, Intervention]) -> Trace:
        return self._run(self._again(plain), plain.text, plain.text_pair, interventions)

    def run_batch(
        self, plain: Trace, rows: Seq[Mapping[BlockId, Intervention]]
    ) -> Float[Tensor, "row pos d_model"]:
        inputs = {**self._again(plain).inputs, **self._wanted}
        return last_vectors(self._captured.run_batch(rows, **inputs))

    def logits(
        self, said: OutputKind, vectors: Float[Tensor, "n d_model"]
    ) -> Float[Tensor, "n class"]:
        if said not in self.outputs or self._head is None:
            raise self._has_no_output(said)
        return self._head(vectors)

    def name_of(self, said: OutputKind, index: int) -> str:
        if said not in self.outputs:
            raise self._has_no_output(said)
        return self._vocabulary.name(index)

    def index_of(self, said: OutputKind, name: str) -> int:
        if said not in self.outputs:
            raise self._has_no_output(said)
        found = self._vocabulary.index(name)
        if found is None:
            raise self._has_no_entry(name)
        return found

    def differentiate(
        self, plain: Trace, scalar: Callable[[Float[Tensor, "pos d_model"]], Tensor]
    ) -> Gradients:
        with gradients_on():
            inputs = {**self._graph_of(plain).inputs, **self._wanted}
            sites, output = self._captured.run(requires_grad=True, **inputs)
            z = {(site.kind, site.layer): site.z for site in sites}
            return gradients_of(scalar(last_vectors(output)[0]), z)

    def embeddings(self, plain: Trace) -> Float[Tensor, "pos d_embedding"]:
        ids = self._graph_of(plain).inputs["input_ids"]
        assert self._captured.embedding is not None
        with torch.no_grad():
            found: Tensor = self._captured.embedding(ids)[0]
        return found

    def from_embeddings(
        self, plain: Trace, rows: Float[Tensor, "row read d_embedding"]
    ) -> Float[Tensor, "row pos d_model"]:
        with torch.inference_mode(False):  # a graph keeps its inputs
            inputs = {**self._graph_of(plain).inputs, **self._wanted}
        return last_vectors(self._captured.from_embeddings(rows, **inputs))

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

    def _run(
        self,
        encoding: Encoding,
        text: str,
        text_pair: str | None,
        interventions: Mapping[BlockId, Intervention] | None = None,
    ) -> Trace:
        sites, output = self._captured.run(
            interventions=interventions, **encoding.inputs, **self._wanted
        )
        last = last_vectors(output)[0]
        if not bool(last.isfinite().all()):
            raise overflow(self.name, sites)
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
        self, ids: Int[Tensor, " read"], last: Float[Tensor, "pos d_model"]
    ) -> Outputs | None:
        """What stands at each mask of the text, or what comes after it; None: it says nothing."""
        if not self.outputs:
            return None
        (said,) = self.outputs
        if said == "next":
            (after,) = self._filled(said, last, [len(last) - 1])
            return Outputs((), (), (), (), after)
        gaps = [position for position, each in enumerate(ids.tolist()) if each == self._mask_id]
        return Outputs((), (), (), self._filled(said, last, gaps) if gaps else ())

    def _filled(
        self, said: OutputKind, last: Float[Tensor, "pos d_model"], positions: list[int]
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
        writes: Any = self._model.generate
        ids: Tensor = writes(
            **encoding.inputs,
            **self._first_written,
            do_sample=False,
            num_beams=1,
            max_new_tokens=room,
            past_key_values=cache,
        )
        written = ids[0].tolist()
        if len(written) > 1 and written[-1] in self._special_ids:
            written = written[:-1]
        decoder, target = sequence_of_written(self._adapter, written, self._special_ids)
        inputs = {**encoding.inputs, "decoder_input_ids": torch.tensor([written])}
        return Encoding(inputs, encoding.encoder, decoder, target)

    def _examples(self, tokenizer: PreTrainedTokenizerBase) -> Examples:
        """What the model is tried out with. Raises UnsupportedModel."""
        try:
            sequence, inputs = encode_self(self._adapter, "a b c", None)
            if self._start_of is not None:
                inputs.pop("token_type_ids", None)
                inputs["decoder_input_ids"] = encode_target(self._adapter, "a b", self._start_of)[1]
        except InputError as error:
            raise UnsupportedModel(
                Message(
                    "{name} has no tokenizer that can read text ({problem})",
                    name=self.name,
                    problem=error.message,
                ),
                remedy=SAVE,
            ) from None
        # A model that meets its padding counts no position there.
        added = tokenizer.added_tokens_decoder
        special = {*tokenizer.all_special_ids, *added, *self._special_ids}
        ordinary = ordinary_ids(tokenizer.get_vocab().values(), special)
        return Examples(inputs, sequence.special.tolist(), ordinary)

    @cached_property
    def _first_written(self) -> dict[str, int]:
        """How the model begins to write; also the language, of one that writes several."""
        assert self._start_of is not None
        pieces = self._adapter.tokenize_target("a")
        begins = {"decoder_start_token_id": self._start_of([piece.id for piece in pieces])}
        if self._by_language and pieces[0].special:
            begins["forced_bos_token_id"] = pieces[0].id
        return begins

    def _read_head(
        self, checkpoint: Checkpoint, example: Mapping[str, Any], last: Float[Tensor, "pos d_model"]
    ) -> HeadAlone | None:
        """The output head, held against the model's own logits on the example; None where there
        is none, or where its answers would mean something else."""
        if checkpoint.headed is None:
            return None
        if checkpoint.said == "fill" and (self._decoder_only or self._mask_id is None):
            return None
        if checkpoint.said == "next" and not (self._two_towers or self._decoder_only):
            return None
        headed = checkpoint.headed.eval().requires_grad_(False)
        return read_alone(headed, example, last)


def load_folder(name: str, folder: Path, linear: LinearChoice = "plain") -> LoadedModel:
    """The model in that folder, of our own kind or the library's, as its config.json says.

    `linear` is for the library's (`models.capture.linear`): our own is too small to gain. Raises
    UnsupportedModel.
    """
    if check_folder(name, folder).get("model_type") == MODEL_TYPE:
        return SmallLoaded.from_folder(name, folder)
    return TransformersModel.from_folder(name, folder, linear)


def token_limit(config: PreTrainedConfig, tokenizer_limit: int) -> int:
    """Most tokens that a model may read by its config and its tokenizer; at most MAX_TOKENS.

    A trial finds how many really run: RoBERTa counts its 514 positions from the padding's on.
    """
    text = config.get_text_config()
    positions = [getattr(text, name, None) for name in ("max_position_embeddings", "n_positions")]
    known = [n for n in (*positions, tokenizer_limit, MAX_TOKENS) if isinstance(n, int) and n > 0]
    return min(known)


def _rows(model: PreTrainedModel) -> int:
    """How many tokens have a vector."""
    embedding = reading_embedding(model)
    if isinstance(embedding, nn.Embedding):
        return embedding.num_embeddings
    return int(model.config.get_text_config().vocab_size)


def _special_ids(model: PreTrainedModel) -> set[int]:
    config = model.config
    found: set[int] = set()
    for name in ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"):
        value = getattr(config, name, None)
        found.update(value if isinstance(value, list) else [value] if value is not None else [])
    return found


def _start_of(name: str, model: PreTrainedModel) -> StartOf:
    """How the model's own code begins what its decoder reads: with a token that its config
    names, or (MBart) with the last one of the target. Raises UnsupportedModel."""
    shift: Any = getattr(model, "prepare_decoder_input_ids_from_labels", None)
    start = getattr(model.config, "decoder_start_token_id", None)  # not every config has the field
    if start is None and model.generation_config is not None:
        start = model.generation_config.decoder_start_token_id
    if shift is not None:
        try:
            first, *rest = shift(labels=torch.tensor([[5, 6, 7]]))[0].tolist()
        except Exception:  # each family has its own words for what its config lacks
            first, rest = None, []
        if rest == [5, 6]:
            start = first
        if start == 7:
            return lambda labels: labels[-1]
    if start is None:
        raise UnsupportedModel(
            Message(
                "config.json of {name} names no decoder_start_token_id, so that its decoder does "
                "not know how to begin",
                name=name,
            ),
            remedy=Message(
                "Add it; the model's card or its training script tells which token it is."
            ),
        )
    return lambda _: start


def _shape(
    captured: Captured,
    model: PreTrainedModel,
    trial: Trial,
    outputs: tuple[OutputKind, ...],
    linear: Linear,
) -> ModelShape:
    kinds = tuple(kind for kind in KINDS if any(site.kind == kind for site in captured.sites))
    first = [site for site in captured.sites if site.kind == kinds[0]]
    return ModelShape(
        kinds=kinds,
        layers=len(first),
        heads=first[0].n_heads,
        d_head=first[0].d_head,
        d_model=trial.last.shape[-1],
        token_limit=trial.limit,
        parameters=sum(p.numel() for p in model.parameters()),
        outputs=outputs,
        layer_numbers=tuple(site.layer for site in first),
        sinks=trial.sinks,
        other_from=captured.other_from,
        linear=linear,
    )
