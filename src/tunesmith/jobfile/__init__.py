"""What a YAML job file is: its keys, their checks, and the tuning job that it describes."""
