"""What the docs say that the code knows better: tables and lists, written into `static/docs` and checked there."""
