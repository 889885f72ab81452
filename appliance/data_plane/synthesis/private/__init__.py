"""The private engine: a table learnt under (ε, δ)-differential privacy. Neighbouring tables differ by one row, added or removed; everything
that touches the table is counts with discrete noise or a choice by the exponential mechanism, and is paid for from one budget."""
