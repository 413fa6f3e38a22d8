//! What an answer does, and what its writer is offered.
