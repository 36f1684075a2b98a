"""Cut detection, the paper's metrics and reports."""
