"""Which heads of a run a caller wants, how many numbers that is, and the numbers themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from headlight.app.errors import SelectionTooLarge
from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidSelection, check_within
from headlight.models.core.interventions import Place
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.experiments.attribution import gradient_pattern
from headlight.models.measures.norms import norm_weighted
from headlight.models.text.pooling import Level, word_mask, word_pattern

Array = np.ndarray[Any, Any]
AT_WORD_LEVEL = ("pattern", "mask")
OF_LAYER = ("rollout", "flow")  # their heads taken together
OF_RUN = ("integrated_gradients",)
MASKED = ("norms", "gradient_pattern")  # NaN where masked, as the pattern is


@dataclass(frozen=True, slots=True)
class Selection:
    """Heads of one kind, and what to send of each.

    `sites` are the layers in the order asked for, `heads` the heads of each. `names` are the
    tensors of each head, with "mask" wherever there is "pattern"; `beside` is what was asked for of
    whole layers, and of the run. `gradients` are d output / d z of each block, [head, query_pos,
    d_head], where a name needs them.
    """

    trace: Trace
    kind: Kind
    sites: tuple[Site, ...]
    heads: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    level: Level
    beside: tuple[str, ...] = ()
    gradients: Mapping[Place, torch.Tensor] | None = None

    def with_gradients(self, gradients: Mapping[Place, torch.Tensor]) -> Selection:
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
            "words have a pattern and a mask only; for the other tensors use level 'token'",
            field="include",
        )
    sites = trace.of_kind(chosen)
    if layers is not None:
        sites = tuple(trace.site(chosen, layer, field="layers") for layer in layers)
    beside = tuple(name for name in include if name in OF_LAYER + OF_RUN)
    names = tuple(name for name in include if name not in beside)
    names += ("mask",) if "pattern" in include and "mask" not in include else ()
    per_site = tuple(_heads(site, heads) for site in sites)
    return Selection(trace, chosen, sites, per_site, names, level, beside)


def _heads(site: Site, heads: list[int] | None) -> tuple[int, ...]:
    for head in heads or ():
        check_within("head", head, site.n_heads, f"the heads of layer {site.layer}", field="heads")
    return tuple(range(site.n_heads) if heads is None else heads)


def check_size(what: str, numbers: int, limit: int, advice: str, field: str) -> None:
    """Raises SelectionTooLarge where `what` has more numbers than its format holds."""
    if numbers > limit:
        raise SelectionTooLarge(
            f"this {what} has {numbers} numbers; this format holds at most {limit}. {advice}",
            field=field,
        )


def count_numbers(selection: Selection) -> int:
    """How many numbers an answer will hold, before any of them is computed."""
    by_word = selection.level == "word"
    rows, cols = (
        len(side.words) if by_word else len(side) for side in (selection.query, selection.key)
    )
    total = 0
    for site, heads in selection.each():
        d_model = 0 if site.projection is None else site.projection.w_o.shape[-1]
        sizes = {
            "q": rows * site.d_head,
            "k": cols * site.d_head,
            "v": cols * site.v.shape[-1],
            "z": rows * site.z.shape[-1],
            "contribution": rows * d_model,
        }
        total += len(heads) * sum(sizes.get(name, rows * cols) for name in selection.names)
        total += rows * cols * sum(name in OF_LAYER for name in selection.beside)
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
