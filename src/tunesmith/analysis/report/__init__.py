"""A report on a tuning job: what was learned, as a document for people and as facts for programs."""
