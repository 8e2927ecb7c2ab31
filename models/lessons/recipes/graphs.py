"""How the models of the lesson on graphs are made: three of each graph, told two of its nodes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from headlight.models.lessons import graphs
from headlight.models.lessons.card import Card, Figure
from headlight.models.lessons.graphs import Graph, GraphModel, GraphName, GraphRun, Variant
from headlight.models.lessons.recipes.recipe import Progress, Recipe
from headlight.models.lessons.training import Settings, half_precision, save_weights, train

SETTINGS: Mapping[Variant, Settings] = {
    "free": Settings(steps=120, rate=0.015, decay=5e-3),
    "tied": Settings(steps=400, rate=0.015, decay=5e-3),
    "complete": Settings(steps=120, rate=0.015, decay=5e-3),
}


def make(out: Path, seeds: int, corpus: Path | None) -> Iterator[Progress]:
    shipped: dict[str, nn.Module] = {}
    figures, seconds, data = [], 0.0, {}
    for name in get_args(GraphName):
        graph = graphs.read_graph(name)
        told = json.loads((graphs.DATA / f"{name}.json").read_text(encoding="utf-8"))
        data[name] = {key: told[key] for key in ("title", "source", "licence")}
        for variant in SETTINGS:
            runs = []
            for seed in range(seeds):
                model, spent = train_graph(graph, variant, seed)
                seconds += spent
                if seed == 0:
                    shipped[f"{name}.{variant}"] = model
                runs.append(graphs.run(model, training_mask(graph, variant)))
            figures += measured(graph, variant, runs)
            yield f"{name}, {variant}", seconds
    save_weights(shipped, out / "graphs.safetensors")
    settings = {str(name): each for name, each in SETTINGS.items()}
    Card("graphs", "Apache-2.0", data, settings, round(seconds, 1), tuple(figures)).write(out)


def training_mask(graph: Graph, variant: Variant) -> Tensor:
    mask = graph.mask()
    return torch.ones_like(mask) if variant == "complete" else mask


def train_graph(graph: Graph, variant: Variant, seed: int) -> tuple[GraphModel, float]:
    """A model of a graph as it comes out of its file, and the CPU seconds that it took."""
    settings = replace(SETTINGS[variant], seed=seed)
    mask, leaders = training_mask(graph, variant), list(graph.leaders)

    def loss(model: GraphModel, _: int) -> Float[Tensor, ""]:
        _, logits = model(mask)
        return nn.functional.cross_entropy(logits[leaders], graph.groups[leaders])

    tied = variant == "tied"
    undecayed = [f"layers.{n}.w_q.weight" for n in range(graphs.LAYERS)] if tied else []
    build = partial(GraphModel, len(graph.nodes), tied)
    model, seconds = train(build, loss, settings, undecayed)
    return half_precision(model), seconds


def measured(graph: Graph, variant: Variant, runs: list[GraphRun]) -> list[Figure]:
    of = partial(Figure.of, f"{graph.name}.{variant}")
    figures = [
        of(
            "accuracy",
            (graphs.accuracy(graph, run.shares) for run in runs),
            label_propagation=graphs.accuracy(graph, label_propagation(graph)),
        ),
        of("entropy", (graphs.evenness(run) for run in runs)),
    ]
    if graph.between:
        even = graph.edges.double().expand(1, 1, -1, -1)
        shares = (graphs.own_share(graph, run.patterns) for run in runs)
        figures.append(of("own_group", shares, uniform=graphs.own_share(graph, even)))
    return figures


def label_propagation(graph: Graph, rounds: int = 1000) -> Float[Tensor, "node group"]:
    """Each node takes the mean of its neighbours, the leaders keep what they were told (Zhu and
    Ghahramani 2002)."""
    leaders = list(graph.leaders)
    told = nn.functional.one_hot(graph.groups[leaders], 2).double()
    shares = torch.full((len(graph.nodes), 2), 0.5, dtype=torch.float64)
    steps = graph.edges.double() / graph.edges.sum(-1, keepdim=True)
    for _ in range(rounds):
        shares[leaders] = told
        shares = steps @ shares
    shares[leaders] = told
    return shares


GRAPHS = Recipe(make, seeds=8)
