"""The `tcvc` command: the engine without a window. One file for each command."""
