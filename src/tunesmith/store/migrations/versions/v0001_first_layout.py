"""The first layout: tuning jobs, trials and metrics."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "tuning_jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("modified_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_tuning_jobs"),
        sa.UniqueConstraint("key", name="uq_tuning_jobs_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "trials",
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("handle", sa.Text),
        sa.Column("log_cursor", sa.BigInteger, nullable=False),
        sa.Column("reports_cursor", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("loss", sa.Double),
        sa.Column("reason", sa.Text),
        sa.Column("exit_code", sa.Integer),
        sa.Column("rank", sa.Integer),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_trials"),
        sa.ForeignKeyConstraint(["job_id"], ["tuning_jobs.id"], name="fk_trials_job_id", ondelete="CASCADE"),
    )
    op.create_index("ix_trials_job_id_state", "trials", ["job_id", "state"])
    op.create_index(
        "ix_trials_job_id_loss_rank",
        "trials",
        ["job_id", "loss", "rank"],
        sqlite_where=sa.text("loss IS NOT NULL"),
        postgresql_where=sa.text("loss IS NOT NULL"),
    )
    op.create_table(
        "metrics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("trial", sa.Integer, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_metrics"),
        sa.ForeignKeyConstraint(
            ["job_id", "trial"],
            ["trials.job_id", "trials.number"],
            name="fk_metrics_job_id_trial",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_metrics_job_id_trial", "metrics", ["job_id", "trial"])
