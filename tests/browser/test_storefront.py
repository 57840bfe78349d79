"""The storefront, in a real browser that has no network, on the running service."""

import asyncio
from decimal import Decimal
from pathlib import Path

from playwright.async_api import Route

from tests.browser.chromium import CHECKOUT
from tests.browser.conftest import NewShop
from tests.browser.shop import Shop, balance, set_stock
from tests.servers import ELSEWHERE, Service, free_port, program, running_program, temporary_directory, token_of

CROISSANT = "PST-CRO-001"
MUFFIN = "PST-MUF-001"
SCONE = "PST-SCO-001"
LATTE = "BEV-LAT-001"
MILK = "RAW-MLK-001"
SMOOTHIE = "BEV-SMO-001"
MANGO = "RAW-MNG-001"
DISHES = 48
NARROW = 360
FINGER_PIXELS_MIN = 44
SEEN_SECONDS_MAX = 1.0
ARTIFACTS = CHECKOUT / ".artifacts"


async def picture(shop: Shop, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    await shop.page.screenshot(path=ARTIFACTS / f"{name}.png")


async def test_opens_without_a_network(new_shop: NewShop, cafe: Service) -> None:
    """The whole menu with a number at each dish; nothing outside was even asked for, and the console is empty."""
    shop = await new_shop()
    await shop.open(cafe.port)

    assert await shop.page.locator(".dish").count() == DISHES
    assert await shop.page.locator("#light").inner_text() == "Live"
    assert shop.wire.kinds[-1] == "HEARTBEAT"
    assert shop.foreign_requests == []
    assert shop.problems == []


async def test_one_window_sees_what_another_buys(new_shop: NewShop, cafe: Service) -> None:
    """Within a second of the purchase, without a click: what lies there, and what is made of what was taken. Of three purchases
    the second fastest counts, because the machine may be doing something else."""
    await set_stock(cafe, CROISSANT, 20)
    await set_stock(cafe, MILK, 100)
    one, other = await new_shop(), await new_shop()
    await one.open(cafe.port)
    await other.open(cafe.port)
    await other.shows(CROISSANT, "20 left")
    await other.shows(LATTE, "400 left")
    seconds: dict[str, list[float]] = {CROISSANT: [], LATTE: []}

    for sku, words, total in (
        (CROISSANT, "19 left", "KES 220"),
        (LATTE, "399 left", "KES 540"),
        (CROISSANT, "18 left", "KES 760"),
        (LATTE, "398 left", "KES 1,080"),
        (CROISSANT, "17 left", "KES 1,300"),
        (LATTE, "397 left", "KES 1,620"),
    ):
        await one.buy_button(sku).click()
        bought_at = await one.shown_at("order-total", total)
        seconds[sku].append(await other.shown_at(sku, words) - bought_at)
        await one.until(one.buy_button(sku).inner_text, "Buy")

    assert sorted(seconds[CROISSANT])[1] < SEEN_SECONDS_MAX
    assert sorted(seconds[LATTE])[1] < SEEN_SECONDS_MAX
    assert await one.order() == ["3 × Butter Croissant KES 660", "3 × Caffe Latte KES 960"]
    await picture(one, "demo")
    left = await balance(cafe, CROISSANT)
    assert (left["onHand"], left["reserved"]) == ("17", "0")
    assert (await balance(cafe, MILK))["onHand"] == "99.25"
    assert await other.order() == []
    assert one.problems + other.problems == []


async def test_two_want_the_last_one(new_shop: NewShop, cafe: Service) -> None:
    """Both press at the same moment: one has it, the other is told why not, and nothing was sold twice."""
    await set_stock(cafe, SCONE, 1)
    shops = [await new_shop(), await new_shop()]
    for shop in shops:
        await shop.open(cafe.port)
        await shop.shows(SCONE, "Last one")
    before = await balance(cafe, SCONE)

    await asyncio.gather(*(shop.buy_button(SCONE).click() for shop in shops))
    for shop in shops:
        await shop.shows(SCONE, "Sold out")
        await shop.until(shop.buy_button(SCONE).inner_text, "Sold out")

    orders = [await shop.order() for shop in shops]
    assert sorted(orders) == [[], ["1 × Classic Scone KES 200"]]
    assert await shops[orders.index([])].refusal(SCONE) in {
        "Too late: somebody else has just bought the last Classic Scone.",
        "The last Classic Scone is set aside for somebody else.",
    }
    after = await balance(cafe, SCONE)
    assert after == {"onHand": "0", "reserved": "0", "version": before["version"] + 2}


async def test_says_why_when_the_last_one_has_gone(new_shop: NewShop, cafe: Service) -> None:
    """Also where the window could not know: its connection was cut when the last one went. Nothing is changed by trying."""
    await set_stock(cafe, MUFFIN, 1)
    await set_stock(cafe, MANGO, 20)
    shop = await new_shop()
    await shop.open(cafe.port)
    await shop.shows(MUFFIN, "Last one")
    await shop.wire.cut()
    await shop.light("lost")
    await set_stock(cafe, MUFFIN, 0)
    await set_stock(cafe, MANGO, 0)
    before = [await balance(cafe, sku) for sku in (MUFFIN, MANGO)]

    await shop.buy_button(MUFFIN).click()
    assert await shop.refusal(MUFFIN) == "Too late: somebody else has just bought the last Blueberry Muffin."
    await shop.shows(MUFFIN, "Sold out")
    await shop.buy_button(SMOOTHIE).click()
    assert await shop.refusal(SMOOTHIE) == "No more Mango Smoothie: the last Fresh Mango has gone."
    await shop.shows(SMOOTHIE, "Sold out")
    await picture(shop, "demo-sold-out")

    assert await shop.order() == []
    assert [await balance(cafe, sku) for sku in (MUFFIN, MANGO)] == before


async def test_a_lost_answer_buys_nothing_twice(new_shop: NewShop, cafe: Service) -> None:
    """The service did it and its answer never arrived: the page asks again with the same key, and once is once."""
    await set_stock(cafe, CROISSANT, 10)
    shop = await new_shop()
    await shop.open(cafe.port)
    await shop.shows(CROISSANT, "Only 10 left")
    lost: list[str] = []

    async def lose_first_answer(route: Route) -> None:
        body = route.request.post_data or ""
        step = next((each for each in ("reserveStock", "commitReservation") if each in body), None)
        if step is None or step in lost:
            await route.continue_()
            return
        lost.append(step)
        await route.fetch()
        await route.abort()

    await shop.page.route("**/graphql", lose_first_answer)
    await shop.buy_button(CROISSANT).click()
    await shop.until(shop.order, ["1 × Butter Croissant KES 220"])

    assert lost == ["reserveStock", "commitReservation"]
    left = await balance(cafe, CROISSANT)
    assert (left["onHand"], left["reserved"]) == ("9", "0")


async def test_a_lost_connection_is_said_and_caught_up(new_shop: NewShop, cafe: Service) -> None:
    """What changed meanwhile comes by resuming after the last cursor: no snapshot is sent again."""
    await set_stock(cafe, CROISSANT, 20)
    shop = await new_shop()
    await shop.open(cafe.port)
    await shop.shows(CROISSANT, "20 left")
    assert shop.wire.subscriptions[0]["after"] is None

    await shop.wire.cut()
    await shop.light("lost")
    banner = shop.page.get_by_role("alert").filter(has_text="Connection lost at")
    await banner.wait_for()
    assert "The numbers are from then. Trying again" in await banner.inner_text()
    await set_stock(cafe, CROISSANT, 12)
    await set_stock(cafe, CROISSANT, 13)
    assert await shop.level(CROISSANT) == "20 left"

    shop.wire.mend()
    await shop.page.get_by_role("button", name="Try now").click()
    await shop.shows(CROISSANT, "13 left")
    await shop.light("live")
    assert await banner.count() == 0
    assert len(shop.wire.subscriptions) == 2
    assert shop.wire.subscriptions[1]["after"]
    assert shop.wire.kinds == ["CHANGE", "CHANGE"]
    assert await shop.said() == "Back, and caught up: one number changed meanwhile."


async def test_a_connection_that_falls_silent_is_noticed(new_shop: NewShop, cafe: Service) -> None:
    """Nobody closes it and nothing comes: what answers no ping is given up for a new one, from where it was."""
    await set_stock(cafe, CROISSANT, 20)
    shop = await new_shop()
    await shop.open(cafe.port)
    await shop.shows(CROISSANT, "20 left")

    shop.wire.is_silent = True
    await set_stock(cafe, CROISSANT, 15)
    await shop.light("lost")
    shop.wire.is_silent = False

    await shop.shows(CROISSANT, "15 left")
    await shop.light("live")
    assert shop.wire.subscriptions[-1]["after"]


async def test_comes_back_with_the_service(new_shop: NewShop, tmp_path: Path) -> None:
    """The service is killed and starts anew: the page says so, finds it again, goes on after its cursor and can buy."""
    with temporary_directory() as directory:
        port, data = free_port(), directory / "data"
        command: list[str | Path] = [program(), "dev", "--port", str(port), "--data-dir", data]
        url = f"http://127.0.0.1:{port}/graphql"
        shop = await new_shop()
        with running_program(command, cwd=ELSEWHERE, log=tmp_path / "first.log", url=url) as process:
            await shop.open(port)
            await shop.shows(CROISSANT, "100 left")
            process.kill()
            await shop.light("lost")
            assert await shop.level(CROISSANT) == "100 left"
        with running_program(command, cwd=ELSEWHERE, log=tmp_path / "second.log", url=url):
            await shop.light("live")
            assert shop.wire.subscriptions[-1]["after"]
            await shop.buy_button(CROISSANT).click()
            await shop.until(shop.order, ["1 × Butter Croissant KES 220"])
            await shop.shows(CROISSANT, "99 left")
    # What the browser itself says of a service that is away, and nothing else.
    away = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET")
    assert [each for each in shop.problems if not any(word in each for word in away)] == []


async def test_buys_by_keyboard_alone(new_shop: NewShop, cafe: Service) -> None:
    """Tab and Enter: past the head to the menu, buy, and the focus stays where it was to buy once more."""
    await set_stock(cafe, MILK, 100)
    shop = await new_shop()
    await shop.open(cafe.port)
    keyboard = shop.page.keyboard

    await keyboard.press("Tab")
    assert await focused(shop) == "Skip to the menu"
    await keyboard.press("Enter")
    await keyboard.press("Tab")
    assert await focused(shop) == "Buy Caffe Latte, KES 320"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await shop.page.evaluate(outline) == "solid"
    await keyboard.press("Enter")
    await shop.until(shop.order, ["1 × Caffe Latte KES 320"])
    assert await focused(shop) == "Buy Caffe Latte, KES 320"
    await shop.until(shop.buy_button(LATTE).inner_text, "Buy")
    await keyboard.press("Space")
    await shop.until(shop.order, ["2 × Caffe Latte KES 640"])

    assert Decimal((await balance(cafe, MILK))["onHand"]) == Decimal("99.5")
    assert shop.problems == []


async def focused(shop: Shop) -> str:
    """The name of what has the focus."""
    name: str = await shop.page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    )
    return name


