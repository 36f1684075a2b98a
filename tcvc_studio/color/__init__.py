"""Lab, YCbCr, ranges, siting and edge-aware chroma upsampling; pure functions. Only `formats` is free of torch."""
