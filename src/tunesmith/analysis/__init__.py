"""What can be learned from a tuning job: pure functions from its history to frozen values."""
