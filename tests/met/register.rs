//! The register of people kept by commands, and what doctor and preview say of it.
