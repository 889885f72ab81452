"""Configurations: parse, validate, defaults, templates."""
