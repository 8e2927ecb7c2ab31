"""All heads at a glance."""

from __future__ import annotations

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import of_run
from headlight.app.http.deps import StateDep, answers_in, api_router
from headlight.app.http.encode import OVERVIEW, framed_bytes
from headlight.app.http.openapi import READING, binary, errors
from headlight.app.http.records import fields_of, read_fields, with_supervision
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import LEVEL, TextRequest
from headlight.models.core.trace import Trace
from headlight.models.measures.statistics import overview
from headlight.models.text.pooling import Level

router = api_router()


class OverviewRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": LAW}, {"text": LAW, "level": "word"}]}
    )

    level: Level = Field("token", description=LEVEL)


def overview_bytes(trace: Trace, level: Level) -> bytes:
    """The header, then the uint8 pictures of every head in the header's order."""
    found = overview(trace, level)
    kinds = []
    for each in found.kinds:
        query, key = trace.query_sequence(each.kind), trace.key_sequence(each.kind)
        kinds.append(
            {
                **fields_of(each, leave_out="patterns"),
                "query": {"tokens": query.tokens, "words": query.words},
                "key": {"tokens": key.tokens, "words": key.words},
            }
        )
    header = {
        **read_fields(trace),
        "target": trace.target,
        "level": level,
        "kinds": kinds,
        "heads": with_supervision(found.heads, trace),
        "outputs": trace.outputs,
    }
    return framed_bytes(header, [each.patterns.tobytes() for each in found.kinds])


@router.post(
    "/overview",
    operation_id="get_overview",
    summary="All heads at a glance",
    response_class=Response,
    responses={
        200: {
            "description": "uint32 little-endian N; N bytes of JSON; then uint8 patterns.",
            "content": {OVERVIEW: binary("See docs/api.md.")},
        },
        **errors(*READING),
    },
    tags=["heads"],
)
@answers_in(OVERVIEW)
async def get_overview(state: StateDep, request: Request, body: OverviewRequest) -> Response:
    """A small picture and a few statistics of every head of the run."""
    return await of_run(state, request, body, overview_bytes, body.level)
