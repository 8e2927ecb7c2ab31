"""The small model in memory: a text to a trace that holds more than a captured one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import asdict
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from headlight.models.capture.embeddings import gradients_on
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.gradients import Gradients, gradients_of
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.messages import Message
from headlight.models.core.model import Encoding, LoadedModel, ModelShape
from headlight.models.core.outputs import OutputKind, SupervisedHead, Task
from headlight.models.core.trace import Embedding, Inside, OutputProjection, Site, Trace
from headlight.models.small.config import MODEL_TYPE, UPOS, SmallConfig
from headlight.models.small.model import Attention, BlockRun, SmallModel
from headlight.models.small.outputs import outputs_of
from headlight.models.small.tokenizer import SPECIAL
from headlight.models.text.tokenizers import FastTokenizerAdapter, encode_self

WEIGHTS, CONFIG, TOKENIZER = "model.safetensors", "config.json", "tokenizer.json"


def save_folder(model: SmallModel, tokenizer: Tokenizer, folder: Path) -> None:
    """Weights, config and vocabulary, as `SmallLoaded.from_folder` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    save_file(tensors, folder / WEIGHTS)
    values = {"model_type": MODEL_TYPE, **asdict(model.config)}
    (folder / CONFIG).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    tokenizer.save(str(folder / TOKENIZER))


def supervised_heads(config: SmallConfig) -> tuple[SupervisedHead, ...]:
    places: tuple[tuple[Task, tuple[int, int] | None], ...] = (
        ("parent", config.parent_head),
        ("antecedent", config.antecedent_head),
    )
    return tuple(
        SupervisedHead("encoder", *place, task) for task, place in places if place is not None
    )


