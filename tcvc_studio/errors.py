"""Errors that reach the user: each carries one sentence that says what happened and what to do."""


class StudioError(Exception):
    """Something the user can act on. Its text is one sentence, shown as it is, never with a traceback."""


class Cancelled(Exception):
    """Not an error: the user cancelled the work; nothing half-written is left behind."""
