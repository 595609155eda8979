"""What people change while a tuning job runs, and what it has used of time and money."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_USED = """
UPDATE tuning_jobs SET run_seconds = COALESCE(
    (SELECT SUM(trials.ended_at - trials.started_at) FROM trials WHERE trials.job_id = tuning_jobs.id), 0
) / 1000000.0
"""


def upgrade() -> None:
    """Add columns, of which one is filled, and a table."""
    op.add_column("tuning_jobs", sa.Column("paused_at", sa.BigInteger))
    op.add_column("tuning_jobs", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    op.add_column("tuning_jobs", sa.Column("run_seconds", sa.Double, nullable=False, server_default="0"))
    op.add_column("tuning_jobs", sa.Column("spent", sa.Double, nullable=False, server_default="0"))
    op.execute(_USED)
    op.add_column("trials", sa.Column("max_seconds", sa.Double))
    op.add_column("trials", sa.Column("suggestion", sa.BigInteger))
    op.create_table(
        "interventions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("config", sa.Text),
        sa.Column("definition", sa.Text),
        sa.ForeignKeyConstraint(
            ["job_id"], ["tuning_jobs.id"], name="fk_interventions_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_interventions"),
    )
    op.create_index("ix_interventions_job_id", "interventions", ["job_id"])
