"""Widgets: what the restorer sees. No torch, no av, no work that takes time."""