class SmallLoaded(LoadedModel):
    """Reads one text. Nothing in it changes after loading."""

    def __init__(self, name: str, model: SmallModel, tokenizer: Tokenizer) -> None:
        self.name = name
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
        special = dict(zip(names, SPECIAL, strict=True))
        fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)
        self._adapter = FastTokenizerAdapter(fast, reads_mask=True)
        config = model.config
        self._supervised = supervised_heads(config)
        self._matrices = [_matrices(model.block(n).attention) for n in range(config.layers)]
        self.shape = ModelShape(
            kinds=("encoder",),
            layers=config.layers,
            heads=config.heads,
            d_head=config.d_head,
            d_model=config.d_model,
            token_limit=config.max_tokens,
            parameters=sum(p.numel() for p in model.parameters()),
            supervised=self._supervised,
            outputs=("fill", "tag"),
        )

    @classmethod
    def from_folder(cls, name: str, folder: Path) -> SmallLoaded:
        """Reads safetensors and JSON only."""
        values = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        del values["model_type"]
        model = SmallModel(SmallConfig.of(values))
        model.load_state_dict(load_file(folder / WEIGHTS))
        return cls(name, model, Tokenizer.from_file(str(folder / TOKENIZER)))

    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        self.refuse_pair(text_pair)
        sequence, inputs = encode_self(self._adapter, text, None)
        return Encoding({"input_ids": inputs["input_ids"]}, sequence, None)

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        return self._run(self.encode_to_run(text, text_pair), text, {})

    def run_with(self, plain: Trace, interventions: Mapping[BlockId, Intervention]) -> Trace:
        return self._run(self.encode(plain.text), plain.text, interventions)

    def run_batch(
        self, plain: Trace, rows: Seq[Mapping[BlockId, Intervention]]
    ) -> Float[Tensor, "row pos d_model"]:
        ids: Tensor = self.encode(plain.text).inputs["input_ids"]
        with torch.inference_mode():
            run = self.model(
                ids.expand(len(rows), -1), interventions=[_by_layer(row) for row in rows]
            )
        hidden: Tensor = run.hidden
        return hidden

    def logits(
        self, said: OutputKind, vectors: Float[Tensor, "n d_model"]
    ) -> Float[Tensor, "n class"]:
        found: Tensor
        match said:
            case "tag":
                found = self.model.tags(vectors)
            case "fill":
                found = self.model.in_gaps(vectors)
            case _:
                raise self._has_no_output(said)
        return found

    def name_of(self, said: OutputKind, index: int) -> str:
        if said not in self.outputs:
            raise self._has_no_output(said)
        if said == "tag":
            return UPOS[index]
        return self.tokenizer.id_to_token(index) or f"[{index}]"

    def index_of(self, said: OutputKind, name: str) -> int:
        if said not in self.outputs:
            raise self._has_no_output(said)
        if said == "tag":
            if name not in UPOS:
                raise InvalidSelection(
                    Message(
                        "{tag} is no part of speech; name one of {tags}",
                        tag=repr(name),
                        tags=", ".join(UPOS),
                    ),
                    argument="name",
                )
            return UPOS.index(name)
        index: int | None = self.tokenizer.token_to_id(name)
        if index is None:
            raise self._has_no_entry(name)
        return index

    def differentiate(
        self, plain: Trace, scalar: Callable[[Float[Tensor, "pos d_model"]], Tensor]
    ) -> Gradients:
        with gradients_on():
            run = self.model.from_vectors(self._vectors(plain).requires_grad_())
            z: dict[BlockId, Tensor] = {
                ("encoder", layer): block.z for layer, block in enumerate(run.blocks)
            }
            return gradients_of(scalar(run.hidden[0]), z)

    def embeddings(self, plain: Trace) -> Float[Tensor, "pos d_embedding"]:
        return self._vectors(plain)[0]

    def from_embeddings(
        self, plain: Trace, rows: Float[Tensor, "row read d_embedding"]
    ) -> Float[Tensor, "row pos d_model"]:
        hidden: Tensor = self.model.from_vectors(rows).hidden
        return hidden

    def _vectors(self, plain: Trace) -> Float[Tensor, "1 pos d_model"]:
        with torch.inference_mode(False), torch.no_grad():
            return self.model.vectors(self.encode(plain.text).inputs["input_ids"])

    def _run(
        self, encoding: Encoding, text: str, interventions: Mapping[BlockId, Intervention]
    ) -> Trace:
        sequence = encoding.encoder
        assert sequence is not None
        ids: Tensor = encoding.inputs["input_ids"]
        edits = _by_layer(interventions)
        with torch.inference_mode():
            run = self.model(ids, interventions=[edits])
            outputs = outputs_of(self.model, run, ids[0], sequence, self._adapter.piece)
        return Trace(
            model=self.name,
            text=text,
            text_pair=None,
            sites=tuple(
                self._site(layer, block, edits.get(layer)) for layer, block in enumerate(run.blocks)
            ),
            encoder=sequence,
            hidden=run.hidden[0],
            embedding=Embedding(run.token[0], run.position),
            outputs=outputs,
            supervised=self._supervised,
        )

    def _site(self, layer: int, run: BlockRun, intervention: Intervention | None) -> Site:
        config = self.model.config
        w_q, w_k, w_v, w_o = self._matrices[layer]
        block = self.model.block(layer)
        norm = block.norm_attention
        length = run.x.shape[1]
        mask = self.model.allowed(length, None, run.x.device)
        return Site(
            kind="encoder",
            layer=layer,
            q=run.q[0],
            k=run.k[0],
            v=run.v[0],
            z=run.z[0],
            scale=config.scale,
            mask=None if mask is None else mask[0],
            projection=OutputProjection(w_o=w_o, bias=None),
            output=run.output[0],
            v_a=block.attention.v_a,
            normaliser=config.normaliser,
            intervention=intervention,
            inside=Inside(
                x=run.x[0],
                normed=run.normed[0],
                norm_gain=norm.weight,
                norm_bias=norm.bias,
                norm_epsilon=norm.eps,
                w_q=w_q,
                w_k=w_k,
                w_v=w_v,
                residual=run.residual[0],
            ),
        )


def _by_layer(interventions: Mapping[BlockId, Intervention]) -> dict[int, Intervention]:
    return {layer: edits for (_, layer), edits in interventions.items()}


def _matrices(attention: Attention) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """W_q, W_k, W_v [head, d_model, d_head] and W_o [head, d_head, d_model]."""
    config = attention.config
    w_q, w_k, w_v = (
        w.weight.t().unflatten(1, (config.heads, config.d_head)).transpose(0, 1).contiguous()
        for w in (attention.w_q, attention.w_k, attention.w_v)
    )
    w_o = attention.w_o.weight.t().reshape(config.heads, config.d_head, config.d_model)
    return w_q, w_k, w_v, w_o
