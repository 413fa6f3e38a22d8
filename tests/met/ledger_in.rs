//! Ledgers as offices keep them, read.
