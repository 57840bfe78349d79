"""The storefront: what it is made of, who gets a token for it, and what that token opens."""

import json
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest

from inventory_graph import seed
from inventory_graph.config import Settings
from inventory_graph.demo import ASSETS, PLACE, SHOPPER_PERMISSIONS, menu
from tests.http.conftest import Opened
from tests.servers import Service

SHOP = "https://shop.example"
TOKEN = "the-token-of-a-shopper"
ADDRESSES = (("GET", "/demo"), ("GET", "/demo/menu"), ("POST", "/demo/session"), ("GET", "/demo/assets/demo.js"))
BYTES_MAX = 150_000
HOUR_SECONDS = 3_600
ADDRESS = re.compile(r"""["'`]((?:\.{0,2}/|https?://|wss?://)[^"'`\s]*)["'`]""")
OF_NO_FILE = {"/demo/menu", "/demo/session", "http://www.w3.org/2000/svg"}
"""What the page asks the service for, and the name of what pictures are drawn in, which nobody loads."""


async def test_the_page_holds_no_token_and_loads_nothing_from_elsewhere(opened: Opened) -> None:
    """It is the same for everybody; scripts and styles come from files of the service only."""
    async with opened(shopper=lambda: TOKEN) as client:
        page = await client.get("/demo")
        card = await client.get("/demo/menu")
    assert page.status_code == card.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy["script-src"], policy["style-src"], policy["connect-src"]} == {"'self'"}
    assert policy["frame-ancestors"] == "'none'"
    assert TOKEN not in page.text + card.text


def test_its_files_name_only_each_other() -> None:
    """No script, style, font or picture comes from another address, and each that is named is there."""
    for path in (PLACE / "page.html", *ASSETS.iterdir()):
        if path.suffix in {".html", ".js", ".css"}:
            for named in set(ADDRESS.findall(path.read_text(encoding="utf-8"))) - OF_NO_FILE:
                place = named.partition("#")[0]
                assert re.fullmatch(r"(?:\./|/demo/assets/)[\w.]+", place), (path.name, named)
                assert (ASSETS / Path(place).name).is_file(), (path.name, named)


def test_it_is_small_and_brings_the_licence_of_its_font() -> None:
    """It is part of every installation."""
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) < BYTES_MAX
    assert "SIL OPEN FONT LICENSE" in (ASSETS / "fraunces-LICENSE.txt").read_text(encoding="utf-8").upper()


def test_the_menu_is_what_the_cafe_sells() -> None:
    """Every dish and every baked good of the demonstration data once, by its name; nothing else."""
    catalogue = json.loads(files(seed).joinpath("urban_loft.json").read_text(encoding="utf-8"))
    sold = {item["sku"]: item["name"] for item in catalogue["items"] if item["type"] in {"RECIPE", "GOODS"}}
    dishes = [dish for section in menu(endpoint="/graphql")["sections"] for dish in section["dishes"]]
    assert Counter(dish["sku"] for dish in dishes) == Counter(list(sold))
    assert {dish["sku"]: dish["name"] for dish in dishes} == sold
    drawn = (ASSETS / "art.svg").read_text(encoding="utf-8")
    assert [dish["art"] for dish in dishes if f'id="{dish["art"]}"' not in drawn] == []


async def test_its_files_are_asked_for_again(opened: Opened) -> None:
    """Their names stay from one version to the next, and nothing beside them is served."""
    async with opened() as client:
        script = await client.get("/demo/assets/demo.js")
        assert script.content == (ASSETS / "demo.js").read_bytes()
        assert script.headers["cache-control"] == "no-cache"
        again = await client.get("/demo/assets/demo.js", headers={"if-none-match": script.headers["etag"]})
        assert again.status_code == 304
        for path in ("/demo/assets/../card.json", "/demo/assets/%2e%2e/__init__.py", "/demo/assets/none.js", "/demo/"):
            assert (await client.get(path)).status_code == 404


async def test_it_can_be_switched_off(opened: Opened) -> None:
    """Then there is nothing at any of its addresses, and no token to be had."""
    async with opened(demo=False, shopper=lambda: TOKEN) as client:
        for method, path in ADDRESSES:
            response = await client.request(method, path)
            assert response.status_code == 404, path
            assert TOKEN not in response.text


