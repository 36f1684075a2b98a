"""Training of the compact backbone and self-regularization learning of the fusion."""
