"""What an operator can change, read from HEADLIGHT_* in the environment.

Every limit here is stated to callers where it bites: the message names what was sent, the
limit and what to do.
"""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

KILO = 1_000
MEGA = 1_000_000
ORIGIN = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?", re.ASCII)


def cores() -> int:
    """How many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


class Settings(BaseSettings):
    """Settings of one server process; the defaults suit a laptop with 8 GB."""

    model_config = SettingsConfigDict(env_prefix="HEADLIGHT_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"
    debug: bool = Field(
        False, description="For work on the page: nothing is cached, assets are read at each load."
    )

    bundle: bool = Field(
        True,
        description="The modules of a page as one file, where `make bundle` made it of them.",
    )

    models: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Folders or hub ids offered beside the built-in models, comma separated."
    )
    default_model: str | None = Field(
        None, description="The model of a request that names none; the registry's own if unset."
    )
    load_wait_s: float = Field(
        30, ge=0, description="How long a request waits for its model to load before a 503."
    )

    stop_wait_s: int = Field(
        3, ge=0, description="How long requests may go on once the server is told to stop."
    )

    workers: int = Field(
        default_factory=cores,
        ge=1,
        description="Runs and answers that are computed at once, on one thread each; as many as "
        "the process has cores if unset.",
    )
    torch_threads: int | None = Field(
        None,
        ge=1,
        description="Threads of a long text that is alone; torch decides, mostly one a core, if "
        "unset.",
    )
    linear: Literal["auto", "plain", "packed"] = Field(
        "auto",
        description="Linear layers by torch's own kernel (plain), or by oneDNN's (packed) where "
        "patterns stay within 1e-5; auto: packed where it is faster on this machine.",
    )
    queue_limit: int = Field(
        64, ge=0, description="Jobs that may wait for a worker; beyond it a request gets a 503."
    )
    queue_wait_s: float = Field(
        30, gt=0, description="How long a job waits for a worker before its request gets a 503."
    )
    cache_bytes: int = Field(
        512 * MEGA, ge=0, description="Bytes of finished runs kept; the oldest leave first."
    )

    body_limit: int = Field(1 * MEGA, ge=1, description="Bytes of one request's body.")
    text_limit: int = Field(200 * KILO, ge=1, description="Characters of one text.")
    json_numbers: int = Field(4 * MEGA, ge=1, description="Numbers in one JSON or CSV answer.")
    npz_numbers: int = Field(40 * MEGA, ge=1, description="Numbers in one .npz answer.")
    rerun_tokens: int = Field(
        40 * KILO,
        ge=1,
        description="Tokens that one request reads over and over: in edited runs, cuts and steps.",
    )
    profile_tokens: int = Field(
        20 * KILO, ge=1, description="Tokens that one profile reads, over all its sentences."
    )

    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Whose pages may call the API from a browser, comma separated: "
        "https://a.org, or * for all.",
    )
    frame_ancestors: str = Field(
        "'none'", description="Who may embed the page: the CSP's frame-ancestors, e.g. 'self'."
    )

    @field_validator("models", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`HEADLIGHT_MODELS=a, b` names two models."""
        if isinstance(value, str):
            return tuple(name for part in value.split(",") if (name := part.strip()))
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin: write https://a.org or http://localhost:3000, with "
                    "no path and no slash at its end, or * for all"
                )
        return value

    @field_validator("frame_ancestors")
    @classmethod
    def _one_directive(cls, value: str) -> str:
        if not value.strip() or any(c in value for c in ";,\r\n") or not value.isascii():
            raise ValueError("frame_ancestors must be CSP sources, such as 'none' or https://a.org")
        return value.strip()
