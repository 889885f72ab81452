"""Metrics, attacks, the report."""
