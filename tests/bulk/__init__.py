"""Bulk: many tunes as files, by every engine."""
