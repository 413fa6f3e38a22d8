//! The running program under attack and fault.
