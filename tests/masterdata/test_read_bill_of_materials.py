"""Reading bills of materials: the version in force at an instant, the list of versions, the lines in stock units."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from inventory_graph.masterdata.recipe_reading import (
    BillKey,
    bill_of_materials_counts,
    bill_of_materials_pages,
    bills_of_materials_by_id,
    bills_of_materials_by_item,
    components_by_bill,
)
from tests.given.recipes import component, given_item, given_loaf, given_recipe, given_version
from tests.given.tenants import GivenTenant
from tests.statements import CountingDatabase, statements

NOW = datetime.now(UTC)
LAST_WEEK, YESTERDAY, TOMORROW = NOW - timedelta(days=7), NOW - timedelta(days=1), NOW + timedelta(days=1)
A_MICROSECOND = timedelta(microseconds=1)


async def test_finds_the_version_in_force(tenant: GivenTenant) -> None:
    """A version holds from its instant on, inclusive, until the next; before the first there is none."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte, _ = await given_recipe(tenant, "LATTE", component("MILK", "0.1"), effective_from=LAST_WEEK)
    await given_version(tenant, latte, component("MILK", "0.3"), effective_from=TOMORROW)
    await given_version(tenant, latte, component("MILK", "0.2"), effective_from=YESTERDAY)
    moments = [
        (LAST_WEEK - A_MICROSECOND, None),
        (LAST_WEEK, 1),
        (YESTERDAY - A_MICROSECOND, 1),
        (YESTERDAY, 3),
        (None, 3),
        (TOMORROW - A_MICROSECOND, 3),
        (TOMORROW, 2),
    ]
    keys: list[BillKey] = [(latte.id, moment) for moment, _ in moments]
    async with tenant.database.read(tenant.actor) as tx:
        found = await bills_of_materials_by_item(tx, keys)
    assert [(key[1], found[key].version if key in found else None) for key in keys] == moments
    assert [found[latte.id, moment].effective_until for moment in (LAST_WEEK, YESTERDAY, TOMORROW)] == [
        YESTERDAY,
        TOMORROW,
        None,
    ]


async def test_batches_cost_one_statement(database: CountingDatabase, tenant: GivenTenant) -> None:
    """A page of dishes with their recipes must not ask once for each."""
    await given_item(tenant, "MILK", unit="LITRE")
    made = [await given_recipe(tenant, f"R{number}", component("MILK", "1")) for number in range(4)]
    keys: list[BillKey] = [(item.id, None) for item, _ in made]
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        found = await bills_of_materials_by_item(tx, keys)
    assert len(counted) == 1
    assert [found[key] for key in keys] == [bill for _, bill in made]
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        lines = await components_by_bill(tx, [bill.id for _, bill in made])
    # The lines, the units, the bridges.
    assert len(counted) == 3
    assert [[line.sku for line in lines[bill.id]] for _, bill in made] == [["MILK"]] * 4


async def test_pages_the_newest_version_first(database: CountingDatabase, tenant: GivenTenant) -> None:
    """What changed last is what people look for."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte, _ = await given_recipe(tenant, "LATTE", component("MILK", "1"))
    for _ in range(4):
        await given_version(tenant, latte, component("MILK", "1"))
    tea, _ = await given_recipe(tenant, "TEA", component("MILK", "1"))
    keys = [(latte.id, 2, None), (tea.id, 2, None), (latte.id, 3, 4)]
    async with statements(database) as counted, database.read(tenant.actor) as tx:
        pages = await bill_of_materials_pages(tx, keys)
    assert len(counted) == 1
    assert [[bill.version for bill in pages[key].records] for key in keys] == [[5, 4], [1], [3, 2, 1]]
    assert [pages[key].has_next for key in keys] == [True, False, False]
    assert pages[keys[0]].positions == [(5,), (4,)]
    async with database.read(tenant.actor) as tx:
        assert await bill_of_materials_counts(tx, [latte.id, tea.id]) == {latte.id: 5, tea.id: 1}


async def test_keeps_lines_in_their_order(tenant: GivenTenant) -> None:
    """A recipe is read from top to bottom; a bridge that is gone leaves the line readable."""
    loaf = await given_loaf(tenant, "BREAD")
    for sku in ("Z", "A"):
        await given_item(tenant, sku)
    _, bill = await given_recipe(
        tenant, "TOAST", component("Z", "1", "g"), component("BREAD", "1", "SLICE"), component("A", "1")
    )

    async def lines() -> list[tuple[str, Decimal | None]]:
        async with tenant.database.read(tenant.actor) as tx:
            assert (await bills_of_materials_by_id(tx, [bill.id]))[bill.id] == bill
            return [
                (line.sku, line.quantity_in_stock_unit) for line in (await components_by_bill(tx, [bill.id]))[bill.id]
            ]

    assert await lines() == [("Z", Decimal("0.001")), ("BREAD", Decimal("0.05")), ("A", Decimal(1))]
    async with tenant.database.transaction(tenant.actor) as tx:
        await tx.raw.execute("DELETE FROM unit_bridges WHERE tenant_id = $1 AND item_id = $2", tenant.id, loaf.id)
    assert await lines() == [("Z", Decimal("0.001")), ("BREAD", None), ("A", Decimal(1))]


async def test_does_not_read_another_tenants(tenant: GivenTenant, database: CountingDatabase) -> None:
    """Ids alone open nothing."""
    await given_item(tenant, "MILK", unit="LITRE")
    latte, bill = await given_recipe(tenant, "LATTE", component("MILK", "1"))
    stranger = tenant.actor_with()
    object.__setattr__(stranger, "tenant_id", bill.id)
    async with database.read(stranger) as tx:
        assert await bills_of_materials_by_item(tx, [(latte.id, None)]) == {}
        assert await bills_of_materials_by_id(tx, [bill.id]) == {}
        assert await components_by_bill(tx, [bill.id]) == {}
