"""Published statements about heads, and what a model here does: what is asked and answered."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from headlight.app.schemas.answers import Answer, Count, Task
from headlight.app.schemas.requests import Kind, Strict


class ClaimsRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "small"}, {"model": "bert"}]}
    )

    model: str | None = Field(
        None, description="A name from GET /models; null: the server's default, `bert` as shipped."
    )


class PaperAnswer(Answer):
    """Where a statement was published. Figures are the paper's own, of its own model and text."""

    authors: str = Field(description="Family names.")
    year: int = Field(description="Of publication.")
    title: str = Field(description="Of the paper.")
    url: str = Field(description="Its page in the ACL Anthology.")
    where: str = Field(description="The place in it.")
    of: str = Field(description="The paper's model, and its text where it names one.")
    figure: str = Field(
        description="What it reports, in a sentence or two. Its layers and heads count from 1."
    )
    value: float | None = Field(
        description="The same as a share, 0 to 1, where it measures what is measured here."
    )
    baseline: float | None = Field(description="What the paper holds it against, likewise.")


class ClaimHead(Answer):
    kind: Kind
    layer: int
    head: int


class ClaimBaseline(Answer):
    name: str = Field(description="What it is, in words.")
    value: float = Field(description="What it reaches, on the scale of `value`.")


class ClaimTaught(ClaimHead):
    """The best of the heads that were taught to point; the verdict leaves them out."""

    task: Task = Field(description="What it was taught.")
    value: float = Field(description="What it reaches.")


class ClaimSpot(Answer):
    position: int = Field(description="Token position.")
    start: int | None = Field(description="First character; null for a special token.")
    end: int | None = Field(description="Character after the last; null likewise.")
    text: str = Field(description="The characters, or the special token's piece.")


class ClaimExample(Answer):
    """One of our texts, and the strongest link of the kind that the head makes in all of them."""

    text: str = Field(description="A sentence, or a passage of six.")
    query: ClaimSpot | None = Field(description="null where the statement is about no link.")
    key: ClaimSpot | None = Field(description="null likewise.")


class ClaimMeasure(Answer):
    """What the model does on our sentences."""

    value: float = Field(description="What `definition` says, on the scale of `scale`.")
    low: float = Field(
        description="2.5th percentile of 1,000 seeded resamples of the sentences, `head` fixed."
    )
    high: float = Field(description="97.5th percentile.")
    threshold: float = Field(description="What `rule` compares `value` with.")
    at_least: bool = Field(
        description="true: it agrees from the threshold up; false: from it down."
    )
    clear: bool = Field(
        description="Whether the whole interval stands on the verdict's side of the threshold."
    )
    head: ClaimHead = Field(
        description="The best head; for statements about layers, the one that shows it best."
    )
    passing: Count = Field(description="How many heads keep the rule by themselves.")
    heads: Count = Field(description="Of how many that were asked: those that were not taught.")
    counted: Count = Field(description="How many `unit`s it was measured on.")
    unit: str = Field(description="`words` or `links`.")
    baselines: list[ClaimBaseline] = Field(description="What needs no head.")
    taught: ClaimTaught | None = Field(description="null where no head was taught.")
    detail: str | None = Field(description="What else one must know to read the value.")
    example: ClaimExample = Field(description="What to open `head` on.")


class ClaimAnswer(Answer):
    """One published statement about heads."""

    id: str = Field(description="Stable.")
    title: str = Field(description="The statement, in plain words.")
    definition: str = Field(description="What is measured here.")
    rule: str = Field(description="When the model agrees.")
    scale: Literal["share", "ratio"] = Field(
        description="What every value of the statement is: 0 to 1, or a ratio, 0 or more."
    )
    paper: PaperAnswer = Field(description="Who states it, and what they report.")
    agrees: bool | None = Field(description="null: this model cannot be asked; see `reason`.")
    reason: str | None = Field(description="Why it cannot be asked.")
    measured: ClaimMeasure | None = Field(description="null likewise.")


class ClaimsAnswer(Answer):
    model: str = Field(description="The model that was asked.")
    sentences: Count = Field(description="How many sentences of ours it read.")
    claims: list[ClaimAnswer] = Field(description="Every statement, in the order of the page.")
