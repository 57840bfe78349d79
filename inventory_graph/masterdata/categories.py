"""Categories: one tree a tenant, its nodes named by slugs."""

import re
from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from inventory_graph.db import Transaction, any_of
from inventory_graph.errors import AlreadyExists, InvalidInput, LimitExceeded, NotFound
from inventory_graph.identity.tenants import lock_tenant
from inventory_graph.masterdata.events import CategoryCreated, CategoryUpdated
from inventory_graph.masterdata.models import Category
from inventory_graph.masterdata.records import CategoryRecord
from inventory_graph.masterdata.texts import NAME_LENGTH_MAX, Path, checked_text, is_storable
from inventory_graph.outbox import emit

CATEGORIES_MAX = 5_000
DEPTH_MAX = 12
SLUG_LENGTH_MAX = 100
CODE_LENGTH_MAX = 32
POSITION_MAX = 1_000_000

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


class CategoryCycle(InvalidInput):
    """A category cannot be moved below itself."""


class CategoryChanges(TypedDict, total=False):
    """What ``update_category`` may change; what is left out stays. A ``parent_slug`` of None makes it a root."""

    name: str
    code: str | None
    parent_slug: str | None
    position: int
    costing_method: str | None


_COLUMNS = (
    Category.id, Category.parent_id, Category.slug, Category.name, Category.code, Category.position, Category.costing_method,
    Category.costing_method_in_force,
)  # fmt: skip
_ORDER = (Category.position, Category.name, Category.id)
_ALL = select(*_COLUMNS).where(Category.tenant_id == bindparam("tenant")).order_by(*_ORDER).limit(CATEGORIES_MAX)
_BY_ID = select(*_COLUMNS).where(
    Category.tenant_id == bindparam("tenant"), Category.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)
