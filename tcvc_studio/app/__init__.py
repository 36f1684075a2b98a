"""The studio without its widgets: document, services on their threads, playback, preferences."""
