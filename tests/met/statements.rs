//! Nothing untrue or clumsy is said, to superiors above all.
