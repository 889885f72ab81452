"""Generative engines."""
