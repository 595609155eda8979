"""The tables, and the version of their layout.

Ids are integers of our own, so that a name is free again after a deletion. Moments are whole microseconds since
1970 in UTC: exact, narrow, sortable, and the same in SQLite, which has no such type, and in PostgreSQL, whose
driver would hand them back in the session's time zone. JSON is plain text, because nothing queries inside it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    true,
)

VERSION = "0006"  # the newest of migrations/versions
VERSION_TABLE = "tunesmith_version"  # not Alembic's default, which another program in the database may use

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_SORTABLE = Text().with_variant(Text(collation="C"), "postgresql")  # by bytes, as SQLite sorts


def _partial(
    *columns: Column[int] | Column[str], where: ColumnElement[bool], name: str | None = None
) -> None:
    """Index the rows of which a condition holds; the others cost it nothing."""
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


tuning_jobs = Table(
    "tuning_jobs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # the name in lower case
    Column("name", _SORTABLE, nullable=False),
    Column("description", Text, nullable=False),  # the rest of the TuningJob, JSON
    Column("status", _SORTABLE, nullable=False),
    Column("reason", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("modified_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # null if and only if the status is not final
    Column("request", Text),  # JSON
    Column("token", Text),
    Column("listed", Boolean, nullable=False, server_default=true()),  # neither alone nor forgotten
    Column("former_name", Text),  # of a forgotten one
    Column("not_improving", Integer, nullable=False, server_default="0"),  # as in TuningJobSummary
    Column("converged_at", BigInteger),
    Column("paused_at", BigInteger),
    Column("revision", Integer, nullable=False, server_default="0"),  # changes that people have made
    Column("run_seconds", Double, nullable=False, server_default="0"),  # as in TuningJobSummary
    Column("spent", Double, nullable=False, server_default="0"),  # the same
    sqlite_autoincrement=True,  # an id is never used again: whoever still holds one of a deleted job notices
)
_LISTED = tuning_jobs.c.listed.is_(true())
_partial(tuning_jobs.c.name, where=_LISTED)
_partial(tuning_jobs.c.created_at, tuning_jobs.c.id, where=_LISTED)
_partial(tuning_jobs.c.status, tuning_jobs.c.created_at, tuning_jobs.c.id, where=_LISTED)
_partial(tuning_jobs.c.id, where=tuning_jobs.c.ended_at.is_(None), name="ix_tuning_jobs_open")

trials = Table(
    "trials",
    METADATA,
    Column("job_id", ForeignKey("tuning_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", _SORTABLE, nullable=False),
    Column("config", Text, nullable=False),  # JSON
    Column("state", _SORTABLE, nullable=False),
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
    Column("key", Text),  # the name in lower case; null when it was forgotten
    Column("ending", Text),
    Column("asked_to_stop_at", BigInteger),
    Column("earlier", Text),  # attempts, JSON; null when there is but one
    Column("definition", Text),
    Column("max_seconds", Double),
    Column("suggestion", BigInteger),  # the id of an intervention
)
_NAMED = trials.c.key.is_not(None)
Index(None, trials.c.key, unique=True)
Index(None, trials.c.job_id, trials.c.state, trials.c.number)
_partial(trials.c.name, where=_NAMED)
_partial(trials.c.created_at, trials.c.job_id, trials.c.number, where=_NAMED)
_partial(trials.c.state, trials.c.created_at, trials.c.job_id, trials.c.number, where=_NAMED)
_partial(trials.c.job_id, trials.c.name, where=_NAMED)
# The best trial is the first entry of this one; open trials are not in it and cost it nothing.
_partial(trials.c.job_id, trials.c.loss, trials.c.rank, where=trials.c.loss.is_not(None))

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

interventions = Table(
    "interventions",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # as of metrics
    Column("job_id", ForeignKey("tuning_jobs.id", ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("who", Text),
    Column("config", Text),  # JSON
    Column("definition", Text),
)
Index(None, interventions.c.job_id)

tags = Table(
    "tags",
    METADATA,
    Column("job_id", ForeignKey("tuning_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("trial", Integer, primary_key=True, autoincrement=False),  # 0: the tuning job's own
    Column("tag", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
