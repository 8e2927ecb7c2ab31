"""What is wrong with a request, in plain words: the field, what was given, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from headlight.app.schemas.requests import Alternative
from headlight.models.core.errors import short
from headlight.models.core.messages import Message, either

MAX_SHOWN = 40  # characters of what a caller sent that a message repeats
Described = tuple[int, str, Message, str | None]  # status, code, message, field

SELECTORS = {"word", "position_of", "span"}  # names of alternatives, not fields
OBJECT = Message("a JSON object")
WANTED = {
    "string_type": Message("a string"),
    "int_type": Message("a whole number"),
    "int_from_float": Message("a whole number"),
    "float_type": Message("a number"),
    "finite_number": Message("a finite number"),
    "string_unicode": Message("whole characters"),
    "bool_type": Message("true or false"),
    "list_type": Message("a list"),
    "model_attributes_type": OBJECT,
    "model_type": OBJECT,
    "dict_type": OBJECT,
}


LEAVE = Message("leave it out")
PLACE = Message(
    "a word of the text, {position} or {span}", position="{'position': n}", span="{'start', 'end'}"
)


def describe_validation(errors: Sequence[Mapping[str, Any]], route: object) -> Described:
    """Status, code, message and field of the first thing that is wrong."""
    error = errors[0]
    kind = error["type"]
    field = _field(error)
    if kind == "json_invalid":
        place = error["loc"][-1]
        message = Message(
            "the body is not JSON: it cannot be read from character {place} on", place=place
        )
        return 400, "invalid_json", message, None
    if field is None:
        message = Message(
            "the body must be a JSON object, not {given}", given=_given(error.get("input"))
        )
        if kind == "missing":
            message = Message(
                "the body is empty; send a JSON object; {remedy}", remedy=_known_fields(route)
            )
        if kind == "string_unicode":
            message = Message(
                "a field's name holds half of a surrogate pair, which is no character"
            )
        return 422, "invalid_request", message, None
    return 422, "invalid_request", _sentence(error, field, route), field


def _field(error: Mapping[str, Any]) -> str | None:
    """("body", "query", "span", "start") as "query.start"; None for the body itself.

    A field that nobody knows is named as it was sent, a long one by its start; a member that
    could not be told apart, by the field that should have told.
    """
    loc = error["loc"]
    unknown = loc[-1:] if error["type"] == "extra_forbidden" else ()
    known = loc[1 : len(loc) - len(unknown)]
    if known[:1] == ("output",):  # then the alternative, whose name may be a field's name too
        known = known[:1] + known[2:]
        parts = [*known, *unknown]
    else:
        parts = [
            *known[:1],
            *(part for part in known[1:] if part not in SELECTORS | Alternative.names),
            *unknown,
        ]
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        parts.append(error["ctx"]["discriminator"].strip("'"))
    return ".".join(_shown(part) for part in parts) or None


def _shown(part: str | int) -> str:
    """A field's name, or the start of one that a caller made up."""
    name = str(part)
    return name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}..."


def _sentence(error: Mapping[str, Any], field: str, route: object) -> Message:
    kind, given, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "missing":
        return Message("'{field}' is missing", field=field)
    if kind == "extra_forbidden":
        at_top = len(error["loc"]) == 2
        remedy = _known_fields(route) if at_top else LEAVE
        return Message(
            "'{field}' is not a field of this request; {remedy}", field=field, remedy=remedy
        )
    if kind == "float_type" and type(given) is int:
        return _must(field, WANTED["finite_number"], given)
    if kind in WANTED:
        return _must(field, WANTED[kind], given)
    if kind == "literal_error":
        return _must(field, either(re.split(", | or ", context["expected"])), given)
    if kind == "union_tag_not_found":
        return Message("'{field}' is missing or no string; it says what is meant", field=field)
    if kind == "union_tag_invalid":
        told = given.get(field.rpartition(".")[2]) if isinstance(given, dict) else given
        return _must(field, Message("one of {tags}", tags=context["expected_tags"]), told)
    if kind == "greater_than_equal":
        return _must(field, Message("at least {least}", least=context["ge"]), given)
    if kind == "less_than_equal":
        return _must(field, Message("at most {most}", most=context["le"]), given)
    if kind == "too_short" and context["actual_length"]:
        return Message(
            "'{field}' holds {count}; it must hold at least {least}",
            field=field,
            count=context["actual_length"],
            least=context["min_length"],
        )
    if kind == "too_short":
        return Message(
            "'{field}' is empty; it must hold at least {least}",
            field=field,
            least=context["min_length"],
        )
    if kind == "too_long":
        return Message(
            "'{field}' holds {count}; at most {most}",
            field=field,
            count=context["actual_length"],
            most=context["max_length"],
        )
    if kind == "repeated":
        return Message(
            "'{field}' names {item} more than once", field=field, item=short(context["item"])
        )
    if kind == "place":
        return _must(field, PLACE, given)
    return Message("'{field}' cannot be {given}", field=field, given=_given(given))


def _must(field: str, wanted: str, given: object) -> Message:
    return Message(
        "'{field}' must be {wanted}, not {given}", field=field, wanted=wanted, given=_given(given)
    )


def _known_fields(route: object) -> Message:
    """The fields that the request itself may have."""
    body = getattr(getattr(route, "body_field", None), "field_info", None)
    model = getattr(body, "annotation", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return LEAVE
    return Message("it may have {fields}", fields=", ".join(model.model_fields))


def _given(value: object) -> str | Message:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = repr(value)
        return (
            Message("the number {number}", number=text)
            if len(text) <= 24
            else Message("a number with many digits")
        )
    if isinstance(value, str):
        return (
            Message("the string {text}", text=repr(value))
            if len(value) <= MAX_SHOWN
            else Message("a long string")
        )
    if isinstance(value, list):
        return Message("a list")
    if isinstance(value, dict):
        return Message("an object")
    return Message("what was sent")
