"""One run of a model over a text, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from headlight import figures
from headlight.edit import Edit
from headlight.models.core.attention import Kind
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Sequence, Token, Trace, Word
from headlight.models.experiments.effects import Effect, measure_effect
from headlight.models.measures.cell import Cell, explain_cell
from headlight.models.measures.locate import Position, Span, TokenSelector
from headlight.models.measures.search import SearchResult, search_heads

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Named = str | int | tuple[int, int]
"""A word of the text, a token's position, or the start and end of characters."""


class Run:
    """Everything that one forward pass left behind; nothing of it is computed before it is asked.

    `kind`, where a method takes one, is "encoder", "decoder" or "cross"; None: the first that the
    model has (for `search`: every kind that holds both words). `trace` holds the run's own
    tensors: q, k, v and z of every layer (`models.core.trace`).
    """

    def __init__(self, model: LoadedModel, trace: Trace) -> None:
        self._model = model
        self.trace = trace

    @property
    def text(self) -> str:
        return self.trace.text

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of attention that the run has."""
        return self.trace.kinds

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the text, special ones among them: rows and columns of a pattern. In an
        encoder-decoder model those of the encoder; `trace.decoder` has the target's."""
        return self._reads.tokens

    @property
    def words(self) -> tuple[Word, ...]:
        """The words that the tokens make."""
        return self._reads.words

    def pattern(
        self, layer: int, head: int, kind: Kind | None = None
    ) -> Float[Tensor, "query_pos key_pos"]:
        """How much each query position gives to each key position, 0..1: a row sums to 1, and
        to less where the head has a learned sink. 0 where masked. A copy in float32.

        Raises InvalidSelection, which says what the model has.
        """
        site = self.trace.site(self._kind(kind), layer)
        site.check_head(head)
        with torch.no_grad():
            rows = site.pattern([head])[0]
        return rows.detach().float().clone()

    def heatmap(self, layer: int, head: int, kind: Kind | None = None) -> Figure:
        """`pattern` as a live Plotly figure: queries run down, keys across; masked cells stay
        blank. Raises InvalidSelection."""
        return figures.heatmap(*self._pictured(layer, head, kind))

    def links(
        self,
        layer: int,
        head: int,
        kind: Kind | None = None,
        *,
        top_k: int = 3,
        threshold: float = 0.05,
    ) -> Figure:
        """The strongest links of a head as a live Plotly figure: for each token that looks, its
        `top_k` largest weights of at least `threshold`. Raises InvalidSelection."""
        pictured = self._pictured(layer, head, kind)
        return figures.links(*pictured, top_k=top_k, threshold=threshold)

    def search(self, query: Named, key: Named, kind: Kind | None = None) -> SearchResult:
        """Every head, ranked by how much `query` gives to `key`, and whether the best gives more
        than chance.

        Each is a word of the text ("its"; the first, where it stands twice), a token's position,
        or the (start, end) of characters. Raises WordNotFound and InvalidSelection.
        """
        return search_heads(self.trace, _wanted(query), _wanted(key), kind)

    def explain(
        self, layer: int, head: int, query_pos: int, key_pos: int, kind: Kind | None = None
    ) -> Cell:
        """The arithmetic of one cell of `pattern`, step by step in float64, and how far the
        model's own float32 numbers lie from it. Raises InvalidSelection."""
        return explain_cell(self.trace, self._kind(kind), layer, head, query_pos, key_pos)

    def what_if(self, edits: Seq[Edit]) -> Effect:
        """What the edits (`headlight.edit`) change, all together: predictions, last vectors and
        patterns, each edited head alone, and the controls.

        Raises InvalidEdit, which names the edit and what is allowed, before anything runs, and
        InvalidSelection for a model that can only be read.
        """
        made = [each.at(self._kind(None)) for each in edits]
        with torch.inference_mode():
            return measure_effect(self._model, self.trace, made)

    def _pictured(
        self, layer: int, head: int, kind: Kind | None
    ) -> tuple[NDArray[np.float32], list[str], list[str], str]:
        """The pattern with NaN where masked, the tokens of its sides, and what it is called."""
        own = self._kind(kind)
        pattern = self.pattern(layer, head, kind)
        site = self.trace.site(own, layer)
        if site.mask is not None:
            mask = site.mask.expand(site.n_heads, -1, -1)[head]
            pattern = pattern.masked_fill(~mask, torch.nan)
        sides = (self.trace.query_sequence(own), self.trace.key_sequence(own))
        query, key = (list(side.axis().labels) for side in sides)
        return pattern.numpy(), query, key, figures.head_title(self.trace.model, own, layer, head)

    @property
    def _reads(self) -> Sequence:
        sequence = self.trace.encoder or self.trace.decoder
        assert sequence is not None, "a run reads something"
        return sequence

    def _kind(self, kind: Kind | None) -> Kind:
        return self.trace.kinds[0] if kind is None else kind

    def __repr__(self) -> str:
        return f"<headlight.Run of {self.trace.model}: {len(self.tokens)} tokens>"


def _wanted(named: Named) -> TokenSelector:
    if isinstance(named, str):
        return named
    return Position(named) if isinstance(named, int) else Span(*named)
