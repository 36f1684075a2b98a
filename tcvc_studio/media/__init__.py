"""Films in and out: probe, frame index, native planes, encoders, verification. Alone in knowing av; no torch."""
