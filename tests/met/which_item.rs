//! Which item an answer means.
