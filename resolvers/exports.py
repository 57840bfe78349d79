"""Lists as CSV: a link to each, or the file itself."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from inventory_graph.errors import LimitExceeded, Refusal
from inventory_graph.printing.links import ListLink
from inventory_graph.printing.listings import ListKey
from inventory_graph.printing.lists import list_key, list_name, list_pages, row_count
from inventory_graph.printing.paper import MEDIA_TYPES
from resolvers.authorization import permissions_for
from resolvers.context import Info
from resolvers.export_filters import EXPORTED, ExportInput
from resolvers.federation import cost
from resolvers.kit import field
from resolvers.printing import FILE_POINTS, INLINE_BYTES_MAX
from resolvers.scalars import DateTime

COUNT_POINTS = 100
"""Up to a hundred thousand rows are counted."""


@strawberry.type(description="A list as a file: CSV (RFC 4180, UTF-8).")
class Export:
    url: str | None = strawberry.field(
        description="Where the file is: whoever has the address gets it, without a credential, until `expiresAt`, with what the list has"
        " when it is fetched. A path of this service where INVENTORY_PUBLIC_URL is not set; null where the service makes no links, and"
        " for a filter that is too long for one."
    )
    file_name: str = strawberry.field(description="What the file is called, such as purchase-orders-2026-11-28.csv.")
    media_type: str = strawberry.field(description="What the file is: text/csv.")
    expires_at: DateTime | None = strawberry.field(description="Until when the link is good; null without one.")
    row_count: int = strawberry.field(description="How many rows the list has now, without its heading.")
    key: strawberry.Private[ListKey]

    @field(
        description="The file itself in base64, for those who cannot follow links; at most 4 MiB of it.",
        directives=[cost(FILE_POINTS)],
    )
    async def bytes(self, info: Info) -> str:
        content = bytearray()
        async for page in list_pages(info.context.read, key=self.key):
            content += page
            if len(content) > INLINE_BYTES_MAX:
                raise LimitExceeded(
                    f"{self.file_name} has more than the {INLINE_BYTES_MAX} bytes that can be answered: follow `url`."
                )
        return b64encode(content).decode()


@field(
    description="A list as CSV, up to 100,000 rows, for whoever may see it by the query of the same things. Callers who are bound to"
    " outlets get what is of theirs.",
    directives=[cost(COUNT_POINTS)],
)
async def export(
    info: Info, of: Annotated[ExportInput, strawberry.argument(description="Which list, exactly one.")]
) -> Export:
    actor = info.context.actor
    name, given = next((name, value) for name in EXPORTED if (value := getattr(of, name)))
    exported = EXPORTED[name]
    info.context.require_any(permissions_for(exported.shown_by))
    try:
        conditions = await exported.conditions(info, given)
    except Refusal as refusal:
        # The filter is said where it stands in this query.
        refusal.path = ("of", name, *refusal.path[1:])
        raise
    key = list_key(exported.kind, conditions, outlet_ids=actor.outlet_ids, path=("of", name))
    rows = await info.context.read(lambda tx: row_count(tx, key=key))
    now = datetime.now(UTC)
    file_name = list_name(key, now=now)
    link = ListLink(tenant_id=actor.tenant_id, subject=actor.subject, key=key)
    signed = info.context.desk.links.sign(link, file_name=file_name, now=now)
    return Export(
        url=signed.url if signed is not None else None,
        file_name=file_name,
        media_type=MEDIA_TYPES["CSV"],
        expires_at=DateTime(signed.expires_at) if signed is not None else None,
        row_count=rows,
        key=key,
    )


queries: list[StrawberryField] = [export]
mutations: list[StrawberryField] = []
types: list[type] = []
