"""What a server needs: lists in every order, requests, tags, and training jobs that are found by their names."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LISTED = sa.column("listed").is_(sa.true())
_NAMED = sa.column("key").is_not(None)
_SORTED = (("tuning_jobs", "name"), ("tuning_jobs", "status"), ("trials", "name"), ("trials", "state"))


def upgrade() -> None:
    """Add columns and indexes, and fill in the keys of the trials' names.

    Nothing is copied: dropping a table would take the rows of others that refer to it along.
    """
    _sort_by_bytes()
    op.add_column("tuning_jobs", sa.Column("request", sa.Text))
    op.add_column("tuning_jobs", sa.Column("token", sa.Text))
    op.add_column("tuning_jobs", sa.Column("listed", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("tuning_jobs", sa.Column("former_name", sa.Text))
    _index("tuning_jobs", "name", where=_LISTED)
    _index("tuning_jobs", "created_at", "id", where=_LISTED)
    _index("tuning_jobs", "status", "created_at", "id", where=_LISTED)
    _partial("ix_tuning_jobs_open", "tuning_jobs", ["id"], sa.column("ended_at").is_(None))

    op.add_column("trials", sa.Column("key", sa.Text))
    op.add_column("trials", sa.Column("ending", sa.Text))
    op.add_column("trials", sa.Column("asked_to_stop_at", sa.BigInteger))
    op.execute("UPDATE trials SET key = lower(name)")
    op.create_index("ix_trials_key", "trials", ["key"], unique=True)
    op.drop_index("ix_trials_job_id_state", "trials")
    op.create_index("ix_trials_job_id_state_number", "trials", ["job_id", "state", "number"])
    _index("trials", "name", where=_NAMED)
    _index("trials", "created_at", "job_id", "number", where=_NAMED)
    _index("trials", "state", "created_at", "job_id", "number", where=_NAMED)
    _index("trials", "job_id", "name", where=_NAMED)

    op.create_table(
        "tags",
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("trial", sa.Integer, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "trial", "tag", name="pk_tags"),
        sa.ForeignKeyConstraint(["job_id"], ["tuning_jobs.id"], name="fk_tags_job_id", ondelete="CASCADE"),
    )


def _sort_by_bytes() -> None:
    if op.get_context().dialect.name == "postgresql":  # SQLite does so anyway
        for table, column in _SORTED:
            op.alter_column(table, column, type_=sa.Text(collation="C"))


def _index(table: str, *columns: str, where: sa.ColumnElement[bool]) -> None:
    _partial(f"ix_{table}_{'_'.join(columns)}", table, list(columns), where)


def _partial(name: str, table: str, columns: list[str], where: sa.ColumnElement[bool]) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
