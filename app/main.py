"""The application: `uvicorn app.main:app`, or create_app() with settings of one's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import torch
from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.templating import Jinja2Templates

from app import installed_version
from app.allocator import keep_freed_memory, trim_memory
from app.assets import Plotly, StaticTree
from app.deps import House
from app.errors import ApiError, install_errors
from app.lifetime import end_with_parent
from app.logs import guard_logs
from app.metrics import Metrics
from app.openapi import TAGS, install_openapi
from app.routes import api, experiments, health, pages
from app.runs import RunService
from app.security import Body, Guard, security_headers
from app.settings import Settings
from models.errors import HeadlightError
from models.registry import Registry, build_registry

log = logging.getLogger("headlight")
ROOT = Path(__file__).resolve().parent.parent
ABOUT = (
    "What every attention head of a transformer computes on a text: which token looks at which, "
    "by how much, and why. Each request carries its model and text, so any server can answer it. "
    "Layers, heads and positions count from 0."
)


def create_app(settings: Settings | None = None, registry: Registry | None = None) -> FastAPI:
    """One server: its settings, its models, and its own counters."""
    settings = settings or Settings()
    registry = registry or build_registry(settings.models, linear=settings.linear)
    registry.entry(settings.default_model or registry.default)
    metrics = Metrics()
    runs = RunService(
        registry,
        metrics,
        workers=settings.workers,
        threads=settings.torch_threads or torch.get_num_threads(),
        queue_limit=settings.queue_limit,
        queue_wait_s=settings.queue_wait_s,
        cache_bytes=settings.cache_bytes,
        load_wait_s=settings.load_wait_s,
    )
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings.debug,
    )
    house = House(
        settings,
        registry,
        runs,
        metrics,
        StaticTree(ROOT / "static"),
        Plotly(),
        Jinja2Templates(env=environment),
    )
    app = FastAPI(
        title="Headlight",
        version=installed_version(),
        description=ABOUT,
        openapi_tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.house = house
    for routes in (pages, api, experiments, health):
        app.include_router(routes.router)
    install_errors(app)
    install_openapi(app)
    app.add_middleware(Body, limit=settings.body_limit)
    app.add_middleware(Guard, headers=security_headers(settings.frame_ancestors), metrics=metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Loads the default model while the server already answers; stops the workers at the end."""
    keep_freed_memory()
    end_with_parent()
    guard_logs()
    house: House = app.state.house
    tasks = [
        asyncio.create_task(_load_default(house)),
        asyncio.create_task(trim_memory(house.runs.jobs_begun)),
    ]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await house.runs.close()


async def _load_default(house: House) -> None:
    try:
        await house.runs.load(house.default_model)
    except (HeadlightError, ApiError) as error:
        log.warning("%s is not ready: %s", house.default_model, error.message)


def __getattr__(name: str) -> FastAPI:
    """`app.main:app` is built when a server asks for it, not when a test imports create_app."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    app = globals()["app"] = create_app()
    return app
