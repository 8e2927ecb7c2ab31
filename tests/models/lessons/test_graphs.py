"""Graphs read by attention: the data against networkx, the models against their card and numpy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import networkx as nx
import numpy as np
import pytest
import torch

from headlight.models.lessons import graphs
from headlight.models.lessons.card import read_card
from headlight.models.lessons.graphs import GraphName, Variant, load_model, read_graph
from headlight.models.lessons.recipes.graphs import SETTINGS, label_propagation, training_mask
from headlight.models.lessons.recipes.lessons import make

MODELS = [(graph, variant) for graph in get_args(GraphName) for variant in get_args(Variant)]


def test_the_karate_club_is_zacharys() -> None:
    graph, known = read_graph("karate"), nx.karate_club_graph()
    assert np.array_equal(graph.edges, nx.to_numpy_array(known, weight=None) > 0)
    clubs = [known.nodes[node]["club"] for node in known]
    assert [graph.names[group] for group in graph.groups] == clubs
    assert (graph.nodes.kind, len(graph.nodes)) == ("node", 34)


def test_the_southern_women_are_davis_and_only_women_have_a_group() -> None:
    graph, known = read_graph("southern"), nx.davis_southern_women_graph()
    assert graph.nodes.labels == tuple(known)
    assert np.array_equal(graph.edges, nx.to_numpy_array(known) > 0)
    assert [group >= 0 for group in graph.groups] == [
        name[:1] != "E" or " " in name for name in known
    ]


@pytest.mark.parametrize("name", get_args(GraphName))
def test_a_node_may_look_along_its_edges_and_at_itself(name: GraphName) -> None:
    graph = read_graph(name)
    mask = graph.mask()
    assert torch.equal(mask, graph.edges | torch.eye(len(graph.nodes), dtype=torch.bool))
    assert torch.equal(graph.edges, graph.edges.T)
    flipped = graph.mask([(0, 1), (3, 4)])
    changed = {tuple(pair) for pair in (mask ^ flipped).nonzero().tolist()}
    assert changed == {(0, 1), (1, 0), (3, 4), (4, 3)}


def by_hand(weights: dict[str, np.ndarray], tied: bool, mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """Patterns [layer, head, node, node] and the share of each group, in numpy."""
    x, patterns = weights["embedding"], []
    for layer in range(2):
        w = {name: weights[f"layers.{layer}.{name}.weight"].T for name in ("w_q", "w_v", "w_o")}
        w_k = w["w_q"] if tied else weights[f"layers.{layer}.w_k.weight"].T
        q, k, v = (
            (x @ matrix).reshape(len(x), 2, 8).transpose(1, 0, 2)
            for matrix in (w["w_q"], w_k, w["w_v"])
        )
        powers = np.where(mask, np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(8)), 0)
        patterns.append(powers / powers.sum(-1, keepdims=True))
        x = x + (patterns[-1] @ v).transpose(1, 0, 2).reshape(len(x), 16) @ w["w_o"]
    powers = np.exp(x @ weights["groups.weight"].T + weights["groups.bias"])
    return np.array(patterns), powers / powers.sum(-1, keepdims=True)


@pytest.mark.parametrize(("name", "variant"), MODELS)
def test_patterns_and_groups_are_what_numpy_finds(name: GraphName, variant: Variant) -> None:
    graph, model = read_graph(name), load_model(name, variant)
    mask = training_mask(graph, variant)
    run = graphs.run(model, mask)
    weights = {key: tensor.double().numpy() for key, tensor in model.state_dict().items()}
    patterns, shares = by_hand(weights, variant == "tied", mask.numpy())
    assert run.patterns.numpy() == pytest.approx(patterns, abs=1e-5)
    assert run.shares.numpy() == pytest.approx(shares, abs=1e-5)


def test_the_card_tells_what_came_out() -> None:
    card = read_card("graphs")
    found = {(each["model"], each["measure"]): each for each in card["figures"]}
    assert found["karate.free", "accuracy"]["mean"] == pytest.approx(0.969, abs=0.001)
    assert found["karate.complete", "accuracy"]["mean"] == 0.5
    assert found["karate.free", "entropy"]["least"] > 0.999
    own = found["karate.tied", "own_group"]
    assert own["baselines"]["uniform"] == pytest.approx(0.708, abs=0.001)
    assert own["least"] < own["baselines"]["uniform"] < own["mean"]
    assert {each["seeds"] for each in card["figures"]} == {8}
    assert card["settings"]["tied"]["steps"] == SETTINGS["tied"].steps


def test_the_mean_of_neighbours_is_a_harmonic_function_of_what_was_told() -> None:
    graph = read_graph("karate")
    shares = label_propagation(graph).numpy()
    edges = graph.edges.numpy()
    for node in set(range(34)) - set(graph.leaders):
        assert shares[node] == pytest.approx(shares[edges[node]].mean(0), abs=1e-9)


def test_a_seed_gives_the_models_that_are_shipped_again(tmp_path: Path) -> None:
    told = [name for name, _ in make("graphs", tmp_path, seeds=1)]
    assert told == [f"{name}, {variant}" for name, variant in MODELS]
    card = json.loads((tmp_path / "graphs.json").read_text(encoding="utf-8"))
    again = {(each["model"], each["measure"]): each["mean"] for each in card["figures"]}
    for name, variant in MODELS:
        graph = read_graph(name)
        run = graphs.run(load_model(name, variant), training_mask(graph, variant))
        model = f"{name}.{variant}"
        assert again[model, "accuracy"] == pytest.approx(
            graphs.accuracy(graph, run.shares), abs=1e-4
        )
        assert again[model, "entropy"] == pytest.approx(graphs.evenness(run), abs=0.02)
    assert {each["seeds"] for each in card["figures"]} == {1}
    assert (tmp_path / "graphs.safetensors").stat().st_size < 50_000


def test_a_lesson_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'softmax' has models; choose from graphs, images"):
        list(make("softmax", tmp_path))
