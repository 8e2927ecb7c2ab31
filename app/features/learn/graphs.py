"""The numbers of the lesson on graphs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import computed_text
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Answer, AxisAnswer, FigureAnswer, Matrix
from headlight.app.schemas.requests import Index, Position, Strict
from headlight.models.core.errors import check_within
from headlight.models.core.messages import Message
from headlight.models.lessons.card import read_card
from headlight.models.lessons.graphs import (
    HEADS,
    LAYERS,
    GraphName,
    Variant,
    accuracy,
    evenness,
    load_model,
    own_share,
    read_graph,
    run,
)

router = api_router()
MOST_FLIPS = 256
Pair = Annotated[list[Position], Field(min_length=2, max_length=2)]


class GraphsRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"graph": "karate", "variant": "free"},
                {"graph": "southern", "variant": "tied", "flips": [[0, 18]]},
            ]
        }
    )

    graph: GraphName = Field(
        "karate", description="karate: Zachary's club; southern: Davis' women and their events."
    )
    variant: Variant = Field(
        "free",
        description="free: queries and keys of their own; tied: k = q; complete: trained, and "
        "read, without the mask.",
    )
    layer: Index = Field(0, description="Of the head whose numbers are told; from 0.")
    head: Index = Field(0, description="Likewise.")
    flips: list[Pair] = Field(
        [],
        max_length=MOST_FLIPS,
        description="Pairs of nodes whose edge is cut, or added where there is none.",
    )


class GraphsAnswer(Answer):
    """What a trained model makes of a graph. The model is that of the first seed."""

    graph: GraphName = Field(description="As sent.")
    variant: Variant = Field(description="As sent.")
    layer: int = Field(description="As sent.")
    head: int = Field(description="As sent.")
    axis: AxisAnswer = Field(description="The nodes: rows and columns of every matrix.")
    edges: list[list[int]] = Field(description="[edge]: two nodes, before any flip.")
    places: Matrix = Field(description="[node][2]: where a drawing has them, from 0 to 1.")
    groups: list[int | None] = Field(description="[node]: 0 or 1; null where nobody has said.")
    names: list[str] = Field(description="Of the two groups.")
    leaders: list[int] = Field(description="The nodes whose group was told in training.")
    mask: list[list[bool]] = Field(description="[node][node]: true where a node may look.")
    scores: Matrix = Field(description="[node][node]: of that head, before the mask.")
    pattern: Matrix = Field(description="[node][node]: of that head; each row sums to 1.")
    shares: Matrix = Field(description="[node][group]: what the model gives each group.")
    accuracy: float = Field(description="Of the nodes that were not told.")
    entropy: float = Field(description="Of the rows, as a share of the most that it can be.")
    own_group: float | None = Field(
        description="Of what nodes between the groups give their neighbours, the share of their "
        "own group; null where no node is between."
    )
    figures: list[FigureAnswer] = Field(description="Of the card: every variant of that graph.")


def graphs_bytes(request: GraphsRequest) -> bytes:
    graph = read_graph(request.graph)
    count = len(graph.nodes)
    for pair in request.flips:
        for position in pair:
            check_within("node", position, count, Message("the nodes"), argument="flips")
    check_within("layer", request.layer, LAYERS, Message("the layers"), argument="layer")
    check_within("head", request.head, HEADS, Message("the heads"), argument="head")
    mask = graph.mask((pair[0], pair[1]) for pair in request.flips)
    if request.variant == "complete":
        mask = mask.new_ones(mask.shape)
    made = run(load_model(request.graph, request.variant), mask)
    figures = [
        each for each in read_card("graphs")["figures"] if each["model"].startswith(request.graph)
    ]
    return json_bytes(
        {
            "graph": request.graph,
            "variant": request.variant,
            "axis": graph.nodes,
            "edges": graph.edges.triu().nonzero().tolist(),
            "places": graph.places.tolist(),
            "groups": [None if group < 0 else group for group in graph.groups.tolist()],
            "names": graph.names,
            "leaders": graph.leaders,
            "mask": made.mask.tolist(),
            "layer": request.layer,
            "head": request.head,
            "scores": made.scores[request.layer, request.head].tolist(),
            "pattern": made.patterns[request.layer, request.head].tolist(),
            "shares": made.shares.tolist(),
            "accuracy": accuracy(graph, made.shares),
            "entropy": evenness(made),
            "own_group": own_share(graph, made.patterns) if graph.between else None,
            "figures": figures,
        }
    )


@router.post(
    "/learn/graphs",
    operation_id="learn_graphs",
    summary="A graph is a mask",
    response_model=GraphsAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_graphs(state: StateDep, request: Request, body: GraphsRequest) -> Response:
    """A small trained model reads a graph by attention along its edges: its patterns, and the
    group that it gives each node. Edges can be cut and added.
    """
    return await computed_text(state, request, graphs_bytes, body)
