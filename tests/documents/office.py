"""An office in which many do at random what they may: order, receive, reverse, ship, arrive, lose, call back, reserve, sell."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from tests.given.purchases import given_order, wanted
from tests.given.transfers import STORE, going, step_input
from tests.graph import GraphClient

CLERKS = 8
OPEN_MAX = 6
"""How many orders and how many transfers are under way at once: few, so that the clerks meet on them."""
RECENT_MAX = 40
"""Of how many receipts and reservations the last are looked at again."""
PLAIN = ("TEA", "RICE")
MILK = "MILK"
SKUS = (*PLAIN, MILK)
LOTS = ("L1", "L2", "L3")
PLACES = ("MAIN", STORE)
DISPOSITIONS = ("ACCEPTED", "ACCEPTED", "ACCEPTED", "QUARANTINED", "DAMAGED", "REJECTED")
CONDITIONS = ("GOOD", "GOOD", "GOOD", "DAMAGED", "QUARANTINED", "MISSING")
EXPECTED = frozenset(
    {"INVALID_TRANSITION", "ALREADY_RESOLVED", "INSUFFICIENT_STOCK", "INVALID_INPUT", "LOT_NOT_ELIGIBLE", "NOT_FOUND"}
)
"""What a step may be refused with: another was first, what came is gone, nothing is left, or it was too much."""
_TRANSFER = "transfer { id version status lines(first: 3) { nodes { id parcels { lot { code } inTransit } } } }"
_RESERVATION = "reservation { id lines { id reserved } }"

Step: TypeAlias = Callable[[], Awaitable[None]]


class Office:
    """``done`` counts the steps that were taken, ``refused`` those that were not, each by its mutation; ``orders`` are all that were
    ever sent."""

    def __init__(self, graph: GraphClient, chance: Random) -> None:
        self.graph = graph
        self.chance = chance
        self.done: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self.orders: list[dict[str, Any]] = []
        self._open_orders: list[dict[str, Any]] = []
        self._open_transfers: list[dict[str, Any]] = []
        self._receipts: list[str] = []
        self._held: list[dict[str, Any]] = []
        self._sold: list[str] = []
        self._weights: dict[Step, int] = {
            self._receive: 26, self._receive_twice: 4, self._reverse: 6, self._end_order: 3, self._ship: 16, self._arrive: 22,
            self._call_back: 3, self._reserve: 12, self._resolve: 10, self._sell: 5, self._take_back: 3,
        }  # fmt: skip

    @property
    def steps(self) -> int:
        """How many were tried so far."""
        return self.done.total() + self.refused.total()

    async def work(self, until: int) -> None:
        """Until so many steps were tried, by all clerks together."""

        async def clerk() -> None:
            while self.steps < until:
                (step,) = self.chance.choices(list(self._weights), list(self._weights.values()))
                await step()

        await asyncio.gather(*(clerk() for _ in range(CLERKS)))

    async def end(self) -> None:
        """Call back what is on its way, give back what is held."""
        for transfer in self._open_transfers:
            await self._send("cancelTransfer", step_input("cancelTransfer", transfer))
        for reservation in self._held:
            await self._send("releaseReservation", {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"]})

    # ------------------------------------------------------------ orders and receipts
    async def _order(self) -> dict[str, Any]:
        return await self._new_order() if len(self._open_orders) < OPEN_MAX else self.chance.choice(self._open_orders)

    async def _new_order(self) -> dict[str, Any]:
        lines = [wanted(sku, 30, self.chance.choice((3, "4.5", "5.3333"))) for sku in SKUS]
        order = await given_order(self.graph, *lines, status="SENT", warehouse={"code": self.chance.choice(PLACES)})
        self.done.update(f"{step}PurchaseOrder" for step in ("create", "submit", "approve", "send"))
        self.orders.append(order)
        self._open_orders.append(order)
        return order

    def _receipt_of(self, order: Mapping[str, Any]) -> dict[str, Any]:
        lines = []
        for _ in range(self.chance.randint(1, 3)):
            line = self.chance.choice(order["lines"]["nodes"])
            given = {
                "lineId": line["id"],
                "quantity": str(self.chance.randint(1, 4)),
                "disposition": self.chance.choice(DISPOSITIONS),
            }
            if line["variant"]["sku"] == MILK:
                given["lotCode"] = self.chance.choice(LOTS)
            lines.append(given)
        return {"idempotencyKey": uuid4().hex, "purchaseOrderId": order["id"], "lines": lines}

    async def _receive(self) -> None:
        await self._receive_of(await self._order())

    async def _receive_of(self, order: Mapping[str, Any]) -> None:
        await self._received(await self._send("receivePurchaseOrder", self._receipt_of(order), "goodsReceipt { id }"))

    async def _receive_twice(self) -> None:
        """The same delivery is told by two at once."""
        given = self._receipt_of(await self._order())
        answers = await asyncio.gather(
            *(self.graph.payload("receivePurchaseOrder", given, "goodsReceipt { id }") for _ in range(2))
        )
        found = [each for each in answers if each["goodsReceipt"] is not None]
        assert len({each["goodsReceipt"]["id"] for each in found}) <= 1
        assert sorted(each["replayed"] for each in found) in ([], [False], [False, True])
        if found:
            self.done["receivePurchaseOrder"] += 1
            await self._received(found[0])

    async def _received(self, payload: Mapping[str, Any]) -> None:
        if payload["goodsReceipt"] is not None:
            self._receipts.append(payload["goodsReceipt"]["id"])
            del self._receipts[:-RECENT_MAX]

    async def _reverse(self) -> None:
        if self._receipts:
            given = {"goodsReceiptId": self.chance.choice(self._receipts), "reason": "Miscounted"}
            await self._send("reverseGoodsReceipt", {"idempotencyKey": uuid4().hex, **given})

    async def _end_order(self) -> None:
        """One is closed while others receive it; one that is new is given up at the very moment at which it comes."""
        if self.chance.random() < 0.5:
            order = await self._order()
            payload = await self._send("closePurchaseOrder", {"purchaseOrderId": order["id"]})
        else:
            order = await self._new_order()
            receiving = asyncio.create_task(self._receive_of(order))
            if self.chance.random() < 0.5:
                await asyncio.sleep(0)
            payload = await self._send("cancelPurchaseOrder", {"purchaseOrderId": order["id"]})
            await receiving
        if not payload["errors"] and order in self._open_orders:
            self._open_orders.remove(order)

    # ------------------------------------------------------------ transfers
    async def _transfer(self) -> dict[str, Any]:
        if len(self._open_transfers) < OPEN_MAX:
            source, target = self.chance.sample(PLACES, 2)
            skus = self.chance.sample(SKUS, self.chance.randint(1, 3))
            given: dict[str, Any] = {
                "fromWarehouse": {"code": source},
                "toWarehouse": {"code": target},
                "lines": [going(sku, self.chance.randint(3, 12)) for sku in skus],
            }
            transfer: dict[str, Any] = (await self.graph.accepted("createTransfer", given, _TRANSFER))["transfer"]
            for step in ("submitTransfer", "approveTransfer"):
                transfer = (await self.graph.accepted(step, {"transferId": transfer["id"]}, _TRANSFER))["transfer"]
            self.done.update(f"{step}Transfer" for step in ("create", "submit", "approve"))
            self._open_transfers.append(transfer)
            return transfer
        return self.chance.choice(self._open_transfers)

    async def _step_of_transfer(self, step: str, fields: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        transfer = await self._transfer()
        payload = await self._send(step, step_input(step, transfer, **fields(transfer)), _TRANSFER)
        after = payload["transfer"]
        if after is None:
            # Another was first, or nothing of it is there: the clerk looks at another one.
            if any(error["code"] == "INVALID_TRANSITION" for error in payload["errors"]):
                self._forget(transfer["id"])
            return
        for position, each in enumerate(self._open_transfers):
            if each["id"] == after["id"] and each["version"] < after["version"]:
                self._open_transfers[position] = after
        if after["status"] in ("COMPLETED", "CANCELLED"):
            self._forget(after["id"])

    def _forget(self, transfer_id: str) -> None:
        """No longer looked at; one that is on its way stays on its way."""
        self._open_transfers = [
            each
            for each in self._open_transfers
            if each["id"] != transfer_id or each["status"] not in ("APPROVED", "COMPLETED", "CANCELLED")
        ]

    async def _ship(self) -> None:
        await self._step_of_transfer("shipTransfer", lambda _: {"remainder": self.chance.choice(("KEEP", "DROP"))})

    async def _arrive(self) -> None:
        condition = self.chance.choice(CONDITIONS)

        def lines(transfer: dict[str, Any]) -> dict[str, Any]:
            found = []
            for line in transfer["lines"]["nodes"]:
                parcels = [each for each in line["parcels"] if each["inTransit"] != "0"]
                if not parcels:
                    continue
                parcel = self.chance.choice(parcels)
                there = int(parcel["inTransit"])
                quantity = there + 1 if self.chance.random() < 0.1 else self.chance.randint(1, min(there, 4))
                given = {"lineId": line["id"], "quantity": str(quantity), "condition": condition, "reason": "OTHER"}
                if parcel["lot"] is not None:
                    given["lotCode"] = parcel["lot"]["code"]
                found.append(given)
            return {"lines": found or None}

        await self._step_of_transfer("receiveTransfer", lines)

    async def _call_back(self) -> None:
        await self._step_of_transfer("cancelTransfer", lambda _: {})

    # ------------------------------------------------------------ reservations and sales
    def _sale(self) -> dict[str, Any]:
        line = {"sku": self.chance.choice(SKUS), "quantity": str(self.chance.randint(1, 4))}
        return {"idempotencyKey": uuid4().hex, "warehouse": {"code": self.chance.choice(PLACES)}, "lines": [line]}

    async def _reserve(self) -> None:
        payload = await self._send(
            "reserveStock", {"orderId": str(UUID(int=self.chance.getrandbits(122))), **self._sale()}, _RESERVATION
        )
        if payload["reservation"] is not None:
            self._held.append(payload["reservation"])
            for forgotten in self._held[:-RECENT_MAX]:
                await self._release(forgotten)

    async def _release(self, reservation: Mapping[str, Any]) -> None:
        given = {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"]}
        await self._send("releaseReservation", given)
        self._held = [each for each in self._held if each["id"] != reservation["id"]]

    async def _resolve(self) -> None:
        """Issued in full or in part, or given back; two may do it at once."""
        if not self._held:
            return
        reservation = self.chance.choice(self._held)
        if self.chance.random() < 0.3:
            await self._release(reservation)
            return
        given: dict[str, Any] = {"idempotencyKey": uuid4().hex, "reservationId": reservation["id"]}
        if self.chance.random() < 0.3:
            given |= {"lines": [{"lineId": reservation["lines"][0]["id"], "quantity": "1"}], "remainder": "KEEP"}
        payload = await self._send("commitReservation", given)
        if "lines" not in given or payload["errors"]:
            self._held = [each for each in self._held if each["id"] != reservation["id"]]

    async def _sell(self) -> None:
        order_id = str(UUID(int=self.chance.getrandbits(122)))
        payload = await self._send("consumeStock", {"orderId": order_id, **self._sale()})
        if not payload["errors"]:
            self._sold.append(order_id)
            del self._sold[:-RECENT_MAX]

    async def _take_back(self) -> None:
        if self._sold:
            given = {"idempotencyKey": uuid4().hex, "orderId": self.chance.choice(self._sold), "reason": "Returned"}
            await self._send("reverseConsumption", given)

    async def _send(self, mutation: str, given: Mapping[str, Any], select: str = "") -> dict[str, Any]:
        payload = await self.graph.payload(mutation, given, select)
        for error in payload["errors"]:
            assert error["code"] in EXPECTED, (mutation, given, error)
            self.refused[mutation, error["code"]] += 1
        if not payload["errors"]:
            self.done[mutation] += 1
        return payload
