"""The viewers: one zoom and pan for all, and the ways to compare."""
