"""Rendering the page: the bundle's HTML with this service's settings in it."""

import json
import re
from pathlib import Path

import pytest

from inventory_graph import graphiql
from inventory_graph.graphiql import PageNotBuiltError, Tab, render_page

SETTINGS = re.compile(
    r'<script type="application/json" id="inventory-graph-settings">(.*?)</script>', re.DOTALL | re.IGNORECASE
)


def settings_of(page: str) -> object:
    """What a browser hands to the script: the text up to the first thing that ends a script element."""
    found = SETTINGS.search(page)
    assert found is not None
    return json.loads(found[1])


def test_hands_over_the_settings() -> None:
    """The bundle is the same everywhere; where to ask, as whom, and what to show first comes with the page."""
    tab = Tab(title="One item", query="query One($sku: String!) { item }", variables={"sku": "PST-CRO-001"})

    assert settings_of(render_page(endpoint="/graphql", token="a.b.c", tabs=[tab])) == {
        "title": "inventory-graph",
        "endpoint": "/graphql",
        "token": "a.b.c",
        "tabs": [
            {"title": "One item", "query": "query One($sku: String!) { item }", "variables": {"sku": "PST-CRO-001"}}
        ],
    }


def test_hands_over_no_token_when_there_is_none() -> None:
    """In production the page comes without one."""
    assert settings_of(render_page(endpoint="/graphql", token=None, tabs=[])) == {
        "title": "inventory-graph",
        "endpoint": "/graphql",
        "token": None,
        "tabs": [],
    }


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", "<!--<script>", "</SCRIPT >", "]]>&lt;", "\u2028\u2029", "\ud800", "é☕"],
)
def test_lets_no_text_out_of_the_settings(text: str) -> None:
    """Whatever an example or a token holds stays data: the markup around it is the same as without it."""
    tab = Tab(title=text, query=text, variables={text: text})
    page = render_page(endpoint="/graphql", token=text, tabs=[tab])

    assert settings_of(page) == {
        "title": "inventory-graph",
        "endpoint": "/graphql",
        "token": text,
        "tabs": [{"title": text, "query": text, "variables": {text: text}}],
    }
    bare = render_page(endpoint="/graphql", token=None, tabs=[])
    assert SETTINGS.sub("", page) == SETTINGS.sub("", bare)
    embedded = SETTINGS.search(page)
    assert embedded is not None
    assert re.findall(r"[<>&\u2028\u2029]|[^\x20-\x7e]", embedded[1]) == []


@pytest.mark.parametrize("content", [None, "<html><body>another page</body></html>"])
def test_says_how_to_build_a_page_that_is_not_there(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page without the place for its settings would open and then ask the wrong address: it is refused as well."""
    if content is not None:
        (tmp_path / "index.html").write_text(content)
    monkeypatch.setattr(graphiql, "DIST", tmp_path)

    with pytest.raises(PageNotBuiltError, match=r"npm ci && npm run build"):
        render_page(endpoint="/graphql", token=None, tabs=[])
