"""Bulk: millions of tunes as files in a folder or an object store, on engines that
exist.

The unit of work is the shard: some tunes of the seed that follow each other, in one
Parquet file that is written whole or not at all. What is missing tells what is left to
do. Nothing here is imported by the rest of abcrun: the packages come with the extra
`bulk`.
"""
