//! The table of codes. A code's explanation is the page `codes/EXXXX.md` beside this file: its first line is the title (`# …`),
//! then why, then a wrong program (fenced as `bay wrong`) and a right one (fenced as `bay right`).

/// A stable number for one kind of message: `E01xx` syntax, `E02xx` types and names, `E03xx` rules, `E04xx` planning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "E{:04}", self.0)
    }
}

/// A code and its page.
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// The page, Markdown.
    pub page: &'static str,
}

impl Explanation {
    /// The first line without its `# `.
    pub fn title(&self) -> &'static str {
        self.page.lines().next().unwrap_or("").trim_start_matches("# ")
    }
}

/// The page of a code, by its text (`E0203`, case ignored).
pub fn explain(code: &str) -> Option<&'static Explanation> {
    let number: u16 = code.strip_prefix(['E', 'e'])?.parse().ok()?;
    EXPLANATIONS.iter().find(|e| e.code.0 == number)
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $page:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = Code($number);)*
        /// Every code, in order.
        pub static EXPLANATIONS: &[Explanation] = &[$(Explanation { code: Code($number), page: include_str!(concat!("codes/", $page)) },)*];
    };
}

codes! {}
