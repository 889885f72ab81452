"""The report of a transform: what every rule did and what is left, as JSON (`facts`) and, from that alone, as one HTML page (`page`)."""
