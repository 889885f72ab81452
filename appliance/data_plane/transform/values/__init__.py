"""What becomes of values: keyed, repeatable functions over distinct texts. The same key and value give the same result in every table,
run and process, whatever the batches; no function logs a value or names one in an error."""
