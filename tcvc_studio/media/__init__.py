"""Films in and out: probe, frame index, native planes, encoders, verification. The only room that knows av; no torch."""