def test_it_is_off_in_production_unless_asked_for() -> None:
    """As all that is for looking at."""
    assert not Settings.load(dotenv=None, environment="production").demo
    assert Settings.load(dotenv=None, environment="production", demo=True).demo
    assert Settings.load(dotenv=None).demo


async def test_without_a_shopper_there_is_no_token(opened: Opened) -> None:
    """Wherever nobody chose to let everybody shop, also with the storefront on: a visitor is a visitor."""
    async with opened(demo=True) as client:
        answer = await client.post("/demo/session")
    assert (answer.status_code, answer.json()) == (200, {"token": None})


async def test_the_page_gets_a_token(opened: Opened) -> None:
    """By POST, so that no link and no picture gets one, and kept by no cache."""
    async with opened(shopper=lambda: TOKEN) as client:
        for headers in ({}, {"origin": "http://localhost:4102"}):
            answer = await client.post("/demo/session", headers=headers)
            assert answer.json() == {"token": TOKEN}
            assert answer.headers["cache-control"] == "no-store"
        refused = await client.get("/demo/session")
        assert refused.status_code == 405
        assert TOKEN not in refused.text


@pytest.mark.parametrize(
    "origin",
    [SHOP, "http://localhost:3000", "null", "https://localhost.evil.example:4102", "http://[", "//localhost:4102"],
)
async def test_no_other_page_gets_a_token(opened: Opened, origin: str) -> None:
    """Not even one that may call the API: it brings credentials of its own."""
    async with opened(shopper=lambda: TOKEN, allowed_origins=(SHOP,)) as client:
        refused = await client.post("/demo/session", headers={"origin": origin})
        assert refused.status_code == 403
        assert TOKEN not in refused.text
        foreign = await client.post("/demo/session", headers={"host": "evil.example"})
        assert foreign.status_code == 421
        assert TOKEN not in foreign.text


async def test_the_token_shops_and_no_more(http_service: Service) -> None:
    """For an hour, with two permissions: it changes no stock but by buying, and that at one outlet, and opens no lists."""
    async with httpx.AsyncClient(base_url=f"http://localhost:{http_service.port}") as client:
        token = (await client.post("/demo/session")).json()["token"]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == HOUR_SECONDS
        assert (claims["tenant_slug"], claims["outlet_code"]) == ("urban-loft", "MAIN")
        client.headers["authorization"] = f"Bearer {token}"
        me = await client.post("/graphql", json={"query": "{ me { subject roles permissions } }"})
        assert me.json()["data"]["me"] == {
            "subject": "demo_storefront@urban-loft",
            "roles": ["demo_storefront"],
            "permissions": sorted(SHOPPER_PERMISSIONS),
        }
        balance = '{ stockBalance(sku: "PST-CRO-001") { onHand version } }'
        before = (await client.post("/graphql", json={"query": balance})).json()["data"]
        for refused in ("items(first: 1)", "reservations(first: 1)", "suppliers(first: 1)", "apiKeys", "roles"):
            answer = (await client.post("/graphql", json={"query": f"{{ {refused} {{ __typename }} }}"})).json()
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN", refused
        key = f'idempotencyKey: "{uuid4()}"'
        for refused in (
            f'reserveStock(input: {{{key}, warehouse: {{code: "STORE"}}, lines: [{{sku: "PST-CRO-001", quantity: "1"}}]}})',
            f'adjustStock(input: {{{key}, sku: "PST-CRO-001", delta: "1", reason: FOUND}})',
            f'receiveStock(input: {{{key}, lines: [{{sku: "PST-CRO-001", quantity: "1"}}]}})',
            f'consumeStock(input: {{{key}, lines: [{{sku: "PST-CRO-001", quantity: "1"}}]}})',
        ):
            answer = (
                await client.post("/graphql", json={"query": f"mutation {{ {refused} {{ errors {{ code }} }} }}"})
            ).json()
            assert list(answer["data"].values()) == [{"errors": [{"code": "FORBIDDEN"}]}], refused
        assert (await client.post("/graphql", json={"query": balance})).json()["data"] == before
