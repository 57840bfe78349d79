"""Inline traces: how long each field took, for the router that asks for it with the request.

Apollo's routers ask by the header ``apollo-federation-include-trace: ftv1`` and find the trace in the answer's extensions, as
a protocol buffer (the message ``Trace`` of Apollo's usage reports) in base64. Nothing is measured unless it is asked for, and
nobody but the router gets it: a trace tells what an answer cost inside.
"""

import base64
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolvers.execution import InventoryExecutor, executor_class
from resolvers.plans import OperationPlan

HEADER = b"apollo-federation-include-trace"
ASKED = b"ftv1"
EXTENSION = "ftv1"
NODES_MAX = 10_000
"""How many fields and list items one trace tells of; what comes after is left out."""

_VARINT, _BYTES = 0, 2
_Place = tuple[str | int, ...]


@dataclass(slots=True)
class TraceNode:
    """A field of the answer, or an item of a list. Times are nanoseconds since the operation began."""

    key: str | int
    parent_type: str = ""
    field_name: str = ""
    type: str = ""
    begins: int = 0
    ends: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    children: list["TraceNode"] = field(default_factory=list)

    def encode(self) -> bytes:
        """The message ``Trace.Node``."""
        return b"".join(self._parts())

    def _parts(self) -> Iterator[bytes]:
        if isinstance(self.key, int):
            yield _number(2, self.key)
        elif self.key:
            yield _text(1, self.key)
        if self.field_name:
            yield _text(3, self.type)
            yield _text(13, self.parent_type)
            yield _number(8, self.begins)
            yield _number(9, self.ends)
            if self.field_name != self.key:
                yield _text(14, self.field_name)
        yield from (_message(11, _error(error)) for error in self.errors)
        yield from (_message(12, child.encode()) for child in self.children)


class Trace:
    """What one operation did, and when. ``is_begun`` once it runs for a caller who may know."""

    def __init__(self) -> None:
        self.is_begun = False
        self._began_at = time.time_ns()
        self._began = time.perf_counter_ns()
        self._root = TraceNode("")
        self._nodes: dict[_Place, TraceNode] = {(): self._root}

    def executor(self, plan: OperationPlan, **options: Any) -> InventoryExecutor:
        """What runs the operation: a measuring executor for the router, the usual one for anybody else."""
        if not options["context_value"].is_router:
            return InventoryExecutor(plan, **options)
        self.is_begun = True
        return TracedExecutor(self, plan, **options)

    def begin(self, parent_type: GraphQLObjectType, details: FieldDetailsList, path: Path) -> TraceNode | None:
        """The node of a field whose resolver is about to be called; None where there are too many."""
        node = self._node_at(tuple(path.as_list()))
        if node is not None:
            name = details[0].node.name.value
            definition = parent_type.fields.get(name)
            node.field_name, node.parent_type = name, parent_type.name
            node.type = str(definition.type) if definition is not None else "String!"
            node.begins = self._elapsed()
        return node

    def end(self, path: Path) -> None:
        """Note when the field's value was there; what is below it takes its own time."""
        node = self._nodes.get(tuple(path.as_list()))
        if node is not None and node.field_name and not node.ends:
            node.ends = self._elapsed()

    def encode(self, errors: list[dict[str, Any]]) -> str:
        """The trace with the errors as the caller sees them, in base64."""
        for error in errors:
            node = self._nodes.get(tuple(error.get("path") or ()), self._root)
            node.errors.append(error)
        duration = self._elapsed()
        parts = (
            _message(4, _timestamp(self._began_at)),
            _message(3, _timestamp(self._began_at + duration)),
            _number(11, duration),
            _message(14, self._root.encode()),
        )
        return base64.b64encode(b"".join(parts)).decode()

    def _node_at(self, place: _Place) -> TraceNode | None:
        known = self._nodes.get(place)
        if known is not None:
            return known
        if len(self._nodes) >= NODES_MAX:
            return None
        parent = self._node_at(place[:-1])
        if parent is None:
            return None
        node = self._nodes[place] = TraceNode(place[-1])
        parent.children.append(node)
        return node

    def _elapsed(self) -> int:
        return time.perf_counter_ns() - self._began


class TracedExecutor(InventoryExecutor):
    """Executes every field by itself, and notes when it was asked and when it had its value."""

    reads_rows = False

    def __init__(self, trace: Trace, plan: OperationPlan, **options: Any) -> None:
        super().__init__(plan, **options)
        self._trace = trace

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: None,
    ) -> Any:
        self._trace.begin(parent_type, field_details_list, path)
        try:
            result = super().execute_field(parent_type, source, field_details_list, path, position_context)
        except Exception:
            self._trace.end(path)
            raise
        if self.is_awaitable(result):
            return self._ended(path, result)
        self._trace.end(path)
        return result

    async def _ended(self, path: Path, result: Awaitable[Any]) -> Any:
        try:
            return await result
        finally:
            self._trace.end(path)

    def complete_value(self, return_type: Any, details: Any, info: Any, path: Path, result: Any, context: Any) -> Any:
        self._trace.end(path)
        return super().complete_value(return_type, details, info, path, result, context)


class TracedEndpoint:
    """The endpoint, which puts a trace into the answers to whoever asks for one and may have it."""

    def __init__(self, endpoint: ASGIApp) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (HEADER, ASKED) not in scope["headers"]:
            await self._endpoint(scope, receive, send)
            return
        trace = Trace()
        token = executor_class.set(trace.executor)
        try:
            await self._endpoint(scope, receive, _TracedAnswer(trace, send))
        finally:
            executor_class.reset(token)


class _TracedAnswer:
    """Holds the beginning of an answer back until its body, and with it its length, is known."""

    def __init__(self, trace: Trace, send: Send) -> None:
        self._trace = trace
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            if self._trace.is_begun and message["type"] == "http.response.body" and not message.get("more_body"):
                message = {**message, "body": _with_trace(message["body"], self._trace)}
                length = (b"content-length", str(len(message["body"])).encode())
                start = {**start, "headers": [*(each for each in start["headers"] if each[0] != length[0]), length]}
            await self._send(start)
        await self._send(message)


def _with_trace(body: bytes, trace: Trace) -> bytes:
    answer = orjson.loads(body)
    encoded = trace.encode(answer.get("errors") or [])
    return orjson.dumps({**answer, "extensions": {**(answer.get("extensions") or {}), EXTENSION: encoded}})


def _error(error: dict[str, Any]) -> bytes:
    locations = (_message(2, _number(1, at["line"]) + _number(2, at["column"])) for at in error.get("locations") or ())
    return b"".join((_text(1, error["message"]), *locations, _message(4, orjson.dumps(error))))


def _timestamp(nanoseconds: int) -> bytes:
    return _number(1, nanoseconds // 10**9) + _number(2, nanoseconds % 10**9)


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3 | _VARINT) + _varint(value)


def _text(tag: int, value: str) -> bytes:
    return _message(tag, value.encode())


def _message(tag: int, content: bytes) -> bytes:
    return _varint(tag << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
