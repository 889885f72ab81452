"""The first language of transforms run over a file: each column, or stretch of a value, by the first rule of all
policies that fits it."""
