"""Which heads a caller wants and what of them, how many numbers that is, and the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import torch
from pydantic import AfterValidator, ConfigDict, Field

from headlight.app.features.objective import Output
from headlight.app.http.errors import SelectionTooLarge
from headlight.app.http.tensors import Array
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import (
    KIND,
    LEVEL,
    MAX_LISTED,
    Indices,
    Positions,
    TextRequest,
    distinct,
    listed,
)
from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.interventions import BlockId
from headlight.models.core.messages import Message
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.experiments.attribution import MAX_STEPS, Baseline, gradient_pattern
from headlight.models.measures.norms import norm_weighted
from headlight.models.text.pooling import Level, word_mask, word_pattern

Include = Literal[
    "scores",
    "bias",
    "mask",
    "pattern",
    "q",
    "k",
    "v",
    "z",
    "contribution",
    "norms",
    "gradient_pattern",
    "rollout",
    "flow",
    "integrated_gradients",
]


class AttentionRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "layers": [3], "heads": [1]},
                {"text": LAW, "layers": [3], "heads": [1], "level": "word"},
                {
                    "model": "bert",
                    "text": "I saw a saw",
                    "kind": "encoder",
                    "layers": [0, 5],
                    "heads": [0],
                    "include": ["pattern", "scores", "q", "k", "v", "z"],
                },
                {
                    "text": "I saw a saw",
                    "layers": [0, 5],
                    "heads": [1],
                    "include": ["norms", "gradient_pattern", "rollout", "flow"],
                    "output": {"of": "vector", "pos": 4},
                    "query_pos": [4],
                },
                {
                    "model": "small",
                    "text": "I saw a saw",
                    "layers": [1],
                    "heads": [2],
                    "include": ["gradient_pattern", "integrated_gradients"],
                    "output": {"of": "tag", "word": 4},
                    "steps": 32,
                },
            ]
        }
    )

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layers: Indices = listed("Layer")
    heads: Indices = listed("Head")
    include: Annotated[list[Include], AfterValidator(distinct)] = Field(
        ["pattern"],
        min_length=1,
        description="Which tensors to send for each head. At level word: pattern and mask only. "
        "Beside attention: `norms`, the length of what each link carries (Kobayashi et al. 2020); "
        "`gradient_pattern`, pattern times the gradient of `output`; of each layer `rollout` and "
        "`flow`, the inputs through all layers up to it (Abnar and Zuidema 2020); of each token "
        "`integrated_gradients` of `output` (Sundararajan et al. 2017).",
        json_schema_extra={"uniqueItems": True},
    )
    level: Level = Field("token", description=LEVEL)
    output: Output | None = Field(
        None,
        description="What is differentiated, for gradient_pattern and integrated_gradients; null: "
        "the sentence.",
    )
    steps: int = Field(
        64,
        ge=1,
        le=MAX_STEPS,
        description=f"For integrated_gradients: parts of the way from the baseline, 1 to "
        f"{MAX_STEPS}.",
    )
    baseline: Baseline = Field(
        "mean",
        description="For integrated_gradients, what typed tokens are compared with: mean, the mean "
        "vector of them all; zero, no vector; mask, the model's mask token. Special tokens stay.",
    )
    figure: Literal["heatmap", "links"] = Field(
        "heatmap",
        description="For Accept: application/vnd.plotly.v1+json, what is drawn of the one head: "
        "its pattern as cells, or its strongest links.",
    )
    query_pos: Positions = Field(
        None,
        min_length=1,
        max_length=MAX_LISTED,
        description="For flow: rows to compute, positions from 0, each once; null: all.",
        json_schema_extra={"uniqueItems": True},
    )


AXES = {
    "pattern": ("query_pos", "key_pos"),
    "mask": ("query_pos", "key_pos"),
    "scores": ("query_pos", "key_pos"),
    "bias": ("query_pos", "key_pos"),
    "q": ("query_pos", "d_head"),
    "k": ("key_pos", "d_head"),
    "v": ("key_pos", "d_value"),
    "z": ("query_pos", "d_value"),
    "contribution": ("query_pos", "d_model"),
    "norms": ("query_pos", "key_pos"),
    "gradient_pattern": ("query_pos", "key_pos"),
    "rollout": ("query_pos", "key_pos"),
    "flow": ("query_pos", "key_pos"),
}
"""The axes of each tensor of a head, or of a layer."""
AT_WORD_LEVEL = ("pattern", "mask")
OF_LAYER = ("rollout", "flow")  # their heads taken together
OF_RUN = ("integrated_gradients",)
MASKED = ("norms", "gradient_pattern")  # NaN where masked, as the pattern is


@dataclass(frozen=True, slots=True)
class Selection:
    """Heads of one kind, and what to send of each.

    `sites` are the layers in the order asked for, `heads` the heads of each. `names` are the
    tensors of each head, with "mask" wherever there is "pattern"; `attributions` is what was asked
    for of whole layers, and of the run. `gradients` are d output / d z of each block, [head,
    query_pos, d_head], where a name needs them.
    """

    trace: Trace
    kind: Kind
    sites: tuple[Site, ...]
    heads: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    level: Level
    attributions: tuple[str, ...] = ()
    gradients: Mapping[BlockId, torch.Tensor] | None = None

    def with_gradients(self, gradients: Mapping[BlockId, torch.Tensor]) -> Selection:
        return replace(self, gradients=gradients)

    @property
    def query(self) -> Sequence:
        return self.trace.query_sequence(self.kind)

    @property
    def key(self) -> Sequence:
        return self.trace.key_sequence(self.kind)

    @property
    def n_heads(self) -> int:
        return sum(len(heads) for heads in self.heads)

    def each(self) -> Iterator[tuple[Site, tuple[int, ...]]]:
        return zip(self.sites, self.heads, strict=True)


def select(
    trace: Trace,
    kind: Kind | None,
    layers: list[int] | None,
    heads: list[int] | None,
    include: list[str],
    level: Level,
) -> Selection:
    """The heads asked for. Raises InvalidSelection, naming what there is."""
    chosen = trace.kinds[0] if kind is None else kind
    trace.check_kind(chosen)  # refuses a kind that the run does not have
    if level == "word" and not set(include) <= set(AT_WORD_LEVEL):
        raise InvalidSelection(
            Message(
                "words have a pattern and a mask only; for the other tensors use level 'token'"
            ),
            argument="include",
        )
    sites = trace.of_kind(chosen)
    if layers is not None:
        sites = tuple(trace.site(chosen, layer, argument="layers") for layer in layers)
    attributions = tuple(name for name in include if name in OF_LAYER + OF_RUN)
    names = tuple(name for name in include if name not in attributions)
    names += ("mask",) if "pattern" in include and "mask" not in include else ()
    per_site = tuple(_heads(site, heads) for site in sites)
    return Selection(trace, chosen, sites, per_site, names, level, attributions)


def _heads(site: Site, heads: list[int] | None) -> tuple[int, ...]:
    for head in heads or ():
        site.check_head(head, argument="heads")
    return tuple(range(site.n_heads) if heads is None else heads)


def check_size(what: Message, numbers: int, limit: int, advice: Message, field: str) -> None:
    """Raises SelectionTooLarge where `what` has more numbers than its format holds."""
    if numbers > limit:
        raise SelectionTooLarge(
            Message(
                "this {what} has {numbers} numbers; this format holds at most {limit}. {advice}",
                what=what,
                numbers=numbers,
                limit=limit,
                advice=advice,
            ),
            argument=field,
        )


def count_numbers(selection: Selection) -> int:
    """How many numbers an answer will hold, before any of them is computed."""
    by_word = selection.level == "word"
    rows, cols = (
        len(side.words) if by_word else len(side) for side in (selection.query, selection.key)
    )
    total = 0
    for site, heads in selection.each():
        lengths = {
            "query_pos": rows,
            "key_pos": cols,
            "d_head": site.d_head,
            "d_value": site.v.shape[-1],
            "d_model": 0 if site.projection is None else site.projection.w_o.shape[-1],
        }
        of_head = [AXES[name] for name in selection.names]
        of_layer = [AXES[name] for name in selection.attributions if name in OF_LAYER]
        for axes, count in ((of_head, len(heads)), (of_layer, 1)):
            total += count * sum(lengths[first] * lengths[second] for first, second in axes)
    return total


def arrays(selection: Selection, site: Site, heads: tuple[int, ...]) -> dict[str, Array | None]:
    """What was asked for of those heads of one layer: [head, ...] each, float32 or bool.

    Masked cells of `pattern`, `norms` and `gradient_pattern` are NaN. `bias` is None where the
    model adds none.
    """
    index = list(heads)
    with torch.inference_mode():
        mask = _mask(site, index)
        found: dict[str, Array | None] = {}
        for name in selection.names:
            if name == "pattern":
                pattern = site.pattern(index)
                if selection.level == "word":
                    pattern = word_pattern(pattern, selection.query, selection.key)
                    allowed = word_mask(mask, selection.query, selection.key)
                else:
                    allowed = mask
                tensor = pattern.masked_fill(~allowed, torch.nan)
            elif name == "mask":
                by_word = selection.level == "word"
                tensor = word_mask(mask, selection.query, selection.key) if by_word else mask
            elif name == "bias":
                if site.bias is None:
                    found[name] = None
                    continue
                tensor = site.bias.expand(site.n_heads, -1, -1)[index]
            else:
                tensor = _tensor(selection, site, name, index)
                tensor = tensor.masked_fill(~mask, torch.nan) if name in MASKED else tensor
            if tensor.dtype != torch.bool:
                tensor = tensor.float()
            found[name] = tensor.contiguous().numpy()
    return found


def _mask(site: Site, index: list[int]) -> torch.Tensor:
    if site.mask is None:
        return torch.ones(len(index), site.query_len, site.key_len, dtype=torch.bool)
    return site.mask.expand(site.n_heads, -1, -1)[index]


def _tensor(selection: Selection, site: Site, name: str, index: list[int]) -> torch.Tensor:
    match name:
        case "norms":
            return norm_weighted(site, index)
        case "gradient_pattern":
            assert selection.gradients is not None, "differentiated before"
            return gradient_pattern(site, selection.gradients[site.kind, site.layer], index)
        case "scores":
            return site.scores(index)
        case "contribution":
            return site.contribution(index)
        case "k":
            return site.keys(index)
        case "v":
            return site.values(index)
        case "q":
            return site.q[index]
        case "z":
            return site.z[index]
    raise AssertionError(f"no tensor is called {name}")
