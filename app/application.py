"""create_app(): one server with its settings and models. `headlight.app.main` makes that of the
environment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import torch
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.templating import Jinja2Templates

from headlight.app.features import (
    ablations,
    attention,
    cell,
    claims,
    faithfulness,
    health,
    models,
    outputs,
    overview,
    pages,
    pairs,
    profile,
    search,
    tokens,
    walk,
    what_if,
)
from headlight.app.features.learn import (
    convolution,
    graphs,
    images,
    masks,
    order,
    pooling,
    scale,
    softmax,
    taggers,
    twins,
)
from headlight.app.http.assets import Plotly, StaticTree
from headlight.app.http.deps import AppState
from headlight.app.http.errors import install_errors
from headlight.app.http.languages import (
    ENGLISH,
    LANGUAGES,
    catalogue_of,
    said,
    script,
    template_messages,
)
from headlight.app.http.openapi import TAGS, install_openapi
from headlight.app.http.security import Body, Guard, security_headers
from headlight.app.service.allocator import keep_freed_memory, trim_memory
from headlight.app.service.errors import ServiceError
from headlight.app.service.lifetime import end_with_parent
from headlight.app.service.logs import guard_logs
from headlight.app.service.metrics import Metrics
from headlight.app.service.runs import RunService
from headlight.app.settings import Settings
from headlight.app.version import installed_version
from headlight.models.core.errors import HeadlightError
from headlight.models.zoo.registry import Registry, build_registry
from headlight.models.zoo.transformers import silence_transformers

FEATURES = (
    *(pages, models, tokens, attention, overview, cell, walk, search, outputs),
    *(what_if, ablations, pairs, profile, claims, faithfulness),
    *(pooling, softmax, scale, twins, order, masks, taggers, graphs, images, convolution, health),
)
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
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings.debug,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(**template_messages(), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["said"] = said
    static = StaticTree(
        ROOT / "static",
        bundle=settings.bundle and not settings.debug,
        made={catalogue_of(name): script(name) for name in LANGUAGES if name != ENGLISH.name},
    )
    state = AppState(
        settings, registry, runs, metrics, static, Plotly(static), Jinja2Templates(env=environment)
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
    app.state.app_state = state
    for feature in FEATURES:
        app.include_router(feature.router)
    install_errors(app, missing_page=pages.missing_page)
    install_openapi(app)
    app.add_middleware(Body, limit=settings.body_limit)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["Accept", "Content-Type"],
            expose_headers=["Content-Disposition", "Retry-After"],
        )
    app.add_middleware(Guard, headers=security_headers(settings.frame_ancestors), metrics=metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Loads the default model while the server already answers; stops the workers at the end."""
    silence_transformers()
    keep_freed_memory()
    end_with_parent()
    guard_logs()
    state: AppState = app.state.app_state
    if state.static.bundle and not state.static.bundled:
        log.warning(
            "each page sends its modules one by one: no bundle was made of them as they are"
        )
    tasks = [
        asyncio.create_task(_load_default(state)),
        asyncio.create_task(trim_memory(state.runs.jobs_begun)),
    ]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await state.runs.close()


async def _load_default(state: AppState) -> None:
    try:
        await state.runs.load(state.default_model)
    except (HeadlightError, ServiceError) as error:
        log.warning("%s is not ready: %s", state.default_model, error.message)
