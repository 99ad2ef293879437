"""Every construct of ABC: rows of docs/notation.md, each with a tune that shows it."""
