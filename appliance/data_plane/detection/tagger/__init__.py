"""The own name tagger: person names, places and organisations in free text, by a linear model over hashed features."""
