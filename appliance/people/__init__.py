"""People: who they are, how they sign in, what they may do where, what they used, and the record of what they did."""
