"""Files of projects, models and runs; signed links."""
