"""Makes the model file of the own name tagger: prose with a teacher's labels, own frames with names put in, training, packing."""
