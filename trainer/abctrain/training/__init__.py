"""A corpus to a trained network: batches, positions, the loop, its checkpoints."""
