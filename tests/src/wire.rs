//! Stubs replaced once the wire types exist.
