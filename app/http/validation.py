"""What is wrong with a request, in plain words: the field, what was given, what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from headlight.app.schemas.requests import Alternative
from headlight.models.core.errors import short

MAX_SHOWN = 40  # characters of what a caller sent that a message repeats
Described = tuple[int, str, str, str | None]  # status, code, message, field

SELECTORS = {"word", "position_of", "span"}  # names of alternatives, not fields
WANTED = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_unicode": "whole characters",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_attributes_type": "a JSON object",
    "model_type": "a JSON object",
    "dict_type": "a JSON object",
}


def describe_validation(errors: Sequence[Mapping[str, Any]], route: object) -> Described:
    """Status, code, message and field of the first thing that is wrong."""
    error = errors[0]
    kind = error["type"]
    field = _field(error)
    if kind == "json_invalid":
        place = error["loc"][-1]
        message = f"the body is not JSON: it cannot be read from character {place} on"
        return 400, "invalid_json", message, None
    if field is None:
        message = f"the body must be a JSON object, not {_given(error.get('input'))}"
        if kind == "missing":
            message = f"the body is empty; send a JSON object; {_known_fields(route)}"
        if kind == "string_unicode":
            message = "a field's name holds half of a surrogate pair, which is no character"
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


def _sentence(error: Mapping[str, Any], field: str, route: object) -> str:
    kind, given, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "missing":
        return f"'{field}' is missing"
    if kind == "extra_forbidden":
        at_top = len(error["loc"]) == 2
        remedy = _known_fields(route) if at_top else "leave it out"
        return f"'{field}' is not a field of this request; {remedy}"
    if kind == "float_type" and type(given) is int:
        return f"'{field}' must be a finite number, not {_given(given)}"
    if kind in WANTED:
        return f"'{field}' must be {WANTED[kind]}, not {_given(given)}"
    if kind == "literal_error":
        return f"'{field}' must be {context['expected']}, not {_given(given)}"
    if kind == "union_tag_not_found":
        return f"'{field}' is missing or no string; it says what is meant"
    if kind == "union_tag_invalid":
        told = given.get(field.rpartition(".")[2]) if isinstance(given, dict) else given
        return f"'{field}' must be one of {context['expected_tags']}, not {_given(told)}"
    if kind == "greater_than_equal":
        return f"'{field}' must be at least {context['ge']}, not {_given(given)}"
    if kind == "less_than_equal":
        return f"'{field}' must be at most {context['le']}, not {_given(given)}"
    if kind == "too_short" and context["actual_length"]:
        return (
            f"'{field}' holds {context['actual_length']}; it must hold at least "
            f"{context['min_length']}"
        )
    if kind == "too_short":
        return f"'{field}' is empty; it must hold at least {context['min_length']}"
    if kind == "too_long":
        return f"'{field}' holds {context['actual_length']}; at most {context['max_length']}"
    if kind == "repeated":
        return f"'{field}' names {short(context['item'])} more than once"
    if kind == "place":
        return (
            f"'{field}' must be a word of the text, {{'position': n}} or {{'start', 'end'}}, "
            f"not {_given(given)}"
        )
    return f"'{field}' cannot be {_given(given)}"


def _known_fields(route: object) -> str:
    """The fields that the request itself may have."""
    body = getattr(getattr(route, "body_field", None), "field_info", None)
    model = getattr(body, "annotation", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return "leave it out"
    return "it may have " + ", ".join(model.model_fields)


def _given(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = repr(value)
        return f"the number {text}" if len(text) <= 24 else "a number with many digits"
    if isinstance(value, str):
        return f"the string {value!r}" if len(value) <= MAX_SHOWN else "a long string"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return "what was sent"