_BY_SLUG = select(*_COLUMNS).where(
    Category.tenant_id == bindparam("tenant"), Category.slug == any_(bindparam("slugs", type_=ARRAY(Text)))
)
_BY_PARENT = (
    select(*_COLUMNS)
    .where(Category.tenant_id == bindparam("tenant"), Category.parent_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(*_ORDER)
)
_ROOTS = (
    select(*_COLUMNS).where(Category.tenant_id == bindparam("tenant"), Category.parent_id.is_(None)).order_by(*_ORDER)
)


async def categories_by_id(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, CategoryRecord]:
    """The categories of the ids; unknown ones are left out."""
    return {row["id"]: CategoryRecord(**row) for row in await tx.rows(_BY_ID, tenant=tx.tenant_id, ids=list(keys))}


async def categories_by_slug(tx: Transaction, keys: Sequence[str]) -> Mapping[str, CategoryRecord]:
    """The categories of the slugs; unknown ones are left out."""
    rows = await tx.rows(_BY_SLUG, tenant=tx.tenant_id, slugs=[key for key in keys if is_storable(key)])
    return {row["slug"]: CategoryRecord(**row) for row in rows}


async def categories_by_parent(tx: Transaction, keys: Sequence[UUID]) -> Mapping[UUID, Sequence[CategoryRecord]]:
    """The children of each category in their order; every key is answered."""
    children: dict[UUID, list[CategoryRecord]] = {key: [] for key in keys}
    for row in await tx.rows(_BY_PARENT, tenant=tx.tenant_id, ids=list(keys)):
        children[row["parent_id"]].append(CategoryRecord(**row))
    return children


async def root_categories(tx: Transaction) -> list[CategoryRecord]:
    """The categories without a parent, in their order."""
    return [CategoryRecord(**row) for row in await tx.rows(_ROOTS, tenant=tx.tenant_id)]


async def category_by_slug(tx: Transaction, slug: str, *, path: Path) -> CategoryRecord:
    """The category a caller names; raises ``NotFound`` at the path."""
    found = (await categories_by_slug(tx, [slug])).get(slug)
    if found is None:
        raise NotFound(f"There is no category with the slug {slug[:SLUG_LENGTH_MAX]!r}.", path=path)
    return found


async def create_category(
    tx: Transaction,
    *,
    slug: str,
    name: str,
    code: str | None = None,
    parent_slug: str | None = None,
    position: int = 0,
    costing_method: str | None = None,
) -> CategoryRecord:
    """Add a category to the tree and emit ``inventory.category.created``.

    Raises ``InvalidInput``, ``NotFound`` (parent), ``AlreadyExists`` (slug) and ``LimitExceeded``: a tree has at most 12
    levels and 5,000 nodes.
    """
    if len(slug) > SLUG_LENGTH_MAX or _SLUG.fullmatch(slug) is None:
        raise InvalidInput(
            f"{slug[:40]!r} is not a slug: 1 to {SLUG_LENGTH_MAX} characters a to z and 0 to 9, joined by single hyphens.",
            path=("slug",),
        )
    name = checked_text(name, path=("name",), length_max=NAME_LENGTH_MAX)
    code = _checked_code(code)
    _check_position(position)
    await lock_tenant(tx)
    tree = await _tree(tx)
    if len(tree) >= CATEGORIES_MAX:
        raise LimitExceeded(f"There are {len(tree)} categories already; at most {CATEGORIES_MAX} are kept.")
    if any(category.slug == slug for category in tree.values()):
        raise AlreadyExists(f"There is a category with the slug {slug!r} already.", path=("slug",))
    parent = _parent_in(tree, parent_slug)
    category = CategoryRecord(
        id=uuid4(), parent_id=parent.id if parent else None, slug=slug, name=name, code=code, position=position,
        costing_method=costing_method, costing_method_in_force=_method_in_force(costing_method, parent),
    )  # fmt: skip
    tree[category.id] = category
    path = _path_of(tree, category)
    _check_depth(len(path))
    await tx.run(
        insert(Category).values(
            tenant_id=tx.tenant_id,
            id=category.id,
            parent_id=category.parent_id,
            slug=slug,
            name=name,
            code=code,
            position=position,
            costing_method=costing_method,
            costing_method_in_force=category.costing_method_in_force,
        )
    )
    await emit(tx, CategoryCreated(aggregate_id=category.id, category=category, path=path))
    return category


async def update_category(tx: Transaction, *, slug: str, **changes: Unpack[CategoryChanges]) -> CategoryRecord:
    """Rename, move or reorder a category, what lies below it moving along; emits ``inventory.category.updated``.

    Raises ``InvalidInput``, ``NotFound``, ``CategoryCycle`` for a move below itself, ``LimitExceeded`` for a tree of more
    than 12 levels. Nothing is written or emitted when nothing differs.
    """
    await lock_tenant(tx)
    tree = await _tree(tx)
    before = next((category for category in tree.values() if category.slug == slug), None)
    if before is None:
        raise NotFound(f"There is no category with the slug {slug[:SLUG_LENGTH_MAX]!r}.", path=("slug",))
    parent_id = before.parent_id
    costing_method = changes.get("costing_method", before.costing_method)
    if "parent_slug" in changes:
        parent = _parent_in(tree, changes["parent_slug"])
        if parent is not None and before.slug in _path_of(tree, parent):
            raise CategoryCycle(
                f"{slug!r} cannot be moved below {parent.slug!r}, which is itself or lies below it.",
                path=("parent_slug",),
            )
        parent_id = parent.id if parent is not None else None
    if "position" in changes:
        _check_position(changes["position"])
    after = CategoryRecord(
        id=before.id,
        parent_id=parent_id,
        slug=slug,
        name=checked_text(changes.get("name", before.name), path=("name",), length_max=NAME_LENGTH_MAX),
        code=_checked_code(changes.get("code", before.code)),
        position=changes.get("position", before.position),
        costing_method=costing_method,
        costing_method_in_force=_method_in_force(costing_method, tree[parent_id] if parent_id is not None else None),
    )
    if after == before:
        return before
    height = max(len(_path_of(tree, each)) for each in tree.values() if slug in _path_of(tree, each))
    height -= len(_path_of(tree, before)) - 1
    tree[after.id] = after
    path = _path_of(tree, after)
    _check_depth(len(path) + height - 1)
    await tx.run(
        update(Category)
        .where(Category.tenant_id == tx.tenant_id, Category.id == after.id)
        .values(
            parent_id=after.parent_id, name=after.name, code=after.code, position=after.position,
            costing_method=after.costing_method, costing_method_in_force=after.costing_method_in_force,
        )
    )  # fmt: skip
    await _hand_down_method(tx, tree, after)
    await emit(tx, CategoryUpdated(aggregate_id=after.id, category=after, path=path))
    return after


def _method_in_force(own: str | None, parent: CategoryRecord | None) -> str | None:
    return own if own is not None or parent is None else parent.costing_method_in_force


async def _hand_down_method(tx: Transaction, tree: Mapping[UUID, CategoryRecord], category: CategoryRecord) -> None:
    """What is in force in the category is in force below it, down to those that have a method of their own."""
    children: dict[UUID | None, list[CategoryRecord]] = {}
    for each in tree.values():
        children.setdefault(each.parent_id, []).append(each)
    method, waiting, changed = category.costing_method_in_force, [category.id], []
    while waiting:
        heirs = [each.id for each in children.get(waiting.pop(), ()) if each.costing_method is None]
        changed += [each for each in heirs if tree[each].costing_method_in_force != method]
        waiting += heirs
    if changed:
        await tx.run(
            update(Category)
            .where(Category.tenant_id == tx.tenant_id, any_of(Category.id, changed))
            .values(costing_method_in_force=method)
        )


async def _tree(tx: Transaction) -> dict[UUID, CategoryRecord]:
    """The whole tree, read while the tenant's row is locked: the decision about a move rests on rows nobody else moves."""
    return {row["id"]: CategoryRecord(**row) for row in await tx.rows(_ALL, tenant=tx.tenant_id)}


def _path_of(tree: Mapping[UUID, CategoryRecord], category: CategoryRecord) -> list[str]:
    """The slugs from the root down to the category."""
    slugs = [category.slug]
    while category.parent_id is not None:
        category = tree[category.parent_id]
        slugs.append(category.slug)
    return slugs[::-1]


def _parent_in(tree: Mapping[UUID, CategoryRecord], slug: str | None) -> CategoryRecord | None:
    if slug is None:
        return None
    parent = next((category for category in tree.values() if category.slug == slug), None)
    if parent is None:
        raise NotFound(f"There is no category with the slug {slug[:SLUG_LENGTH_MAX]!r}.", path=("parent_slug",))
    return parent


def _checked_code(code: str | None) -> str | None:
    return None if code is None else checked_text(code, path=("code",), length_max=CODE_LENGTH_MAX)


def _check_position(position: int) -> None:
    if not 0 <= position <= POSITION_MAX:
        raise InvalidInput(f"The position is {position}; it must be 0 to {POSITION_MAX}.", path=("position",))


def _check_depth(levels: int) -> None:
    if levels > DEPTH_MAX:
        raise LimitExceeded(
            f"The tree would have {levels} levels; at most {DEPTH_MAX} are kept.", path=("parent_slug",)
        )
