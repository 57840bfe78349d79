"""docs/reference/permissions.md."""

from collections.abc import Iterable

from inventory_graph.identity.permissions import (
    ACTIONS,
    GLOBAL_ROLE_ALIASES,
    MODULES,
    STANDARD_ROLE_NAMES,
    STANDARD_ROLES,
)
from resolvers.authorization import ANY_CALLER, OPEN, PERMISSIONS, permissions_for
from tests.reference import markdown

INTRODUCTION = """
A permission is a code `inventory.<module>.<action>`, such as `inventory.stock.change`. A role is a set of permissions. Roles
are rows of a tenant: each tenant starts with the standard roles below. A caller has the roles of its token or API key, plus
those granted to its subject in this service ([how](../how-to/administer.md#roles)).
"""

OWN = """
`…_own` reaches what the caller made itself. `manage` includes approving and, in `stock`, recording what happened more than 48
hours ago.
"""

ALIASES = """
Tokens of the auth service carry its own role names. These stand for a role here; every other name that is no role of the
tenant gives nothing.
"""

BOUND = """
A token with an outlet, and without `is_hq_user`, is bound to that outlet: it changes what is in that outlet's warehouse, and nothing
elsewhere. What it may read it reads of all of the tenant, so that a branch can see what another has.
An API key may be bound to outlets too. A platform owner holds every permission.
"""


FIELDS = """
Each field of `Query` and `Mutation` takes one permission at least. Some inputs take more, and so do fields below that show what
another module keeps.
"""


def page() -> str:
    """Which role may do what."""
    roles = list(STANDARD_ROLES)
    names = markdown.table(
        ("role", "name", "permissions"),
        ((markdown.code(role), STANDARD_ROLE_NAMES[role], str(len(STANDARD_ROLES[role]))) for role in roles),
    )
    grants = markdown.table(
        ("module", *(markdown.code(role) for role in roles)),
        ((markdown.code(module), *(_granted(role, module) for role in roles)) for module in MODULES),
    )
    by_permission: dict[str, list[str]] = {}
    for name in PERMISSIONS:
        by_permission.setdefault(" or ".join(map(markdown.code, permissions_for(name))), []).append(name)
    fields = markdown.table(
        ("permission", "fields"),
        ((each, _codes(by_permission[each])) for each in sorted(by_permission)),
    )
    aliases = markdown.table(
        ("role in the token", "role here"),
        ((markdown.code(alias), markdown.code(role)) for alias, role in GLOBAL_ROLE_ALIASES.items()),
    )
    actions = f"The {len(ACTIONS)} actions are {', '.join(markdown.code(action) for action in ACTIONS)}. {OWN.strip()}"
    return markdown.page(
        "Permissions",
        INTRODUCTION,
        "## Standard roles",
        names,
        "## What each role may do",
        "*all* stands for every action of the module.",
        grants,
        "## Actions",
        actions,
        "## What each field takes",
        FIELDS,
        fields,
        "These depend on more than a permission:",
        markdown.table(("field", "for whom"), ((markdown.code(name), whom) for name, whom in ANY_CALLER.items())),
        f"Open to callers without a credential: {_codes(OPEN)} (the last two where the router proves itself by its secret, or"
        " has none).",
        "## Roles of the auth service",
        ALIASES,
        aliases,
        "## Outlets",
        BOUND,
    )


def _codes(names: Iterable[str]) -> str:
    return ", ".join(markdown.code(name) for name in names)


def _granted(role: str, module: str) -> str:
    granted = [action for action in ACTIONS if f"inventory.{module}.{action}" in STANDARD_ROLES[role]]
    return "*all*" if len(granted) == len(ACTIONS) else ", ".join(granted)
