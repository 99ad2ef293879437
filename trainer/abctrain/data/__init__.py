"""Books and files to a corpus: fetched, cleaned, split, in other keys."""
