"""Administration of one installation from its own machine: keys, users, sign-in links, backups, consistency. Not on the wire."""
