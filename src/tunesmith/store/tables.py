"""The tables, and the version of their layout.

Ids are integers of our own, so that a name is free again after a deletion. Moments are whole microseconds since
1970 in UTC: exact, narrow, sortable, and the same in SQLite, which has no such type, and in PostgreSQL, whose
driver would hand them back in the session's time zone. JSON is plain text, because nothing queries inside it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

VERSION = "0001"  # the newest of migrations/versions
VERSION_TABLE = "tunesmith_version"  # not Alembic's default, which another program in the database may use

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

tuning_jobs = Table(
    "tuning_jobs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # the name in lower case
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),  # the rest of the TuningJob, JSON
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    sqlite_autoincrement=True,  # an id is never used again: whoever still holds one of a deleted job notices
)

trials = Table(
    "trials",
    METADATA,
    Column("job_id", ForeignKey("tuning_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("config", Text, nullable=False),  # JSON
    Column("state", Text, nullable=False),
    Column("handle", Text),
    Column("log_cursor", BigInteger, nullable=False),
    Column("reports_cursor", BigInteger, nullable=False),
    Column("value", Double),
    Column("loss", Double),  # of a trial that may be the best: lower is better; else null
    Column("reason", Text),
    Column("exit_code", Integer),
    Column("rank", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
)
Index(None, trials.c.job_id, trials.c.state)
Index(  # the best trial is its first entry; open trials are not in it and cost it nothing
    None,
    trials.c.job_id,
    trials.c.loss,
    trials.c.rank,
    sqlite_where=trials.c.loss.is_not(None),
    postgresql_where=trials.c.loss.is_not(None),
)

metrics = Table(
    "metrics",
    METADATA,
    # The order of writing. SQLite counts by itself only in an INTEGER key, which holds 64 bits there.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("job_id", Integer, nullable=False),
    Column("trial", Integer, nullable=False),
    Column("metric", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["job_id", "trial"], ["trials.job_id", "trials.number"], ondelete="CASCADE"),
)
Index(None, metrics.c.job_id, metrics.c.trial)
