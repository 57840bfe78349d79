"""What the settings of the public side come to: the limits of the endpoint, its rates, and the Redis that processes share."""

from inventory_graph.config import Settings
from inventory_graph.rates import Rate, RateLimiter
from inventory_graph.transport.redis import Redis
from inventory_graph.trusted_documents import load_trusted_documents
from resolvers.bulkheads import Room
from resolvers.document_limits import DocumentLimits
from resolvers.operating import EndpointSettings


def redis_of(settings: Settings) -> Redis | None:
    """The Redis of the settings; None where there is none."""
    if settings.redis_url is None:
        return None
    return Redis(
        settings.redis_url,
        answer_seconds_max=settings.redis_milliseconds_max / 1_000,
        connections_max=settings.redis_connections_max,
    )


def document_limits(settings: Settings) -> DocumentLimits:
    """What one document may ask for."""
    return DocumentLimits(
        characters_max=settings.document_characters_max,
        tokens_max=settings.document_tokens_max,
        comments_max=settings.document_comments_max,
        operations_max=settings.document_operations_max,
        depth_max=settings.document_depth_max,
        fields_max=settings.document_fields_max,
        aliases_max=settings.document_aliases_max,
        directives_max=settings.document_directives_max,
        repeats_max=settings.document_repeats_max,
        fragments_max=settings.document_fragments_max,
        fragment_definitions_max=settings.document_fragment_definitions_max,
        alias_length_max=settings.document_alias_length_max,
        operation_nodes_max=settings.document_operation_nodes_max,
        value_depth_max=settings.value_depth_max,
        answers_max=settings.answer_fields_max,
        cost_max=settings.cost_max,
    )


def endpoint_settings(settings: Settings) -> EndpointSettings:
    """What may run at ``/graphql``, how much of it, and for how long. Reads the file of trusted documents."""
    return EndpointSettings(
        introspection=settings.introspection,
        suggestions=settings.introspection,
        router_secrets=tuple(secret.get_secret_value().encode() for secret in settings.router_secrets),
        trusted_documents=load_trusted_documents(settings.trusted_documents) if settings.trusted_documents else {},
        trusted_only=settings.trusted_documents_only,
        limits=document_limits(settings),
        introspection_roles=frozenset(settings.introspection_roles),
        deadline_seconds=settings.operation_seconds_max,
        slow_seconds=settings.slow_operation_seconds,
        body_bytes_max=settings.body_bytes_max,
        subscription_characters_max=settings.subscription_characters_max,
        room=Room(
            at_once_max={
                "query": settings.queries_at_once_max,
                "mutation": settings.mutations_at_once_max,
                "subscription": settings.subscriptions_at_once_max,
            },
            executed_max=settings.queries_executed_max,
            points_max=settings.points_executed_max,
            wait_seconds_max=settings.turn_seconds_max,
        ),
    )


def rate_limiter(settings: Settings, redis: Redis | None) -> RateLimiter | None:
    """The rates of the settings; None where there are none, so that nothing is counted."""

    def rate(points_second: int) -> Rate | None:
        capacity = max(points_second * settings.rate_burst_seconds, settings.cost_max)
        return Rate(points_second, capacity) if points_second else None

    tenant, client = rate(settings.rate_tenant_points), rate(settings.rate_client_points)
    return RateLimiter(tenant=tenant, client=client, shared=redis) if tenant or client else None
