"""From a plan to chroma: intervals, propagation, ensemble, cache and the pipeline that overlaps them."""
