"""Edits on a real server, asked by many at once: none touches another's answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bench.server import serving
from tests.app.conftest import LAW

SHOWN = {"layer": 3, "head": 1}
ROUNDS = 3


def test_on_a_real_server_requests_at_once_get_what_each_gets_alone() -> None:
    edits: list[dict[str, Any]] = [
        {"do": "zero_ablation", "layer": 0, "heads": [4]},
        {"do": "temperature", "layer": 3, "heads": [1], "value": 9},
        {"do": "window", "layer": 2, "heads": [3, 5], "width": 1},
        {"do": "cut", "layer": 3, "heads": [1], "query_pos": [9], "key_pos": [2]},
    ]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/what-if", {"text": LAW, "edits": [edit], "show": [SHOWN]}) for edit in edits
    ]
    asked.append(("/attention", {"text": LAW, "layers": [3], "heads": [1], "include": ["pattern"]}))
    with (
        serving(HEADLIGHT_WORKERS="3") as address,
        httpx.Client(base_url=f"{address}/api/v1", timeout=120) as client,
        ThreadPoolExecutor(len(asked)) as people,
    ):

        def ask(question: tuple[str, dict[str, Any]]) -> Any:
            path, body = question
            return client.post(path, json=body).raise_for_status().json()

        alone = [ask(question) for question in asked]
        for _ in range(ROUNDS):
            assert list(people.map(ask, asked)) == alone
    after = [answer["shown"][0]["after"] for answer in alone[:-1]]
    assert all(pattern != after[0] for pattern in after[1:]), "the edits differ, so must the runs"
