"""The tree of categories."""

from typing import Annotated, cast

import strawberry

from inventory_graph.db import Transaction
from inventory_graph.masterdata import categories as verbs
from inventory_graph.masterdata.categories import (
    CategoryChanges,
    categories_by_id,
    categories_by_parent,
    categories_by_slug,
    root_categories,
)
from inventory_graph.masterdata.records import CategoryRecord
from resolvers.context import Info
from resolvers.costing import CostingMethod
from resolvers.federation import usually
from resolvers.inputs import KEY_DESCRIPTION, changes_of, word_of, write_once
from resolvers.kit import Payload, field, mutation, present, presents

VIEW = "inventory.categories.view"
ADD = "inventory.categories.add"
CHANGE = "inventory.categories.change"


@presents(CategoryRecord)
@strawberry.type(description="A node of the category tree.")
class Category:
    id: strawberry.ID = strawberry.field(description="Unique for ever.")
    slug: str = strawberry.field(description="Its readable key, unique in the tenant, such as hot-beverages.")
    name: str = strawberry.field(description="For people.")
    code: str | None = strawberry.field(description="A short code for labels and reports; null for none.")
    position: int = strawberry.field(description="Orders it among its siblings, the lowest first; equals go by name.")
    costing_method: CostingMethod | None = strawberry.field(
        description="How the cost of what leaves of its items is found; null where the next category above that says it decides, or the"
        " tenant's setting."
    )
    record: strawberry.Private[CategoryRecord]

    @classmethod
    def of(cls, record: CategoryRecord) -> "Category":
        """The category of a record."""
        return cls(
            id=strawberry.ID(str(record.id)),
            slug=record.slug,
            name=record.name,
            code=record.code,
            position=record.position,
            costing_method=CostingMethod(record.costing_method) if record.costing_method is not None else None,
            record=record,
        )

    @field(description="The category it lies below; null for a root.")
    async def parent(self, info: Info) -> "Category | None":
        if self.record.parent_id is None:
            return None
        parent: Category | None = present(await info.context.load(categories_by_id, self.record.parent_id))
        return parent

    @field(description="The categories directly below it, in their order.", directives=[usually(10)])
    async def children(self, info: Info) -> list["Category"]:
        return [Category.of(record) for record in await info.context.load(categories_by_parent, self.record.id) or ()]


@field(
    description="The roots of the category tree, in their order; ask each for its children as deep as you need.",
    directives=[usually(10)],
)
async def categories(info: Info) -> list[Category]:
    info.context.require(VIEW)
    return [Category.of(record) for record in await info.context.read(root_categories)]


@field(description="A category by its slug; null for an unknown one.")
async def category(
    info: Info, slug: Annotated[str, strawberry.argument(description="The category's slug.")]
) -> Category | None:
    info.context.require(VIEW)
    found: Category | None = present(await info.context.load(categories_by_slug, slug))
    return found


@strawberry.type(description="What became of a category.")
class CategoryPayload(Payload):
    category: Category | None = strawberry.field(default=None, description="The category; null when refused.")


@strawberry.input(description="A category to be added.")
class CreateCategoryInput:
    slug: str = strawberry.field(
        description="Its readable key, unique in the tenant: a to z and 0 to 9 joined by single hyphens, up to 100. It never"
        " changes."
    )
    name: str = strawberry.field(description="For people, up to 255 characters.")
    code: str | None = strawberry.field(default=None, description="A short code, up to 32 characters.")
    parent_slug: str | None = strawberry.field(
        default=None, description="The category it lies below; a root if left out. The tree has at most 12 levels."
    )
    position: int = strawberry.field(
        default=0, description="Orders it among its siblings, the lowest first; 0 to 1,000,000."
    )
    costing_method: CostingMethod | None = strawberry.field(
        default=None, description="The costing method of its items and of what lies below it; inherited if left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY_DESCRIPTION)


@strawberry.input(description="Changes of a category; what is left out stays.")
class UpdateCategoryInput:
    slug: str = strawberry.field(description="Which category.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="For people, up to 255 characters.")
    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="A short code, up to 32 characters; null for none."
    )
    parent_slug: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The category to move it below, with all that lies below it; null makes it a root.",
    )
    position: int | None = strawberry.field(
        default=strawberry.UNSET, description="Orders it among its siblings, the lowest first; 0 to 1,000,000."
    )
    costing_method: CostingMethod | None = strawberry.field(
        default=strawberry.UNSET,
        description="The costing method of its items and of what lies below it, from the next movement of each on; null inherits it.",
    )


@mutation
async def create_category(info: Info, input: CreateCategoryInput) -> CategoryPayload:
    """Add a category to the tree. Emits inventory.category.created."""
    info.context.require(ADD)

    async def verb(tx: Transaction) -> CategoryRecord:
        return await verbs.create_category(
            tx,
            slug=input.slug,
            name=input.name,
            code=input.code,
            parent_slug=input.parent_slug,
            position=input.position,
            costing_method=word_of(input.costing_method) if input.costing_method is not None else None,
        )

    record, replayed = await write_once(info, input, operation="createCategory", verb=verb, load=categories_by_id)
    return CategoryPayload(category=Category.of(record), replayed=replayed)


@mutation
async def update_category(info: Info, input: UpdateCategoryInput) -> CategoryPayload:
    """Rename, move or reorder a category. A move below itself is refused. Emits inventory.category.updated."""
    info.context.require(CHANGE)
    changes = cast(
        "CategoryChanges",
        changes_of(
            input,
            names=("name", "code", "parent_slug", "position", "costing_method"),
            may_be_null=("code", "parent_slug", "costing_method"),
        ),
    )
    record = await info.context.write(lambda tx: verbs.update_category(tx, slug=input.slug, **changes))
    return CategoryPayload(category=Category.of(record))


queries = [categories, category]
mutations = [create_category, update_category]
types: list[type] = []
