"""What both planes agree on: jobs, events, artifacts, the run directory and the lease. Imports nothing of ours but errors and clock."""
