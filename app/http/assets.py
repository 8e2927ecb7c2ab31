"""The pages' files, read once, compressed once, at addresses that change with their content.

/static/<hash of the whole tree>/js/core/dom.js: a module's relative imports inherit the hash,
so every file may be cached for ever. Plotly comes from the bundle, or from the installed package.

A page named "walk" has the module js/pages/walk/main.js, and one stylesheet, css/walk.css, made of
all files of css/base, css/parts and css/pages/walk. Where `npm run bundle` was run on the modules
as they are, bundle/ is sent in their place.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path, PurePath, PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

from headlight.app.http.negotiate import COMPRESSIBLE, WORTH_COMPRESSING, best_encoding, compress

FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
_IMPORT = re.compile(
    r"""^(?:import|export)\s(?:[^;'"]*?\sfrom\s+)?['"](\.[^'"]+)['"]""", re.MULTILINE
)
LEVELS = {"zstd": 9, "gzip": 6}
MANIFEST = "bundle/manifest.json"
PLOTLY = "bundle/plotly.min.js"


@dataclass(slots=True)
class Asset:
    """One file in memory; its compressed forms are made when first asked for."""

    body: bytes
    media_type: str
    _encoded: dict[str, bytes] = field(default_factory=dict)

    def encoded(self, encoding: str) -> bytes:
        if encoding not in self._encoded:
            self._encoded[encoding] = compress(self.body, encoding, LEVELS[encoding])
        return self._encoded[encoding]

    def response(self, request: Request, cache_control: str = FOR_EVER) -> Response:
        headers = {"Cache-Control": cache_control}
        body = self.body
        if self.media_type.startswith(COMPRESSIBLE):
            headers["Vary"] = "Accept-Encoding"
            encoding = best_encoding(request.headers.get("accept-encoding"))
            if encoding is not None and len(body) >= WORTH_COMPRESSING:
                body = self.encoded(encoding)
                headers["Content-Encoding"] = encoding
        return Response(body, headers=headers, media_type=self.media_type)


class StaticTree:
    """All files under one folder, and the hash of them all; `bundle`: send one where it is fit;
    `made`: files that stand in no folder, by their names."""

    def __init__(
        self, root: Path, *, bundle: bool = True, made: Mapping[str, bytes] | None = None
    ) -> None:
        self.made = made or {}
        self.root = root
        self.bundle = bundle
        self.refresh()

    def refresh(self) -> None:
        digest = hashlib.sha256()
        files: dict[str, Asset] = {}
        found = {
            path.relative_to(self.root).as_posix(): path.read_bytes() for path in _files(self.root)
        }
        for name, body in sorted({**found, **self.made}.items()):
            digest.update(f"{name}\0{len(body)}\0".encode() + body)
            files[name] = Asset(body, media_type(PurePosixPath(name)))
        self.files = files
        self.hash = digest.hexdigest()[:16]
        self._imports: dict[str, tuple[str, ...]] = {}
        self._bundled = self._read_manifest() if self.bundle else None
        files.update(dict(self._stylesheets()))

    def _stylesheets(self) -> Iterator[tuple[str, Asset]]:
        """One for each page: what all pages have, then its own, if it has any."""
        folders = ("css/pages/", "js/pages/")
        pages = {PurePosixPath(name).parts[2] for name in self.files if name.startswith(folders)}
        for page in pages:
            sheets = (
                asset.body
                for folder in ("css/base", "css/parts", f"css/pages/{page}")
                for name, asset in self.files.items()
                if str(PurePosixPath(name).parent) == folder
            )
            yield f"css/{page}.css", Asset(b"\n".join(sheets), "text/css")

    def _read_manifest(self) -> dict[str, tuple[str, ...]] | None:
        """The modules of each page in bundle/; None unless made of the sources as they are."""
        if MANIFEST not in self.files:
            return None
        manifest = json.loads(self.files[MANIFEST].body)
        for name, expected in manifest["sources"].items():
            source = self.files.get(name)
            if source is None or hashlib.sha256(source.body).hexdigest() != expected:
                return None
        return {page: tuple(modules) for page, modules in manifest["pages"].items()}

    @property
    def bundled(self) -> bool:
        """Whether pages are sent a bundle: there is one, made of the modules as they are."""
        return self._bundled is not None

    def modules(self, page: str) -> tuple[str, ...]:
        """The modules that a page needs for its first picture, its own last; none: it has none."""
        if self._bundled is not None:
            return self._bundled.get(page, ())
        main = f"js/pages/{page}/main.js"
        return (*self.imports(main), main) if main in self.files else ()

    def imports(self, module: str) -> tuple[str, ...]:
        """The paths of all modules that a module imports, however far away, sorted.

        Those that it imports later (`import()`) are not among them. Raises KeyError for a module
        that is not there.
        """
        if module not in self._imports:
            found = {module}
            new = [module]
            while new:
                here = PurePosixPath(new.pop())
                text = self.files[str(here)].body.decode()
                for target in _IMPORT.findall(text):
                    path = posixpath.normpath(here.parent / target)
                    if path not in found:
                        found.add(path)
                        new.append(path)
            self._imports[module] = tuple(sorted(found - {module}))
        return self._imports[module]

    def get(self, tree_hash: str, name: str) -> Asset | None:
        return self.files.get(name) if tree_hash == self.hash else None


def _files(root: Path) -> Iterator[Path]:
    return (p for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))


def media_type(path: PurePath) -> str:
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return guessed or "application/octet-stream"


class Plotly:
    """plotly.min.js: what the bundle holds of it, where there is one, else the whole library out of
    the installed package, found without importing the package."""

    def __init__(self, static: StaticTree) -> None:
        part = static.files.get(PLOTLY) if static.bundled else None
        self.asset = part or Asset(_whole_plotly(), "text/javascript")
        self.hash = hashlib.sha256(self.asset.body).hexdigest()[:16]
        self.name = f"plotly-{self.hash}.min.js"


def _whole_plotly() -> bytes:
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None, "plotly is a dependency"
    return (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_bytes()
