"""Tenants, outlets and who may do what.

Nouns: tenant, outlet, role, permission, role assignment, API key. Tenants and outlets are minted by the auth service and
mirrored here under the same ids; roles, permissions and keys are this service's own.

Invariants: nothing crosses a tenant; a key is stored only as a hash; a role grants only permissions that exist.
"""
