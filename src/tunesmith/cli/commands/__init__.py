"""The commands of `tunesmith`, one a file."""
