"""The timeline: rows of marks and curves over the frames of a film."""
