"""The artifact store: files on a local disk, uploads streamed to it, signed links to them. It moves bytes and never reads a table."""
