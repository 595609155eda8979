"""Which of a tuning job's definitions a trial is of."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add a column."""
    op.add_column("trials", sa.Column("definition", sa.Text))
