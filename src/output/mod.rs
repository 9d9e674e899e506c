//! Writers of a bundle.
pub mod tree;

use crate::tape::Bundle;
use std::io;

/// Stub.
pub enum Format {
    /// Stub.
    Yaml,
    /// Stub.
    Json,
}
/// Stub.
pub fn write(_: &Bundle, _: Format, _: &mut impl io::Write) -> io::Result<()> {
    Ok(())
}
pub mod yaml {
    //! Stub.
    use crate::tape::View;
    /// Stub.
    pub fn object(_: View<'_>, _: &mut Vec<u8>) {}
}
pub mod connections {
    //! Stub.
    use crate::tape::Bundle;
    use std::io::{self, Write};
    /// Stub.
    pub fn write(_: &Bundle, _: &mut impl Write) -> io::Result<()> {
        Ok(())
    }
}
