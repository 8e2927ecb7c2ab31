"""Where a run goes wrong first whose last vectors are not finite."""

from __future__ import annotations

from collections.abc import Iterable

from headlight.models.core.errors import NotFinite
from headlight.models.core.messages import Message
from headlight.models.core.trace import Site


def overflow(name: str, sites: Iterable[Site]) -> NotFinite:
    """The error of a run of that model: NaN or infinity begins in q, k, v or z of a block, or after
    the last one."""
    for site in sites:
        for what, tensor in (("q", site.q), ("k", site.k), ("v", site.v), ("z", site.z)):
            if not bool(tensor.isfinite().all()):
                where = Message(
                    "in {what} of {kind} layer {layer}",
                    what=what,
                    kind=site.kind,
                    layer=site.layer,
                )
                return _not_finite(name, where)
    return _not_finite(name, Message("after its last attention"))


def _not_finite(name: str, where: Message) -> NotFinite:
    return NotFinite(
        Message(
            "this run of {name} gives NaN or infinity, first {where}; its weights overflow "
            "on this text. Choose another text or another model.",
            name=name,
            where=where,
        ),
        argument="model",
    )
