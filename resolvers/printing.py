"""Documents as files: a link to each, or the file itself."""

from base64 import b64encode
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, TypeAlias, cast

import strawberry
from strawberry import enum_value

from inventory_graph.errors import LimitExceeded
from inventory_graph.printing.links import Link
from inventory_graph.printing.paper import MEDIA_TYPES, DocumentKey, Form
from inventory_graph.printing.papers import Printed, file_name_of, key_of, paper_of
from resolvers.context import Info
from resolvers.federation import cost
from resolvers.kit import field
from resolvers.scalars import DateTime

INLINE_BYTES_MAX = 4 * 1024 * 1024
FILE_POINTS = 1_000
"""A file is read whole and takes up to some seconds of computation. No operation may ask for more of them than the desk has room for."""


@strawberry.enum(description="What a document is handed out as.")
class DocumentFormat(Enum):
    PDF = enum_value("PDF", description="To print: A4, with bar codes.")
    CSV = enum_value("CSV", description="Its lines for a spreadsheet: RFC 4180, UTF-8.")


@strawberry.type(description="A document as a file. It shows the version that the answer shows.")
class Document:
    url: str | None = strawberry.field(
        description="Where the file is: whoever has the address gets it, without a credential, until `expiresAt` or until the document is"
        " changed. A path of this service where INVENTORY_PUBLIC_URL is not set; null where the service makes no links."
    )
    file_name: str = strawberry.field(description="What the file is called, such as PO-000042.pdf.")
    media_type: str = strawberry.field(description="What the file is, such as application/pdf.")
    expires_at: DateTime | None = strawberry.field(description="Until when the link is good; null without one.")
    key: strawberry.Private[DocumentKey]
    form: strawberry.Private[Form]

    @field(
        description="The file itself in base64, for those who cannot follow links; at most 4 MiB of it.",
        directives=[cost(FILE_POINTS)],
    )
    async def bytes(self, info: Info) -> str:
        paper = await info.context.read(lambda tx: paper_of(tx, document=self.key))
        made = await info.context.desk.file_of(paper, form=self.form)
        if len(made.content) > INLINE_BYTES_MAX:
            raise LimitExceeded(
                f"{made.name} has {len(made.content)} bytes where {INLINE_BYTES_MAX} can be answered: follow `url`, or take the CSV."
            )
        return b64encode(made.content).decode()


Format: TypeAlias = Annotated[DocumentFormat, strawberry.argument(description="What it is handed out as.")]


def document_of(info: Info, record: Printed, format: DocumentFormat) -> Document:
    """The document of a record that the caller may see."""
    actor = info.context.actor
    key, form = key_of(record), cast("Form", format.name)
    name = file_name_of(record.number, form)
    link = Link(tenant_id=actor.tenant_id, subject=actor.subject, document=key, form=form)
    signed = info.context.desk.links.sign(link, file_name=name, now=datetime.now(UTC))
    return Document(
        url=signed.url if signed is not None else None,
        file_name=name,
        media_type=MEDIA_TYPES[form],
        expires_at=DateTime(signed.expires_at) if signed is not None else None,
        key=key,
        form=form,
    )
