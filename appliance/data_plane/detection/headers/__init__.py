"""What a column's name says about its values, in thirty languages: evidence beside the values, never alone against them."""