async def test_fits_a_small_telephone(new_shop: NewShop, cafe: Service) -> None:
    """At 360 pixels nothing hangs over the edge, and what is pressed is as large as a finger, sold out and refused included."""
    await set_stock(cafe, CROISSANT, 0)
    shop = await new_shop(width=NARROW, height=740)
    await shop.open(cafe.port)
    await shop.shows(CROISSANT, "Sold out")

    assert await shop.page.evaluate("document.documentElement.scrollWidth") == NARROW
    boxes = """(selector) => [...document.querySelectorAll(selector)].map((each) => {
      const { left, right, height } = each.getBoundingClientRect();
      return [each.className, left, right, height];
    })"""
    for name, left, right, _ in await shop.page.evaluate(
        boxes, ".dish, .dish *, .order, .order *, .head-row *, .welcome *"
    ):
        assert (left >= 0, right <= NARROW) == (True, True), name
    heights = [height for *_, height in await shop.page.evaluate(boxes, "button.buy")]
    assert (len(heights), min(heights) >= FINGER_PIXELS_MIN) == (DISHES, True)
    await picture(shop, "demo-360")
    assert shop.problems == []


async def test_a_visitor_looks_and_signs_in_to_buy(new_shop: NewShop, cafe: Service) -> None:
    """Where the service hands out no token: whether there is any and not how many, no button, until a token is brought. It is kept
    in no storage."""
    await set_stock(cafe, CROISSANT, 20)
    await set_stock(cafe, SCONE, 0)
    shop = await visiting(new_shop, cafe)
    await shop.shows(CROISSANT, "Available")
    await shop.shows(SCONE, "Sold out")
    assert await shop.page.locator("button.buy:visible").count() == 0
    await picture(shop, "demo-visitor")

    await shop.sign_in(cafe.token)
    await shop.light("live")
    await shop.shows(CROISSANT, "20 left")
    await shop.buy_button(CROISSANT).click()
    await shop.until(shop.order, ["1 × Butter Croissant KES 220"])
    assert (await balance(cafe, CROISSANT))["onHand"] == "19"
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert await shop.page.evaluate(stored) == '[{},{},""]'


