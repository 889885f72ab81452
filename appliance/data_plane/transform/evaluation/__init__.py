"""What an expression is worth: trees of `configurations/expression` run on many distinct values at once, by type allow-list."""
