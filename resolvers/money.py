"""Money as every subgraph of the federation knows it."""

from decimal import Decimal

import strawberry
from strawberry.federation.schema_directives import Shareable

from inventory_graph.errors import InvalidInput
from inventory_graph.quantities import quantity_to_text

AMOUNT_LENGTH_MAX = 30


@strawberry.type(description="An amount of money in one currency.", directives=[Shareable()])
class Money:
    amount: str = strawberry.field(
        description="An exact decimal, such as 12.5; unit costs keep up to 10 fraction digits."
    )
    currency: str = strawberry.field(description="ISO 4217, such as KES.")

    @classmethod
    def of(cls, amount: Decimal | None, currency: str) -> "Money | None":
        """The amount in the currency, None for no amount."""
        return cls.given(amount, currency) if amount is not None else None

    @classmethod
    def given(cls, amount: Decimal, currency: str) -> "Money":
        """The amount in the currency, where there always is one."""
        return cls(amount=quantity_to_text(amount), currency=currency)


@strawberry.input(description="An amount of money in one currency.")
class MoneyInput:
    amount: str = strawberry.field(
        description="An exact decimal with up to 12 integer and 10 fraction digits, such as 12.5."
    )
    currency: str = strawberry.field(description="ISO 4217, such as KES.")

    def value(self, *path: str) -> Decimal:
        """The amount as a decimal; raises ``InvalidInput``."""
        return decimal_of(self.amount, (*path, "amount"), noun="an amount")


def decimal_of(text: str, path: tuple[str, ...], *, noun: str) -> Decimal:
    """A decimal of up to 12 integer and 10 fraction digits; raises ``InvalidInput``, which says that it is not the noun."""
    whole, _, fraction = text.removeprefix("-").partition(".")
    is_number = (
        whole.isdecimal() and whole.isascii() and ((fraction.isdecimal() and fraction.isascii()) or "." not in text)
    )
    if len(text) > AMOUNT_LENGTH_MAX or not is_number or len(whole) > 12 or len(fraction) > 10:
        raise InvalidInput(
            f"{text[:40]!r} is not {noun}: up to 12 integer and 10 fraction digits, such as 12.5.", path=path
        )
    return Decimal(text)
