"""The trainer: corpus to exported model."""
