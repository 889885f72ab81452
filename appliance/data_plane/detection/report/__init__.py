"""The report of `classify`: what was found where, as JSON (`facts`) and, from that JSON alone, as one HTML page (`page`)."""
