"""What Alembic runs to migrate: `tunesmith.store.schema` gives the connection and commits."""

from alembic import context

from tunesmith.store.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
