"""A second opinion on doubtful names, by a model of the user's own that lies in a local folder. Nothing here ever asks a network."""
