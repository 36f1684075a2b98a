"""The timeline: a custom-painted view of the film, frame by frame or whole."""
