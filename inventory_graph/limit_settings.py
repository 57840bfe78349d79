"""The settings of what one document may ask for, and of what else is limited for everybody alike."""

from pydantic_settings import BaseSettings

from inventory_graph.setting_words import setting


def limit(name: str, description: str, *, default: int, least: int, most: int) -> int:
    """A setting that is a whole number between two others."""
    made: int = setting(
        name, description, accepts=f"a whole number from {least} to {most}", default=default, ge=least, le=most
    )
    return made


class LimitSettings(BaseSettings):
    """The part of ``Settings`` that bounds documents, and what waits to be read. With the defaults the largest document that is read takes 40 ms of CPU to
    refuse; twice as large ones take twice as long, and with them everybody else's answers."""

    document_characters_max: int = limit(
        "INVENTORY_DOCUMENT_CHARACTERS_MAX",
        "How many characters a document may have.",
        default=20_000,
        least=1_000,
        most=1_000_000,
    )
    document_tokens_max: int = limit(
        "INVENTORY_DOCUMENT_TOKENS_MAX",
        "How many tokens a document may have: names, numbers, texts and signs.",
        default=2_000,
        least=100,
        most=100_000,
    )
    document_comments_max: int = limit(
        "INVENTORY_DOCUMENT_COMMENTS_MAX",
        "How many comments a document may have.",
        default=500,
        least=0,
        most=100_000,
    )
    document_operations_max: int = limit(
        "INVENTORY_DOCUMENT_OPERATIONS_MAX",
        "How many operations a document may have, of which a request names one.",
        default=50,
        least=1,
        most=1_000,
    )
    document_depth_max: int = limit(
        "INVENTORY_DOCUMENT_DEPTH_MAX",
        "How many levels of fields a document may have, fragments expanded.",
        default=15,
        least=3,
        most=60,
    )
    document_fields_max: int = limit(
        "INVENTORY_DOCUMENT_FIELDS_MAX",
        "How many fields a document may have, fragments expanded.",
        default=2_000,
        least=10,
        most=100_000,
    )
    document_aliases_max: int = limit(
        "INVENTORY_DOCUMENT_ALIASES_MAX",
        "How many aliases a document may have, fragments expanded.",
        default=30,
        least=0,
        most=10_000,
    )
    document_directives_max: int = limit(
        "INVENTORY_DOCUMENT_DIRECTIVES_MAX",
        "How many directives a document may have.",
        default=50,
        least=0,
        most=10_000,
    )
    document_repeats_max: int = limit(
        "INVENTORY_DOCUMENT_REPEATS_MAX",
        "How often one selection may name again what it has named: each is compared with each.",
        default=20,
        least=0,
        most=1_000,
    )
    document_fragments_max: int = limit(
        "INVENTORY_DOCUMENT_FRAGMENTS_MAX",
        "How many fragments one selection may have: each is compared with each.",
        default=30,
        least=1,
        most=1_000,
    )
    document_fragment_definitions_max: int = limit(
        "INVENTORY_DOCUMENT_FRAGMENT_DEFINITIONS_MAX",
        "How many fragments a document may define: any two that can meet are compared.",
        default=60,
        least=1,
        most=1_000,
    )
    document_alias_length_max: int = limit(
        "INVENTORY_DOCUMENT_ALIAS_LENGTH_MAX",
        "How many characters an alias may have: in a list an answer has it once for each object.",
        default=100,
        least=10,
        most=10_000,
    )
    document_operation_nodes_max: int = limit(
        "INVENTORY_DOCUMENT_OPERATION_NODES_MAX",
        "How many operations a document may have times the nodes of its syntax: what they have in common is looked at for each.",
        default=15_000,
        least=1_000,
        most=10_000_000,
    )
    value_depth_max: int = limit(
        "INVENTORY_VALUE_DEPTH_MAX",
        "How deep the values of a document, of variables and of the messages of a WebSocket may be nested.",
        default=32,
        least=5,
        most=100,
    )
    answer_fields_max: int = limit(
        "INVENTORY_ANSWER_FIELDS_MAX",
        "How many fields the largest possible answer of a document may have.",
        default=100_000,
        least=1_000,
        most=10_000_000,
    )
    answer_read_bytes_min: int = limit(
        "INVENTORY_ANSWER_READ_BYTES_MIN",
        "How many bytes of an answer a client has to read in INVENTORY_REQUEST_SECONDS_MAX, or all of it, to be left its connection.",
        default=16_384,
        least=1,
        most=1_048_576,
    )
    unread_bytes_max: int = limit(
        "INVENTORY_UNREAD_BYTES_MAX",
        "How many bytes of answers may wait in one process to be read over HTTP. Where more wait, the connection with most of them is reset.",
        default=256_000_000,
        least=1_000_000,
        most=100_000_000_000,
    )
    socket_unread_max: int = limit(
        "INVENTORY_SOCKET_UNREAD_MAX",
        "How many characters may wait to be read on one WebSocket before nothing more is begun on it.",
        default=2_000_000,
        least=10_000,
        most=1_000_000_000,
    )
    sockets_unread_max: int = limit(
        "INVENTORY_SOCKETS_UNREAD_MAX",
        "How many characters may wait to be read on all WebSockets of one process. Where more wait, the one with most of them is closed.",
        default=64_000_000,
        least=100_000,
        most=100_000_000_000,
    )
    subscription_characters_max: int = limit(
        "INVENTORY_SUBSCRIPTION_CHARACTERS_MAX",
        "How many characters the document and the variables of a subscription may have together that counts as one of"
        " INVENTORY_SUBSCRIPTIONS_AT_ONCE_MAX. A longer one counts as one for each time as many.",
        default=1_000,
        least=100,
        most=1_000_000,
    )
    graceful_seconds: int = limit(
        "INVENTORY_GRACEFUL_SECONDS",
        "How long a process that is told to stop may take to finish what it has begun. Whoever stops it should wait a little longer.",
        default=20,
        least=1,
        most=600,
    )
    redis_milliseconds_max: int = limit(
        "INVENTORY_REDIS_MILLISECONDS_MAX",
        "How long anybody waits for Redis, which is then left alone for five seconds.",
        default=250,
        least=1,
        most=10_000,
    )
    redis_connections_max: int = limit(
        "INVENTORY_REDIS_CONNECTIONS_MAX",
        "How many connections to Redis one process may have.",
        default=20,
        least=1,
        most=1_000,
    )
