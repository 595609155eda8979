"""Contract suites and fakes for those who extend Tunesmith."""
