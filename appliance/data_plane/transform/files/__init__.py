"""Files as rows whose cells are found in the file's own bytes, and written back around what has changed."""
