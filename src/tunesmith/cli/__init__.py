"""The edge for the shell: the `tunesmith` command."""
