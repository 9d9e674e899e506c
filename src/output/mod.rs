//! Writers of a bundle.
pub mod tree;

pub mod yaml {
    //! Stub.
    use crate::tape::{Bundle, View};
    use std::io::{self, Write};
    /// Stub.
    pub fn write(_: &Bundle, _: &mut impl Write) -> io::Result<()> {
        Ok(())
    }
    /// Stub.
    pub fn object(_: View<'_>, _: &mut Vec<u8>) {}
}
pub mod json {
    //! Stub.
    use crate::tape::Bundle;
    use std::io::{self, Write};
    /// Stub.
    pub fn write(_: &Bundle, _: &mut impl Write) -> io::Result<()> {
        Ok(())
    }
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
