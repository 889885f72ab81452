"""Detection: which columns, cells and stretches of text hold personal data, told without a network and without a language model."""
