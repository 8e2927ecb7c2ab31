"""From one head as asked to whether its pictures are faithful. Runs in a worker thread."""

from __future__ import annotations

from headlight.app.answers import read_fields, taught_of
from headlight.app.beside import longest, output_fields, target_of
from headlight.app.encode import json_bytes
from headlight.app.errors import SelectionTooLarge
from headlight.app.schemas.beside import FaithfulnessRequest
from headlight.app.settings import Settings
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.faithfulness import links_of, measure_faithfulness
from headlight.models.experiments.objective import choose


def faithfulness_bytes(
    model: LoadedModel, plain: Trace, request: FaithfulnessRequest, settings: Settings
) -> bytes:
    """Everything that can be refused is refused before anything is cut."""
    kind = request.kind or plain.kinds[0]
    site = plain.site(kind, request.layer)
    open_ = links_of(site, request.head, request.query_pos)
    links = int(open_.sum())
    _check_work(links, request, plain, settings.rerun_tokens)
    chosen = choose(model, plain, target_of(request.output))
    found = measure_faithfulness(
        model, plain, site, request.head, open_, chosen, renormalise=request.renormalise
    )
    return json_bytes(
        {
            **read_fields(plain),
            "target": plain.target,
            "kind": kind,
            "layer": request.layer,
            "head": request.head,
            "taught": taught_of(plain)[kind, request.layer, request.head],
            "query_pos": request.query_pos,
            "renormalise": request.renormalise,
            "output": output_fields(chosen, plain),
            "links": links,
            "correlations": {
                "pattern": found.pattern,
                "norms": found.norms,
                "gradient_pattern": found.gradient_pattern,
            },
            "effects": found.effects.numpy(),
            "query_tokens": plain.query_sequence(kind).tokens,
            "key_tokens": plain.key_sequence(kind).tokens,
        }
    )


def _check_work(links: int, request: FaithfulnessRequest, plain: Trace, limit: int) -> None:
    """Every link is a run of its own."""
    length = longest(plain)
    if links * length > limit:
        remedy = "Shorten the text." if request.query_pos is not None else "Name one query_pos."
        raise SelectionTooLarge(
            f"cutting {links} links on their own reads {length} tokens each time, "
            f"{links * length} in all; at most {limit} are read. {remedy}",
            field="text" if request.query_pos is not None else "query_pos",
        )
