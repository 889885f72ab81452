"""Decides what runs when, and settles what ended."""
