"""A control: GraphQL straight onto the SQL of a reservation, by PostGraphile, with no rules in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.bench.plain_reservation import PlainReservation
from tests.bench.processes import pinned
from tests.node import NodePackage
from tests.servers import free_port

PACKAGE: Final = NodePackage("postgraphile", Path(__file__).parent / "peers" / "postgraphile")
RESERVE: Final = "mutation Reserve($number: Int!) { reserve(input: {number: $number}) { boolean } }"

_FUNCTION = """
CREATE SCHEMA bench_api;
GRANT USAGE ON SCHEMA bench_api TO inventory_app;
CREATE FUNCTION bench_api.reserve(number integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $function$
DECLARE taken_count integer;
BEGIN
  {statement} INTO taken_count FROM taken;
  RETURN taken_count = 1;
END
$function$;
GRANT EXECUTE ON FUNCTION bench_api.reserve(integer) TO inventory_app;
"""


async def create_function(connection: "asyncpg.Connection[Any]", plain: PlainReservation) -> None:
    """Make the one statement a function of the balance's number."""
    _, _, statement = plain.one_statement((1, 1)).strip().partition("\n")
    body, _, _ = statement.replace("number = :number", "places.number = reserve.number").rpartition(" FROM taken;")
    await connection.execute(_FUNCTION.format(statement=body))


@contextmanager
def serving(database_url: str, plain: PlainReservation) -> Iterator[int]:
    """PostGraphile as a process on one core: its port. The package is installed on first use."""
    package, port = PACKAGE.installed(), free_port()
    command = ["node", "serve.mjs", str(port), str(plain.tenant_id)]
    with pinned(command, port, {"DATABASE_URL": database_url}, directory=package):
        yield port
