"""One file per model type: train(context) and run(context)."""
