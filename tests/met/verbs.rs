//! The office's everyday verbs on the command line.
