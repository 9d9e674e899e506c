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
    INCOMPLETE_FORM = 126, "E0126.md";
    /// `{` on a line of its own.
    LATE_BRACE = 127, "E0127.md";
    /// A name that means nothing here.
    UNKNOWN_NAME = 201, "E0201.md";
    /// A block or attribute that does not exist where it stands.
    UNKNOWN_MEMBER = 202, "E0202.md";
    /// A value of another type than expected.
    WRONG_TYPE = 203, "E0203.md";
    /// A literal with several meanings where no type is expected.
    AMBIGUOUS = 204, "E0204.md";
    /// Two units in one operation.
    MIXED_UNITS = 205, "E0205.md";
    /// Arguments that do not fit parameters.
    WRONG_ARGUMENTS = 206, "E0206.md";
    /// One name for two things.
    DECLARED_TWICE = 207, "E0207.md";
    /// Something made from itself.
    RECURSION = 208, "E0208.md";
    /// A type that does not exist.
    UNKNOWN_TYPE = 209, "E0209.md";
    /// A literal that its type refuses.
    BAD_LITERAL = 210, "E0210.md";
    /// A member in a form that is not its own.
    WRONG_FORM = 211, "E0211.md";
    /// A word of the expected type that is also a declared name.
    TWO_MEANINGS = 212, "E0212.md";
    /// Something that stands elsewhere.
    MISPLACED = 213, "E0213.md";
    /// A `match` without a case for some value.
    NOT_EXHAUSTIVE = 214, "E0214.md";
    /// A case that is never taken.
    UNREACHABLE = 215, "E0215.md";
    /// A word of a later version.
    NOT_BUILT = 216, "E0216.md";
    /// A name that Kubernetes would refuse.
    BAD_NAME = 217, "E0217.md";
    /// A chain of values that is too long.
    TOO_DEEP = 218, "E0218.md";
    /// Something to be read that cannot be.
    UNREADABLE = 219, "E0219.md";
    /// A calculation whose result cannot be said.
    ARITHMETIC = 220, "E0220.md";
    /// An input that is missing, unknown or of the wrong type.
    INPUT = 221, "E0221.md";
    /// A rule that the program sets itself.
    REQUIREMENT = 301, "E0301.md";
    /// A value that a refined type does not admit.
    REFINEMENT = 302, "E0302.md";
    /// Something that must be said.
    MISSING = 303, "E0303.md";
    /// A value that makes no sense here.
    SENSELESS = 304, "E0304.md";
    /// A weakening that nothing allows.
    NOT_ALLOWED = 305, "E0305.md";
    /// Two controllers that fight over one field.
    CONFLICT = 306, "E0306.md";
    /// A secret's value in a program.
    SECRET_IN_TEXT = 307, "E0307.md";
    /// A feature that the targeted version lacks.
    TOO_OLD = 308, "E0308.md";
    /// Worst case over quota.
    OVER_QUOTA = 309, "E0309.md";
    /// A container outside the namespace's bounds.
    OUT_OF_BOUNDS = 310, "E0310.md";
    /// A pod that its namespace's Pod Security Standard refuses.
    POD_SECURITY = 311, "E0311.md";
    /// Emitted policies that do not allow what is declared, or more.
    REACHABILITY = 312, "E0312.md";
    /// An emitted object that its schema refuses.
    SCHEMA = 313, "E0313.md";
    /// A connection that is not what it looks like.
    CONNECTION = 314, "E0314.md";
    /// A rollout that cannot make progress.
    ROLLOUT = 315, "E0315.md";
    /// A setting without effect.
    NO_EFFECT = 316, "E0316.md";
    /// Something assumed of the cluster.
    ASSUMED = 317, "E0317.md";
    /// Something that the platform has not, or has for itself.
    PLATFORM = 320, "E0320.md";
    /// Requests that find no way, or two.
    ROUTING = 321, "E0321.md";
    /// Nothing to build.
    EMPTY = 401, "E0401.md";
    /// An overlay that names what does not exist, or adds what does.
    OVERLAY = 402, "E0402.md";
    /// One thing said twice in one place.
    SAID_TWICE = 403, "E0403.md";
    /// Two objects of one name.
    COLLISION = 404, "E0404.md";
    /// A name that is too long or that Kubernetes refuses, computed.
    OBJECT_NAME = 405, "E0405.md";
    /// Evaluation that takes too long.
    FUEL = 406, "E0406.md";
    /// A name that is read before names are known.
    TOO_EARLY = 407, "E0407.md";
    /// A template that does not render.
    TEMPLATE = 408, "E0408.md";
    /// Two environments that would write the same objects.
    SAME_ENVIRONMENT = 409, "E0409.md";
    /// An environment that does not exist.
    NO_ENVIRONMENT = 410, "E0410.md";
    /// An object that is too large.
    TOO_LARGE = 411, "E0411.md";
    /// A name of the program that nothing declares.
    UNDECLARED = 412, "E0412.md";
}
