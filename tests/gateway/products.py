"""The products of Apollo's compatibility suite, which every subgraph that wants to pass it must serve.

The schema is the suite's, the classes are made as the service's own are: entities resolve in batches, and everything goes
through the service's schema, executor and endpoint. It exports what a resolver module exports.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from strawberry.federation.schema_directives import Override, Provides, Requires
from strawberry.federation.types import FieldSet
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from resolvers.context import Info
from resolvers.kit import field

Representations = Sequence[Mapping[str, Any]]

EMAIL = "support@apollographql.com"
CREATED, YEARS = 1337, 10
_NAMES = {EMAIL: "Jane Smith"}
_STUDIES = {"1234": "Federation Study", "1235": "Studio Study"}
_OLD = ("apollo-federation-v1", "@apollo/federation-v1")


@strawberry.federation.schema_directive(
    locations=[Location.OBJECT], name="custom", compose=True, import_url="https://myspecs.dev/myCustomDirective/v1.0"
)
class Custom:
    pass


@strawberry.federation.type(keys=["email"])
class User:
    email: strawberry.ID
    total_products_created: int | None = strawberry.federation.field(external=True)
    years_of_employment: int = strawberry.federation.field(external=True)

    @field(
        description="By what users knows.",
        directives=[Requires(fields=FieldSet("totalProductsCreated yearsOfEmployment"))],
    )
    def average_products_created_per_year(self) -> int | None:
        return round((self.total_products_created or 0) / self.years_of_employment)

    @field(description="Ours now.", directives=[Override(override_from="users")])
    def name(self) -> str | None:
        return _NAMES.get(self.email)

    @classmethod
    def known(cls) -> "User":
        return cls(email=strawberry.ID(EMAIL), total_products_created=CREATED, years_of_employment=YEARS)

    @classmethod
    async def resolve_references(cls, _info: Info, representations: Representations) -> list["User | None"]:
        return [
            cls(
                email=strawberry.ID(each["email"]),
                total_products_created=each.get("totalProductsCreated", CREATED),
                years_of_employment=each.get("yearsOfEmployment", YEARS),
            )
            if each["email"] in _NAMES
            else None
            for each in representations
        ]


@strawberry.type
class CaseStudy:
    case_number: strawberry.ID
    description: str | None


@strawberry.federation.type(keys=["study { caseNumber }"])
class ProductResearch:
    study: CaseStudy
    outcome: str | None = None

    @classmethod
    def of(cls, number: str) -> "ProductResearch | None":
        if number not in _STUDIES:
            return None
        return cls(study=CaseStudy(case_number=strawberry.ID(number), description=_STUDIES[number]))

    @classmethod
    async def resolve_references(cls, _info: Info, representations: Representations) -> list["ProductResearch | None"]:
        return [cls.of(each["study"]["caseNumber"]) for each in representations]


@strawberry.type
class ProductVariation:
    id: strawberry.ID


@strawberry.federation.type(shareable=True)
class ProductDimension:
    size: str | None
    weight: float | None
    unit: str | None = strawberry.federation.field(inaccessible=True)


@strawberry.federation.type(keys=["id", "sku package", "sku variation { id }"], directives=[Custom()])
class Product:
    id: strawberry.ID
    sku: str | None
    package: str | None
    study: strawberry.Private[str]
    variation_id: strawberry.Private[str]
    notes: str | None = strawberry.federation.field(default=None, tags=["internal"])

    @field(description="Which of several.")
    def variation(self) -> ProductVariation | None:
        return ProductVariation(id=strawberry.ID(self.variation_id))

    @field(description="Its size.")
    def dimensions(self) -> ProductDimension | None:
        return ProductDimension(size="small", weight=1, unit="kg")

    @field(description="By whom.", directives=[Provides(fields=FieldSet("totalProductsCreated"))])
    def created_by(self) -> User | None:
        return User.known()

    @field(description="What was found out about it.")
    def research(self) -> list[ProductResearch]:
        found = ProductResearch.of(self.study)
        return [found] if found is not None else []

    def is_meant(self, reference: Mapping[str, Any]) -> bool:
        """Whether the reference names this one, by whichever of the keys."""
        if "id" in reference:
            return bool(reference["id"] == self.id)
        if reference["sku"] != self.sku:
            return False
        if "package" in reference:
            return bool(reference["package"] == self.package)
        return bool(reference["variation"]["id"] == self.variation_id)

    @classmethod
    async def resolve_references(cls, _info: Info, representations: Representations) -> list["Product | None"]:
        return [next((each for each in PRODUCTS if each.is_meant(given)), None) for given in representations]


PRODUCTS = (
    Product(
        id=strawberry.ID("apollo-federation"),
        sku="federation",
        package="@apollo/federation",
        study="1234",
        variation_id="OSS",
    ),
    Product(id=strawberry.ID("apollo-studio"), sku="studio", package="", study="1235", variation_id="platform"),
)


@strawberry.federation.type(keys=["sku package"])
class DeprecatedProduct:
    sku: str
    package: str
    reason: str | None
    created_by: User | None

    @classmethod
    def of(cls, sku: str, package: str) -> "DeprecatedProduct | None":
        if (sku, package) != _OLD:
            return None
        return cls(sku=sku, package=package, reason="Migrate to Federation V2", created_by=User.known())

    @classmethod
    async def resolve_references(
        cls, _info: Info, representations: Representations
    ) -> list["DeprecatedProduct | None"]:
        return [cls.of(each["sku"], each["package"]) for each in representations]


@strawberry.federation.interface_object(keys=["id"])
class Inventory:
    id: strawberry.ID

    @field(description="What is no longer sold.")
    def deprecated_products(self) -> list[DeprecatedProduct]:
        found = DeprecatedProduct.of(*_OLD)
        return [found] if found is not None else []

    @classmethod
    async def resolve_references(cls, _info: Info, representations: Representations) -> list["Inventory"]:
        return [cls(id=each["id"]) for each in representations]


@field(description="One of two.")
def product(id: strawberry.ID) -> Product | None:  # noqa: A002 - the argument's name in the schema
    return next((each for each in PRODUCTS if each.id == id), None)


def _deprecated_product(sku: str, package: str) -> DeprecatedProduct | None:
    return DeprecatedProduct.of(sku, package)


queries = [
    product,
    strawberry.field(_deprecated_product, name="deprecatedProduct", deprecation_reason="Use product query instead"),
]
mutations: list[StrawberryField] = []
types: list[type] = [Inventory]
