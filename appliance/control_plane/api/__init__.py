"""The HTTP interface: one file per resource, one table of permissions, errors as JSON. Knows the store and the scheduler, never a table."""
