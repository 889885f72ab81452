"""Start, watch and stop workers."""
