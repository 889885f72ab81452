"""Sequences: several rows for one key, learnt as a first row and the steps from each row to the next."""
