"""What was lost and started again: the earlier attempts of a training job."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a column."""
    op.add_column("trials", sa.Column("earlier", sa.Text))
