"""The language of transform expressions: text in, a tree of frozen Structs out. Nothing here evaluates anything."""
