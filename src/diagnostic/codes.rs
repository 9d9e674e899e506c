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

codes! {
    /// Text that begins no entry and is no value.
    UNEXPECTED = 101, "E0101.md";
    /// Words after the end of an entry.
    TRAILING_WORDS = 102, "E0102.md";
    /// A name or an operator without its value.
    MISSING_VALUE = 103, "E0103.md";
    /// No `=` between a name and its value.
    MISSING_ASSIGNMENT = 104, "E0104.md";
    /// `:`, `:=`, `==` or `=>` where `=` belongs.
    WRONG_ASSIGNMENT = 105, "E0105.md";
    /// A bracket that nothing closes.
    UNCLOSED_BRACKET = 106, "E0106.md";
    /// A string without its closing quote.
    UNCLOSED_STRING = 107, "E0107.md";
    /// A closing bracket that closes nothing, or the wrong one.
    STRAY_CLOSER = 108, "E0108.md";
    /// Two items without a comma, or two commas.
    MISSING_COMMA = 109, "E0109.md";
    /// More than 64 levels.
    NESTED_TOO_DEEPLY = 110, "E0110.md";
    /// More than 200 operators in one expression.
    TOO_MANY_OPERATORS = 111, "E0111.md";
    /// A source over 4 MiB.
    FILE_TOO_LARGE = 112, "E0112.md";
    /// A source of more than a million tokens.
    TOO_MANY_TOKENS = 113, "E0113.md";
    /// A character that deceives a reader.
    FORBIDDEN_CHARACTER = 114, "E0114.md";
    /// A letter that is not ASCII in a name.
    NAME_NOT_ASCII = 115, "E0115.md";
    /// Bytes that are no text.
    NOT_UTF8 = 116, "E0116.md";
    /// `#` for a comment.
    HASH_COMMENT = 117, "E0117.md";
    /// `'…'` for a string.
    SINGLE_QUOTES = 118, "E0118.md";
    /// An operator of another language.
    FOREIGN_OPERATOR = 119, "E0119.md";
    /// `a ? b : c`.
    FOREIGN_CONDITIONAL = 120, "E0120.md";
    /// `;`.
    SEMICOLON = 121, "E0121.md";
    /// A space between a number and its unit.
    SPACED_UNIT = 122, "E0122.md";
    /// `else` on a line of its own, or `elif`.
    LATE_ELSE = 123, "E0123.md";
    /// An unknown escape in a string.
    BAD_ESCAPE = 124, "E0124.md";
    /// Brackets that hold one value hold none, or two.
    ONE_VALUE = 125, "E0125.md";
    /// A form with a word of its own is not complete.
    WRONG_FORM = 126, "E0126.md";
    /// `{` on a line of its own.
    LATE_BRACE = 127, "E0127.md";
}
