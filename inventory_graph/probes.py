"""What operators and orchestrators ask a process."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inventory_graph.db import Database
from inventory_graph.errors import Unavailable
from inventory_graph.telemetry import METRICS_CONTENT_TYPE, Metrics

READY_SECONDS_MAX = 2.0

logger = logging.getLogger(__name__)

IsReady = Callable[[], Awaitable[bool]]


class Probes:
    """The answers, at an address each."""

    def __init__(self, *, database: Database, ready: IsReady, metrics: Metrics) -> None:
        self._database = database
        self._ready = ready
        self._metrics = metrics

    async def health(self, _request: Request) -> Response:
        """Whether the event loop turns; nothing else, or a slow database would have every process restarted."""
        return JSONResponse({"status": "alive"})

    async def readiness(self, _request: Request) -> Response:
        """Whether requests can be answered: the database gives a connection, is migrated and seeded."""
        pool = self._database.pool
        connections = {"open": pool.get_size(), "idle": pool.get_idle_size(), "allowed": pool.get_max_size()}
        reason = await self._reason_why_not()
        if reason is None:
            return JSONResponse({"status": "ready", "connections": connections})
        return JSONResponse(
            {"status": "not ready", "reason": reason, "connections": connections}, HTTPStatus.SERVICE_UNAVAILABLE
        )

    async def _reason_why_not(self) -> str | None:
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                is_ready = await self._ready()
        except TimeoutError:
            return f"The database did not answer within {READY_SECONDS_MAX:g} seconds."
        except Unavailable as error:
            return error.message
        except Exception:
            logger.exception("The readiness probe failed.")
            return "The database did not answer; the log says why."
        return None if is_ready else "The database is not migrated to this version, or not seeded."

    async def metrics(self, _request: Request) -> Response:
        """The metrics of this process for Prometheus."""
        return Response(self._metrics.text(), headers={"content-type": METRICS_CONTENT_TYPE})
