"""Writes every message of the sources into app/languages/*.po (`make messages`).

Messages are Message("...") in Python, {% trans %} and _("...") in templates, and t("..."),
plural("one", "other", ...) and rich("...") in scripts. Translations that are there stay; a message
that is new has none yet, one that is gone goes.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from headlight.app.http.languages import FOLDER as LANGUAGES
from headlight.app.http.languages import translated

ROOT = Path(__file__).resolve().parents[1]
HEADER = """\
# What Headlight says, in another language. `make messages` keeps it in step with the sources;
# terms follow app/glossary.toml. {{names}} and %(names)s stay as they are.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural_forms}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
Found = tuple[str, str | tuple[str, str]]  # file, message

STRING = r"""\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\s*,?"""
CALL = re.compile(rf"(?<![\w.$])(t|plural|rich)\({STRING}(?:{STRING})?")


def messages() -> Iterator[Found]:
    """Every message of the sources, in the order of the files."""
    for folder in ("models", "app", "headlight"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield from ((name, message) for message in python_messages(path.read_text()))
    for path in sorted((ROOT / "templates").glob("*.html")):
        name = path.relative_to(ROOT).as_posix()
        options = {"trimmed": "true", "newstyle_gettext": "true"}
        with path.open("rb") as file:
            for _, message, *_ in extract("jinja2", file, options=options):
                yield name, message
    for path in sorted((ROOT / "static" / "js").rglob("*.js")):
        name = path.relative_to(ROOT).as_posix()
        yield from ((name, message) for message in script_messages(path.read_text()))


def python_messages(source: str) -> Iterator[str]:
    """The templates of all Message("...") of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def script_messages(source: str) -> Iterator[str | tuple[str, str]]:
    """The messages of a script; of several forms, both English ones."""
    for function, first, second in CALL.findall(source):
        one = ast.literal_eval(first)
        if function == "plural":
            yield one, ast.literal_eval(second)
        else:
            yield one


def template() -> Catalog:
    """All messages, each with the files that it stands in."""
    catalog = Catalog(project="Headlight", fuzzy=False)
    for name, message in messages():
        catalog.add(message, locations=[(name, 0)])
    return catalog


def update(path: Path) -> int:
    """Brings a language up to date; returns how many messages it does not translate."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.stem)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    text = io.BytesIO()
    write_po(text, catalog, width=100, include_lineno=False, omit_header=True)
    header = HEADER.format(language=path.stem, plural_forms=catalog.plural_forms)
    path.write_bytes(header.encode() + text.getvalue())
    return sum(1 for message in catalog if message.id and not translated(message.string))


if __name__ == "__main__":
    lacking = {path.name: update(path) for path in sorted(LANGUAGES.glob("*.po"))}
    for name, count in lacking.items():
        sys.stdout.write(f"{name}: {count} messages without a translation\n")
