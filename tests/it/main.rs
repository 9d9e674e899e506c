//! What the whole compiler does, from the outside.

mod bad_inputs;
