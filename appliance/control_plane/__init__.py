"""The control plane: API, store, scheduler, launchers. Never imports a data library."""