async def visiting(new_shop: NewShop, cafe: Service) -> Shop:
    """A window that got no token."""

    async def no_token(route: Route) -> None:
        await route.fulfill(json={"token": None})

    shop = await new_shop()
    await shop.page.route("**/demo/session", no_token)
    await shop.page.goto(f"http://localhost:{cafe.port}/demo")
    await shop.light("looking")
    return shop


async def test_a_token_opens_what_it_opens(new_shop: NewShop, cafe: Service) -> None:
    """One that is none, and one of another café, open nothing; a viewer's shows numbers and buys nothing."""
    await set_stock(cafe, CROISSANT, 20)
    shop = await visiting(new_shop, cafe)
    for token, words in (
        ("none.of.ours", "This is not a JSON Web Token"),
        (token_of("demo-two", data_directory=cafe.data_directory), "This token is of the tenant demo-two"),
    ):
        await shop.sign_in(token)
        await shop.page.locator("#sign-in-word").filter(has_text=words).wait_for()
        assert await shop.page.locator("button.buy:visible").count() == 0

    await shop.sign_in(token_of("urban-loft", data_directory=cafe.data_directory, role="viewer"))
    await shop.shows(CROISSANT, "20 left")
    await shop.buy_button(CROISSANT).click()
    assert await shop.refusal(CROISSANT) == "This token may look and not buy."
    assert (await balance(cafe, CROISSANT))["onHand"] == "20"
