"""The rules of the house that no linter knows. Each module holds one kind of rule as a function from a tree to findings."""
