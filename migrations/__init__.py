"""The database's history: Alembic revisions, run by ``inventory-graph migrate``."""
