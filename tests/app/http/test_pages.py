"""Pages and the files that they name: what is sent, for how long it is kept."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from headlight.app.http.assets import StaticTree
from headlight.models.zoo.registry import Registry
from tests.app.conftest import Serve
from tests.app.fakes import FakeModel, FakeRegistry

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/", "/api", "/compare"])
def test_pages_hold_no_inline_script_and_name_no_other_host(client: TestClient, path: str) -> None:
    html = client.get(path).text
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL):
        assert "src=" in attributes
        assert body.strip() == ""
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


@pytest.mark.parametrize("path", ["/", "/compare", "/pairs", "/claims"])
def test_pages_know_the_models_before_they_ask(
    client: TestClient, registry: Registry, path: str
) -> None:
    registry.load("small")  # one of which there is most to know
    known = re.search(r'<html[^>]* data-models="([^"]*)"', client.get(path).text)
    assert known is not None
    assert json.loads(unescape(known[1])) == client.get("/api/v1/models").json()["models"]


@pytest.mark.parametrize("path", ["/", "/api", "/compare"])
def test_every_file_that_a_page_names_is_served(client: TestClient, path: str) -> None:
    html = client.get(path).text
    for address in set(re.findall(r"(?:src|href|data-plotly-url)=\"(/[^\"#]*)", html)):
        response = client.get(address)
        assert response.status_code == 200, address


def test_a_page_that_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/", headers={"If-None-Match": '"x"'}).status_code == 200


def test_static_files_are_kept_for_ever_under_the_hash_of_the_tree(client: TestClient) -> None:
    tree = re.search(r"/static/([0-9a-f]{16})/", client.get("/").text)
    assert tree is not None
    response = client.get(f"/static/{tree[1]}/js/core/dom.js")
    assert response.headers["cache-control"] == FOR_EVER
    assert response.headers["content-type"].startswith("text/javascript")
    assert client.get("/static/0123456789abcdef/js/core/dom.js").status_code == 404
    assert client.get(f"/static/{tree[1]}/../app/main.py").status_code == 404
    assert client.get(f"/static/{tree[1]}/..%2f..%2fapp%2fmain.py").status_code == 404


def test_the_trees_hash_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("one")
    (tmp_path / ".hidden").write_text("x")
    tree = StaticTree(tmp_path)
    first = tree.hash
    assert set(tree.files) == {"js/a.js"}
    (tmp_path / "js" / "a.js").write_text("two")
    tree.refresh()
    assert tree.hash != first
    asset = tree.get(tree.hash, "js/a.js")
    assert asset is not None
    assert asset.body == b"two"


def test_a_module_imports_what_its_imports_import(tmp_path: Path) -> None:
    scripts = {
        "main.js": "import { a,\n  b } from './parts/a.js';\nimport './c.js';\n"
        "import fs from 'node:fs';",
        "parts/a.js": "/** @typedef {import('../never.js').T} T */\nexport { d } from '../d.js';",
        "c.js": "import { a } from './parts/a.js';\nconst late = () => import('./late.js');",
        "d.js": "import * as main from './main.js';",
        "late.js": "",
        "alone.js": "// import './c.js'",
    }
    for name, text in scripts.items():
        path = tmp_path / "js" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    tree = StaticTree(tmp_path)
    assert tree.imports("js/main.js") == ("js/c.js", "js/d.js", "js/parts/a.js")
    assert tree.imports("js/c.js") == ("js/d.js", "js/main.js", "js/parts/a.js")
    assert tree.imports("js/alone.js") == ()


def tree_of(root: Path, **files: str) -> StaticTree:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return StaticTree(root)


def test_a_pages_stylesheet_is_what_all_pages_have_and_then_its_own(tmp_path: Path) -> None:
    sheets = {
        "css/base/tokens.css": "b",
        "css/base/elements.css": "a",
        "css/parts/links.css": "c",
        "css/pages/walk/walk.css": "d",
        "css/pages/pairs/pairs.css": "e",
        "js/pages/plain/main.js": "",
    }
    tree = tree_of(tmp_path, **sheets)
    assert tree.files["css/walk.css"].body.split() == [b"a", b"b", b"c", b"d"]
    assert tree.files["css/pairs.css"].body.split() == [b"a", b"b", b"c", b"e"]
    assert tree.files["css/plain.css"].body.split() == [b"a", b"b", b"c"]
    assert tree.files["css/walk.css"].media_type == "text/css"


@pytest.mark.parametrize("path", ["/", "/walk", "/compare", "/pairs", "/claims"])
def test_a_page_asks_for_every_module_at_once_not_one_import_after_another(
    client: TestClient, path: str
) -> None:
    page = client.get(path).text
    preloaded = re.findall(r'rel="modulepreload" href="(/static/[^"]+)"', page)
    (module,) = re.findall(r'<script type="module" src="([^"]+)"', page)
    assert len(preloaded) == len(set(preloaded)) > 20
    known = {module, *preloaded}
    for url in known:
        for target in re.findall(
            r"(?m)^(?:import|} from|export \{).*?'(\..*?)'", client.get(url).text
        ):
            assert urljoin(url, target) in known, f"{url} imports {target}"


def test_while_the_page_is_worked_on_nothing_is_kept(serve: Serve) -> None:
    client = serve(FakeRegistry(FakeModel("plain")), debug=True)
    page = client.get("/")
    assert page.headers["cache-control"] == "no-store"
    tree = re.search(r"/static/([0-9a-f]{16})/", page.text)
    assert tree is not None
    assert client.get(f"/static/{tree[1]}/js/core/dom.js").headers["cache-control"] == "no-store"


def test_without_a_bundle_plotly_is_the_installed_packages_own(serve: Serve) -> None:
    client = serve(FakeRegistry(FakeModel("plain")), bundle=False)
    file = Path(str(distribution("plotly").locate_file("plotly/package_data/plotly.min.js")))
    name = f"/assets/plotly-{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}.min.js"
    assert name in client.get("/").text
    plain = client.get(name, headers={"Accept-Encoding": "identity"})
    assert plain.content == file.read_bytes()
    assert plain.headers["cache-control"] == FOR_EVER
    packed = client.get(name, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < 0.4 * len(plain.content)
    assert client.get("/assets/plotly-0.min.js").status_code == 404
