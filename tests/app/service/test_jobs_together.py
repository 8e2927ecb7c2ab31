"""POST /claims by several at once: one measurement, which stops with the last who waits for it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI

from headlight.app.application import create_app
from headlight.app.settings import Settings
from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.survey import passages
from tests.app.calls import call, until
from tests.app.fakes import PATIENCE_S, FakeModel, FakeRegistry, unavailable

PATH = "/api/v1/claims"
JSON, NDJSON = b"application/json", b"application/x-ndjson"
TEXTS = len(sentences()) + len(passages())
Sent = list[dict[str, Any]]


class Client:
    """One who has asked."""

    def __init__(self, app: FastAPI, accept: bytes) -> None:
        self.leave = asyncio.Event()
        self.answered = asyncio.create_task(call(app, PATH, b"{}", self.leave, accept))

    async def leaves(self) -> None:
        self.leave.set()
        await self.answered


def with_clients(
    scenario: Callable[[FastAPI, FakeModel], Awaitable[None]], model: FakeModel
) -> None:
    app = create_app(Settings(), FakeRegistry(model))  # type: ignore[arg-type]

    async def main() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await scenario(app, model)
            runs = app.state.app_state.runs
            await until(lambda: not runs._jobs and asyncio.all_tasks() == {asyncio.current_task()})
            await runs.close()

    asyncio.run(main())
    assert app.state.app_state.surveys == {}


def gated() -> FakeModel:
    return FakeModel("plain", gate=threading.Event())


async def second(app: FastAPI, model: FakeModel, accept: bytes) -> tuple[Client, Client]:
    """Two who wait for the same measurement, whose first run has begun."""
    first = Client(app, JSON)
    await asyncio.to_thread(model.begun.acquire)
    other = Client(app, accept)
    await until(lambda: app.state.app_state.surveys["plain"]._followers == 2)
    return first, other


def result_of(sent: Sent) -> Any:
    assert sent[0]["status"] == 200
    last = json.loads(b"".join(part["body"] for part in sent[1:]).splitlines()[-1])
    return last.get("result", last)


@pytest.mark.parametrize("accept", [JSON, NDJSON])
def test_two_who_ask_at_once_are_told_of_one_measurement(accept: bytes) -> None:
    async def scenario(app: FastAPI, model: FakeModel) -> None:
        clients = await second(app, model, accept)
        assert model.gate is not None
        model.gate.set()
        answers = [result_of(await client.answered) for client in clients]
        assert answers[0] == answers[1]
        assert len(answers[0]["claims"]) == 10
        for client in clients:
            client.leave.set()

    model = gated()
    with_clients(scenario, model)
    assert len(model.runs) == TEXTS


def test_who_comes_later_is_told_of_every_step() -> None:
    async def scenario(app: FastAPI, model: FakeModel) -> None:
        _, later = await second(app, model, NDJSON)
        assert model.gate is not None
        model.gate.set()
        *told, last = b"".join(part["body"] for part in (await later.answered)[1:]).splitlines()
        assert [json.loads(line)["progress"] for line in told] == [
            {"done": done, "of": TEXTS} for done in range(TEXTS + 1)
        ]
        assert list(json.loads(last)) == ["result"]

    with_clients(scenario, gated())


@pytest.mark.parametrize("accept", [JSON, NDJSON])
@pytest.mark.parametrize("stays", [0, 1])
def test_one_who_leaves_takes_nothing_from_the_other(accept: bytes, stays: int) -> None:
    async def scenario(app: FastAPI, model: FakeModel) -> None:
        clients = await second(app, model, accept)
        await clients[1 - stays].leaves()
        assert model.gate is not None
        model.gate.set()
        assert len(result_of(await clients[stays].answered)["claims"]) == 10

    model = gated()
    with_clients(scenario, model)
    assert len(model.runs) == TEXTS


@pytest.mark.parametrize("accept", [JSON, NDJSON])
def test_nothing_is_run_after_the_last_has_left_and_who_comes_then_begins_anew(
    accept: bytes,
) -> None:
    async def scenario(app: FastAPI, model: FakeModel) -> None:
        for client in await second(app, model, accept):
            await client.leaves()
        assert app.state.app_state.surveys == {}
        new = Client(app, accept)
        await until(lambda: "plain" in app.state.app_state.surveys)
        assert len(model.runs) == 1
        assert model.gate is not None
        model.gate.set()
        assert len(result_of(await new.answered)["claims"]) == 10

    model = gated()
    with_clients(scenario, model)
    assert TEXTS <= len(model.runs) <= TEXTS + 1  # the first text is run again, or shared


def test_what_fails_is_told_to_each_and_the_next_one_begins_anew() -> None:
    async def scenario(app: FastAPI, model: FakeModel) -> None:
        asked, told = await second(app, model, NDJSON)
        model.bug = unavailable()
        assert model.gate is not None
        model.gate.set()
        assert (await asked.answered)[0]["status"] == 503
        assert result_of(await told.answered)["error"]["code"] == "model_unavailable"
        model.bug = None
        assert len(result_of(await Client(app, JSON).answered)["claims"]) == 10

    with_clients(scenario, gated())
