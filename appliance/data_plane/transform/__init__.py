"""Transformation: configurations compiled into plans over columns, run over record batches."""
