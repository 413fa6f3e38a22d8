//! Ledgers given back: the truth, in files that other programs open.
