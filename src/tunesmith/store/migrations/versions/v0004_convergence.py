"""How a search stands: what its controller has found, so that nobody who asks has to compute it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add two columns."""
    op.add_column("tuning_jobs", sa.Column("not_improving", sa.Integer, nullable=False, server_default="0"))
    op.add_column("tuning_jobs", sa.Column("converged_at", sa.BigInteger))
