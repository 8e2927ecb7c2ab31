"""Traces made by hand: random tensors of distinct prime sizes, or patterns that we choose.

Texts are written with their cuts: "un|believ|able" is one word of three pieces, "苹~果" is
two words without a space between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from headlight.models.core.attention import Kind, attention_pattern, attention_scores, repeat_groups
from headlight.models.core.trace import OutputProjection, Sequence, Site, Token, Trace, Word

HEADS, D_HEAD, D_MODEL = 3, 11, 13


def plain(text: str) -> str:
    """The text as a person typed it, without the cuts."""
    return text.replace("|", "").replace("~", "")


def sequence(*texts: str, first: str = "[CLS]", last: str = "[SEP]") -> Sequence:
    """`first`, then each text followed by `last`; an empty mark leaves the token out."""
    tokens: list[Token] = []
    words: list[Word] = []

    def add_word(pieces: list[str], start: int | None, segment: int) -> None:
        special = start is None
        at = start
        for index, piece in enumerate(pieces):
            end = None if at is None else at + len(piece)
            name = f"##{piece}" if index else piece
            tokens.append(Token(len(tokens), piece, name, at, end, len(words), special, segment))
            at = end
        positions = tuple(range(len(tokens) - len(pieces), len(tokens)))
        words.append(Word("".join(pieces), start, at, positions, special, segment))

    if first:
        add_word([first], None, 0)
    for segment, text in enumerate(texts):
        at = 0
        for gap, cut_word in re.findall(r"(\s*)([^\s~]+)~?", text):
            at += len(gap)
            pieces = cut_word.split("|")
            add_word(pieces, at, segment)
            at += len("".join(pieces))
        if last:
            add_word([last], None, segment)
    return Sequence(tuple(tokens), tuple(words))


def causal_mask(length: int) -> Tensor:
    return torch.ones(1, length, length, dtype=torch.bool).tril()


def site(
    kind: Kind,
    layer: int,
    query_len: int,
    key_len: int,
    *,
    heads: int = HEADS,
    kv_heads: int | None = None,
    d_head: int = D_HEAD,
    scale: float | None = None,
    bias: Tensor | None = None,
    mask: Tensor | None = None,
    softcap: float | None = None,
    sinks: Tensor | None = None,
    projected: bool = True,
    sharpness: float = 1.5,
) -> Site:
    """One block with random q, k, v whose z and output are what a model would have given."""
    make = torch.Generator().manual_seed(1000 * layer + 7 * query_len + key_len)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=make)

    q = random(heads, query_len, d_head) * sharpness
    k = random(kv_heads or heads, key_len, d_head)
    v = random(kv_heads or heads, key_len, d_head)
    scale = d_head**-0.5 if scale is None else scale
    scores = attention_scores(q, repeat_groups(k, heads), scale)
    pattern = attention_pattern(scores, bias, mask, softcap=softcap, sinks=sinks)
    z = pattern @ repeat_groups(v, heads)
    projection = output = None
    if projected:
        projection = OutputProjection(random(heads, d_head, D_MODEL), random(D_MODEL))
        output = torch.einsum("hqd,hdm->qm", z, projection.w_o) + projection.bias
    return Site(kind, layer, q, k, v, z, scale, bias, mask, softcap, sinks, projection, output)


ENGLISH = "The law will be un|believ|able , but its app|lication should be just"
GERMAN = "Das Ge|setz wird nie per|fekt"


def encoder_trace(*texts: str, layers: int = 2, **options: Any) -> Trace:
    texts = texts or (ENGLISH,)
    tower = sequence(*texts)
    n = len(tower)
    sites = tuple(site("encoder", layer, n, n, **options) for layer in range(layers))
    pair = plain(texts[1]) if len(texts) > 1 else None
    return Trace("hand", plain(texts[0]), pair, sites, encoder=tower)


def decoder_trace(text: str = ENGLISH, layers: int = 2, **options: Any) -> Trace:
    """Causal, without special tokens."""
    tower = sequence(text, first="", last="")
    n = len(tower)
    mask = causal_mask(n)
    sites = tuple(site("decoder", layer, n, n, mask=mask, **options) for layer in range(layers))
    return Trace("hand", plain(text), None, sites, decoder=tower)


def translation_trace(source: str = ENGLISH, target: str = GERMAN, layers: int = 2) -> Trace:
    """An encoder-decoder model's three kinds."""
    encoder = sequence(source, first="", last="</s>")
    decoder = sequence(target, first="<pad>", last="")
    n, m = len(encoder), len(decoder)
    sites = (
        *(site("encoder", layer, n, n) for layer in range(layers)),
        *(site("decoder", layer, m, m, mask=causal_mask(m)) for layer in range(layers)),
        *(site("cross", layer, m, n) for layer in range(layers)),
    )
    text, wanted = plain(source), plain(target)
    return Trace("hand", text, wanted, sites, encoder=encoder, decoder=decoder, target=wanted)


def site_with_pattern(
    kind: Kind, layer: int, pattern: Tensor, *, mask: Tensor | None = None
) -> Site:
    """A block whose heads have exactly these patterns [head, query_pos, key_pos].

    Keys are unit vectors and queries the logarithms of the pattern, -10000 where it is 0.
    """
    heads, _, key_len = pattern.shape
    q = torch.where(pattern > 0, pattern.log(), torch.tensor(-1e4))
    k = torch.eye(key_len).expand(heads, key_len, key_len).contiguous()
    return Site(kind, layer, q, k, v=k, z=pattern, scale=1.0, mask=mask)


def trace_with_patterns(
    patterns: Iterable[Tensor], tower: Sequence, *, text: str = "", kind: Kind = "encoder"
) -> Trace:
    """A trace of one tower, one pattern tensor [head, query_pos, key_pos] a layer."""
    mask = causal_mask(len(tower)) if kind == "decoder" else None
    sites = tuple(
        site_with_pattern(kind, layer, pattern, mask=mask) for layer, pattern in enumerate(patterns)
    )
    if kind == "decoder":
        return Trace("hand", text, None, sites, decoder=tower)
    return Trace("hand", text, None, sites, encoder=tower)
