"""The window's wiring: what each action does, and which signal of a service goes to which widget."""
