"""A graph as a mask: attention between the nodes of a graph, along its edges alone.

    x       = embedding of each node
    q, k, v = x W_q, x W_k, x W_v                    two heads, no bias
    x       = x + z W_o,  z = pattern(scores, mask) v       mask: edges, and each node itself
    logits  = x W                                    after two layers, of its group

Only two nodes tell their group in training. With the complete graph as its mask this is the
attention of a Transformer, and every node sees the same (Velickovic et al. 2018 read graphs by
attention; Zachary 1977 and Davis, Gardner and Gardner 1941 are the graphs).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from headlight.models.core.attention import attention_pattern, attention_scores, attention_z
from headlight.models.core.axis import Axis
from headlight.models.core.trace import Site
from headlight.models.lessons.training import WEIGHTS, load_weights
from headlight.models.lessons.transformer import by_head

GraphName = Literal["karate", "southern"]
Variant = Literal["free", "tied", "complete"]
"""free: queries and keys of their own; tied: k = q; complete: free, trained without a mask."""

DATA = Path(__file__).parent / "data"
LAYERS, HEADS, D_MODEL = 2, 2, 16
LOUD = 6.0
"""What tied queries begin with: an orthogonal matrix times this, so that likeness counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A graph whose nodes fall into two groups.

    nodes    what they are called
    edges    [node, node], True where there is one; symmetric, none from a node to itself
    groups   [node], 0 or 1; -1 where nobody has said
    names    of the two groups
    leaders  the node of each group that is told in training
    places   [node, 2], where a drawing has them, 0 to 1 each
    """

    name: GraphName
    nodes: Axis
    edges: Bool[Tensor, "node node"]
    groups: Int[Tensor, " node"]
    names: tuple[str, str]
    leaders: tuple[int, int]
    places: Float[Tensor, "node 2"]

    def mask(self, flips: Iterable[tuple[int, int]] = ()) -> Bool[Tensor, "node node"]:
        """Who may look at whom: along the edges, and each node at itself. `flips`: pairs of nodes
        whose edge is cut, or added where there is none."""
        mask = self.edges | torch.eye(len(self.nodes), dtype=torch.bool)
        for a, b in flips:
            mask[a, b] = mask[b, a] = ~mask[a, b]
        return mask

    @property
    def between(self) -> list[int]:
        """Nodes of a known group with neighbours in both."""
        return [
            node
            for node in range(len(self.nodes))
            if self.groups[node] >= 0 and len(set(self.groups[self.edges[node]].tolist())) > 1
        ]


@cache
def read_graph(name: GraphName) -> Graph:
    told = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    count = len(told["nodes"])
    edges = torch.zeros(count, count, dtype=torch.bool)
    for a, b in told["edges"]:
        edges[a, b] = edges[b, a] = True
    first, second = told["names"]
    return Graph(
        name=name,
        nodes=Axis("node", tuple(told["nodes"])),
        edges=edges,
        groups=torch.tensor(told["groups"]),
        names=(first, second),
        leaders=(told["leaders"][0], told["leaders"][1]),
        places=torch.tensor(told["places"]),
    )


class GraphModel(nn.Module):
    """Two layers of attention over `count` nodes. `tied`: keys are the queries."""

    def __init__(self, count: int, tied: bool) -> None:
        super().__init__()
        self.tied = tied
        self.embedding = nn.Parameter(torch.randn(count, D_MODEL) * 0.1)
        names = ("w_q", "w_v", "w_o") if tied else ("w_q", "w_k", "w_v", "w_o")
        self.layers = nn.ModuleList(
            nn.ModuleDict({name: nn.Linear(D_MODEL, D_MODEL, bias=False) for name in names})
            for _ in range(LAYERS)
        )
        self.groups = nn.Linear(D_MODEL, 2)
        if tied:
            for layer in self.layers:
                nn.init.orthogonal_(layer["w_q"].weight, LOUD)  # type: ignore[index]

    def forward(
        self, mask: Bool[Tensor, "node node"]
    ) -> tuple[list[Site], Float[Tensor, "node group"]]:
        """Each layer's attention, and the logits of every node."""
        x: Tensor = self.embedding
        sites = []
        for number, layer in enumerate(self.layers):
            keys = layer["w_q" if self.tied else "w_k"]  # type: ignore[index]
            q, k, v = (by_head(w(x), HEADS) for w in (layer["w_q"], keys, layer["w_v"]))  # type: ignore[index]
            pattern = attention_pattern(attention_scores(q, k), mask=mask)
            z = attention_z(pattern, v)
            output: Tensor = layer["w_o"](z.transpose(0, 1).flatten(1))  # type: ignore[index]
            scale = q.shape[-1] ** -0.5
            sites.append(Site("encoder", number, q, k, v, z, scale, mask=mask[None], output=output))
            x = x + output
        return sites, self.groups(x)


@cache
def load_model(graph: GraphName, variant: Variant) -> GraphModel:
    model = GraphModel(len(read_graph(graph).nodes), tied=variant == "tied")
    return load_weights(model, WEIGHTS / "graphs.safetensors", f"{graph}.{variant}")


@dataclass(frozen=True, slots=True, eq=False)
class GraphRun:
    """What a model makes of a graph.

    mask      [node, node], True where a node may look
    scores    [layer, head, node, node], before the mask
    patterns  [layer, head, node, node]
    shares    [node, group], what it gives each group
    """

    mask: Bool[Tensor, "node node"]
    scores: Float[Tensor, "layer head node node"]
    patterns: Float[Tensor, "layer head node node"]
    shares: Float[Tensor, "node group"]


def run(model: GraphModel, mask: Bool[Tensor, "node node"]) -> GraphRun:
    with torch.inference_mode():
        sites, logits = model(mask)
        scores = torch.stack([site.scores(slice(None)) for site in sites])
        patterns = torch.stack([site.pattern(slice(None)) for site in sites])
        return GraphRun(mask, scores, patterns, logits.double().softmax(-1))


def accuracy(graph: Graph, shares: Float[Tensor, "node group"]) -> float:
    """Share that is right of the nodes whose group is known and was not told."""
    asked = graph.groups >= 0
    asked[list(graph.leaders)] = False
    return float((shares.argmax(-1) == graph.groups)[asked].double().mean())


def evenness(run: GraphRun) -> float:
    """Entropy of the rows as a share of log(open keys), mean over layers, heads and nodes that see
    more than themselves; 1: every open key alike."""
    open_keys = run.mask.sum(-1)
    rows = open_keys > 1
    entropy = torch.special.entr(run.patterns.double()).sum(-1)[..., rows]
    return float((entropy / open_keys[rows].double().log()).mean())


def own_share(graph: Graph, patterns: Float[Tensor, "layer head node node"]) -> float:
    """What nodes between the groups give neighbours of their own group, of all that they give
    neighbours: mean over layers, heads and those nodes; NaN where there is none."""
    same = graph.groups[:, None] == graph.groups[None, :]
    given = patterns.double() * graph.edges
    shares = (given * same).sum(-1) / given.sum(-1)
    return float(shares[..., graph.between].mean())
