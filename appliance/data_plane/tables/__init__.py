"""Tables: what a file holds, sniffed once, read and written back the same."""

from appliance.data_plane.tables.sampled import SampledTable, read_sample
from appliance.data_plane.tables.sniff import check_trainable, read_batches, read_table, sniff, write_batches, write_table
from appliance.data_plane.tables.source import TableOverrides

__all__ = [
    "SampledTable",
    "TableOverrides",
    "check_trainable",
    "read_batches",
    "read_sample",
    "read_table",
    "sniff",
    "write_batches",
    "write_table",
]
