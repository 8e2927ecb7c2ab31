"""The OpenAPI document, laid out for templates/api.html: a page to read, not a program."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pprint import pformat
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class MediaType:
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code, the status it comes with, and a message that it may have."""

    status: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """A request as it is written in one language: its name for CSS, and for people."""

    language: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    request: tuple[Field, ...]
    example: str | None
    snippets: tuple[Snippet, ...]
    answer: tuple[Field, ...]
    answers: tuple[MediaType, ...]
    answer_description: str
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    title: str
    description: str
    operations: tuple[Operation, ...]
    records: tuple[tuple[str, tuple[Field, ...]], ...]
    errors: tuple[ErrorCode, ...]


def reference(document: Document, server: str) -> Reference:
    """All operations in the document's order, then the records that they share.

    `server`: the address that snippets call, "http://127.0.0.1:8000".
    """
    operations = tuple(
        _operation(document, method, path, operation, server)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    schemas = document["components"]["schemas"]
    shown = {name for op in document["paths"].values() for name in _top_level(op)}
    records = tuple(
        (name, fields)
        for name, schema in schemas.items()
        if name not in shown and (fields := _fields(schema))
    )
    info = document["info"]
    errors = tuple(_errors(document["components"]["responses"]))
    return Reference(info["title"], info["description"], operations, records, errors)


def _operation(
    document: Document, method: str, path: str, operation: Document, server: str
) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    request = _resolve(document, body.get("schema", {}))
    answer = operation["responses"]["200"].get("content", {}).get("application/json", {})
    sent: Document | None = next(iter(request.get("examples", [])), None)
    example = None if sent is None else json.dumps(sent, ensure_ascii=False, indent=2)
    address = server + path.replace("{name}", "small")
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        request=_fields(request),
        example=example,
        snippets=_snippets(address, sent),
        answer=_fields(_resolve(document, answer.get("schema", {}))),
        answers=tuple(
            MediaType(name, each.get("schema", {}).get("description", ""))
            for name, each in operation["responses"]["200"]["content"].items()
        ),
        answer_description=operation["responses"]["200"]["description"],
        errors=tuple(code for code in operation["responses"] if code != "200"),
    )


def _snippets(address: str, sent: Document | None) -> tuple[Snippet, ...]:
    """The same request from a shell, from Python and from JavaScript."""
    if sent is None:
        curl = f"curl {shlex.quote(address)}"
        python = f"answer = requests.get({address!r})"
        script = f"const answer = await fetch({json.dumps(address)});"
    else:
        body = json.dumps(sent, ensure_ascii=False)
        plain = pformat(sent, sort_dicts=False, width=88)
        curl = (
            f"curl {shlex.quote(address)} \\\n  -H 'Content-Type: application/json' \\\n"
            f"  -d {shlex.quote(body)}"
        )
        python = f"request = {plain}\nanswer = requests.post({address!r}, json=request)"
        pretty = json.dumps(sent, ensure_ascii=False, indent=2)
        script = (
            f"const request = {pretty};\n"
            f"const answer = await fetch({json.dumps(address)}, {{\n  method: 'POST',\n"
            "  headers: {'Content-Type': 'application/json'},\n"
            "  body: JSON.stringify(request),\n});"
        )
    return (
        Snippet("curl", "curl", curl),
        Snippet(
            "python",
            "Python",
            f"import requests\n\n{python}\nanswer.raise_for_status()\nprint(answer.json())",
        ),
        Snippet("js", "JavaScript", f"{script}\nconsole.log(await answer.json());"),
    )


def _errors(responses: Document) -> Iterator[ErrorCode]:
    for name, answer in responses.items():
        for code, example in answer["content"]["application/json"]["examples"].items():
            yield ErrorCode(name.removeprefix("Error"), code, example["value"]["error"]["message"])


def _top_level(methods: Document) -> list[str]:
    """Names of the schemas that an operation shows in full itself."""
    refs = []
    for operation in methods.values():
        bodies = [operation.get("requestBody", {}), operation["responses"]["200"]]
        for body in bodies:
            schema = body.get("content", {}).get("application/json", {}).get("schema", {})
            if "$ref" in schema:
                refs.append(schema["$ref"].rsplit("/", 1)[1])
    return refs


def _resolve(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found: Document = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _fields(schema: Document) -> tuple[Field, ...]:
    required = set(schema.get("required", ()))
    return tuple(
        Field(name, _type(each), name in required, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    )


def _type(schema: Document) -> str:
    """A schema in a few words: "integer or null", "list of numbers"."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(_type(each) for each in schema[union]))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("type", "any"))
