"""One real server for all tests of this folder, and small ones made to order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from transformers import PreTrainedModel

from headlight.app.application import create_app
from headlight.app.settings import Settings
from headlight.models.zoo.checkpoint import LOAD_LOCK
from headlight.models.zoo.registry import Registry, build_registry
from tests.app.fakes import PATIENCE_S, FakeRegistry

Serve = Callable[..., TestClient]
LAW = (
    "The Law will never be perfect, but its application should be just - "
    "this is what we are missing, in my opinion."
)


@pytest.fixture(autouse=True, scope="session")
def no_settings_of_the_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("HEADLIGHT_"):
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True, scope="session")
def models_load_one_at_a_time() -> Iterator[None]:
    """While transformers loads a model, it patches its classes for the whole process: a model that
    a test loads beside one that a server loads would leave them patched for good. Servers load one
    at a time; what a test loads waits for its turn too."""
    load = PreTrainedModel.from_pretrained.__func__  # type: ignore[attr-defined]

    def locked(cls: type[PreTrainedModel], *args: Any, **kwargs: Any) -> Any:
        with LOAD_LOCK:
            return load(cls, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PreTrainedModel, "from_pretrained", classmethod(locked))
        yield


@pytest.fixture(scope="session")
def registry() -> Registry:
    return build_registry()


@pytest.fixture(scope="session")
def app(registry: Registry) -> FastAPI:
    return create_app(Settings(bundle=False), registry)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """The real `bert`, loaded."""
    with TestClient(app, raise_server_exceptions=False) as client:
        deadline = time.monotonic() + PATIENCE_S
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline, client.get("/readyz").text
            time.sleep(0.05)
        yield client


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(registry, **settings): a server of its own; without a registry, an unloaded one."""
    with ExitStack() as stack:

        def start(registry: FakeRegistry | None = None, **settings: Any) -> TestClient:
            app = create_app(Settings(**settings), registry or build_registry())  # type: ignore[arg-type]
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield start
