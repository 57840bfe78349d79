"""Say what items some may not eat or buy."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE items ADD COLUMN allergens TEXT[] DEFAULT '{}' NOT NULL;

ALTER TABLE items ADD COLUMN controlled_class TEXT
"""


def upgrade() -> None:
    for statement in STATEMENTS.strip().split(";\n\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE items DROP COLUMN controlled_class")
    op.execute("ALTER TABLE items DROP COLUMN allergens")
