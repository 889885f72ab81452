"""The docs: Markdown in `static/docs/`, served as pages."""
