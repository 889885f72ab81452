"""The Console's side of the server: its pages and docs, what it follows live, and what only it asks for."""
