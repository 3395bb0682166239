"""The program that says how large a Parquet file's columns are, packed and unpacked; run in a process of its own.

What pyarrow tells of single columns it asks without a guard: over a damaged footer it takes its whole process with it.
"""

import json
import os
import sys

from pyarrow import parquet  # type: ignore[import-untyped]  # it has no types


def main(number: int, footer: int) -> None:
    """Print them for the file that is open under a number: path, packed and unpacked bytes of each, group by group."""
    with os.fdopen(number, "rb") as file:
        limits = {"thrift_string_size_limit": footer, "thrift_container_size_limit": 1_000_000}
        metadata = parquet.ParquetFile(file, **limits).metadata
        sizes = []
        for group in range(metadata.num_row_groups):
            columns = metadata.row_group(group)
            for at in range(columns.num_columns):
                column = columns.column(at)
                sizes.append((column.path_in_schema, column.total_compressed_size, column.total_uncompressed_size))
        json.dump(sizes, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
