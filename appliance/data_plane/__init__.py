"""The data plane: reads tables, trains, generates, judges. Runs in workers only; never imports the control plane."""
