"""A model small enough to work by hand: one head over four tokens, whose z is its last vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import replace

import torch
from torch import Tensor

from headlight.models.capture.embeddings import gradients_on
from headlight.models.core.gradients import Gradients, gradients_of
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.model import Encoding, LoadedModel, ModelShape
from headlight.models.core.outputs import Candidate, Fill, OutputKind, Outputs
from headlight.models.core.trace import OutputProjection, Trace
from tests.models.traces import sequence, site_with_pattern

ROW = [0.1, 0.2, 0.3, 0.4]
VALUES = [[8.0, 0.0], [3.0, 0.0], [1.0, 40.0], [0.25, 0.0]]
EMBEDDINGS = [[1.0, 2.0], [3.0, 0.0], [0.0, 2.0], [0.0, 0.0]]
NAMES = ("first", "sum")


class HandModel(LoadedModel):
    """Every query gives ROW; W_o is the identity. What comes next is the first number of the last
    vector, or the sum of both. Run from embeddings, a last vector is its token's, squared."""

    def __init__(self, *, projected: bool = True) -> None:
        self.name = "hand"
        self.projected = projected
        self.shape = ModelShape(("encoder",), 1, 1, 2, 2, 29, 0, outputs=("next",))

    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        return Encoding({}, sequence(text, first="", last=""), None)

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        pattern = torch.tensor([[ROW] * 4])
        values = torch.tensor([VALUES])
        projection = OutputProjection(torch.eye(2)[None], None) if self.projected else None
        site = replace(
            site_with_pattern("encoder", 0, pattern),
            v=values,
            z=pattern @ values,
            projection=projection,
        )
        after = Fill(3, (Candidate("sum", 0.6), Candidate("first", 0.4)))
        return Trace(
            "hand",
            text,
            None,
            (site,),
            encoder=self.encode(text).encoder,
            hidden=self.from_embeddings_of(torch.tensor(EMBEDDINGS)),
            outputs=Outputs((), (), (), (), after),
        )

    def run_batch(self, plain: Trace, rows: Seq[Mapping[BlockId, Intervention]]) -> Tensor:
        (site,) = plain.sites
        patterns = [replace(site, intervention=row["encoder", 0]).pattern([0])[0] for row in rows]
        return torch.stack(patterns) @ site.v[0]

    @staticmethod
    def from_embeddings_of(rows: Tensor) -> Tensor:
        return rows.square()

    def logits(self, said: OutputKind, vectors: Tensor) -> Tensor:
        return torch.stack([vectors[:, 0], vectors.sum(-1)], dim=-1)

    def name_of(self, said: OutputKind, index: int) -> str:
        return NAMES[index]

    def index_of(self, said: OutputKind, name: str) -> int:
        return NAMES.index(name)

    def differentiate(self, plain: Trace, scalar: Callable[[Tensor], Tensor]) -> Gradients:
        with gradients_on():
            z = plain.sites[0].z.clone().requires_grad_()
            return gradients_of(scalar(z[0]), {("encoder", 0): z})

    def embeddings(self, plain: Trace) -> Tensor:
        return torch.tensor(EMBEDDINGS)

    def from_embeddings(self, plain: Trace, rows: Tensor) -> Tensor:
        return self.from_embeddings_of(rows)


class Mixing(HandModel):
    """The same, run as its head computes: the last vectors are z."""

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        plain = super().run(text, text_pair)
        return replace(plain, hidden=plain.sites[0].z[0])
