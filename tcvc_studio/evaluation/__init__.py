"""What the networks and the engine are worth: figures against films and pictures of true color."""
