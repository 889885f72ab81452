"""Tables: what a file holds, sniffed once, read and written back the same."""
