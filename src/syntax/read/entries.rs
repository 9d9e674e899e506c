//! The rules of files, blocks and entries.

use super::{BLANK, DASH, LETTER, Reader, Rule, UNDERSCORE, WORD, is};

impl Reader<'_> {
    /// If it does not hold, the place stays where reading ended.
    pub(super) fn file(&mut self) -> bool {
        let mut at = 0;
        let held = self.node(Rule::file, |r| {
            let held = r.nl() && r.many(|r| r.entry() && r.end()) && r.ended() && r.missing(Rule::EOI);
            at = r.at;
            held
        });
        self.at = at;
        held
    }
    pub(super) fn body(&mut self) -> bool {
        self.byte() == b'{' && self.node(Rule::body, |r| r.take(b'{') && r.nl() && r.many(|r| r.entry() && r.end()) && r.take(b'}'))
    }
    pub(super) fn end(&mut self) -> bool {
        self.all(|r| r.sp() && (r.gap() || r.byte() == b'}' || r.ended() || r.bad_tail() && r.maybe(Self::gap)))
    }
    fn gap(&mut self) -> bool {
        (self.newline() || self.take(b',') || self.comment()) && self.nl() && {
            while self.take(b',') {
                self.nl();
            }
            true
        }
    }

    fn entry(&mut self) -> bool {
        self.declaration() || self.plain() || self.bad_line()
    }
    /// With the look ahead for a keyword: each word begins one declaration.
    fn declaration(&mut self) -> bool {
        if !matches!(self.byte(), b'u' | b'i' | b'l' | b't' | b'f' | b'c' | b'p' | b'r' | b'a' | b'e') {
            return false;
        }
        let end = self.run(self.at, WORD | DASH);
        let declaration: fn(&mut Self) -> bool = match self.text.get(self.at..end) {
            Some(b"use") => Self::import,
            Some(b"input") => Self::input,
            Some(b"include") => Self::include,
            Some(b"if") => Self::branch,
            Some(b"let") => Self::binding,
            Some(b"type") => Self::typedef,
            Some(b"fn") => Self::function,
            Some(b"for") => Self::repeat,
            Some(b"component") => Self::component,
            Some(b"policy") => Self::policy,
            Some(b"require") => Self::require,
            Some(b"remove") => Self::remove,
            Some(b"allow") => Self::allow,
            Some(b"add") => Self::add,
            Some(b"elseif" | b"elsif" | b"elif" | b"else") => Self::late_else,
            _ => return false,
        };
        let sign = self.run(end, BLANK);
        let is_name = self.byte_at(sign) == b'=' && self.byte_at(sign + 1) != b'=';
        !is_name && declaration(self)
    }

    fn import(&mut self) -> bool {
        self.node(Rule::import, |r| {
            r.text(b"use") && r.sp() && (r.string() || r.path()) && r.maybe(|r| r.sp() && r.word(b"as") && r.sp() && r.name())
        })
    }
    fn input(&mut self) -> bool {
        self.node(Rule::input, |r| r.text(b"input") && r.sp() && r.name() && r.sp() && r.take(b':') && r.sp() && r.type_() && r.default())
    }
    fn binding(&mut self) -> bool {
        self.node(Rule::binding, |r| {
            r.text(b"let")
                && r.sp()
                && r.name()
                && r.maybe(|r| r.sp() && r.take(b':') && r.byte() != b'=' && r.sp() && r.type_())
                && r.assigned()
        })
    }
    fn typedef(&mut self) -> bool {
        self.node(Rule::typedef, |r| {
            r.text(b"type")
                && r.sp()
                && r.name()
                && r.sp()
                && r.assign()
                && r.sp()
                && r.type_()
                && r.maybe(|r| r.sp() && r.word(b"where") && r.sp() && r.value())
        })
    }
    fn function(&mut self) -> bool {
        self.node(Rule::function, |r| {
            r.text(b"fn") && r.sp() && r.name() && r.params() && r.sp() && r.text(b"->") && r.sp() && r.type_() && r.assigned()
        })
    }
    fn component(&mut self) -> bool {
        self.node(Rule::component, |r| {
            r.text(b"component") && r.sp() && r.name() && r.params() && r.sp() && r.text(b"->") && r.sp() && r.name() && r.sp() && r.body()
        })
    }
    fn policy(&mut self) -> bool {
        self.node(Rule::policy, |r| {
            r.text(b"policy")
                && r.sp()
                && r.label()
                && r.sp()
                && r.word(b"for")
                && r.sp()
                && r.name()
                && r.sp()
                && r.name()
                && r.sp()
                && r.body()
        })
    }
    fn repeat(&mut self) -> bool {
        self.node(Rule::repeat, |r| {
            r.text(b"for") && r.sp() && r.name() && r.sp() && r.word(b"in") && r.sp() && r.expr() && r.sp() && r.body()
        })
    }
    fn branch(&mut self) -> bool {
        self.node(Rule::branch, |r| r.word(b"if") && r.sp() && r.expr() && r.sp() && r.body() && r.maybe(|r| r.sp() && r.otherwise()))
    }
    pub(super) fn otherwise(&mut self) -> bool {
        self.byte() == b'e' && (self.all(|r| r.word(b"else") && r.sp() && (r.branch() || r.body())) || self.wrong_else())
    }
    fn require(&mut self) -> bool {
        self.node(Rule::require, |r| {
            r.text(b"require") && r.sp() && r.value() && r.maybe(|r| r.sp() && r.take(b',') && r.nl() && r.string())
        })
    }
    fn remove(&mut self) -> bool {
        self.node(Rule::remove, |r| r.text(b"remove") && r.sp() && r.name() && r.maybe(|r| r.sp() && r.label()))
    }
    fn allow(&mut self) -> bool {
        self.node(Rule::allow, |r| r.text(b"allow") && r.sp() && r.name() && r.sp() && r.word(b"because") && r.sp() && r.string())
    }
    fn add(&mut self) -> bool {
        self.node(Rule::add, |r| r.text(b"add") && r.sp() && r.plain())
    }
    fn include(&mut self) -> bool {
        self.node(Rule::include, |r| r.text(b"include") && r.sp() && r.string())
    }

    fn params(&mut self) -> bool {
        self.node(Rule::params, |r| {
            r.take(b'(') && r.nl() && r.many(|r| r.param() && r.nl() && (r.take(b',') && r.nl() || r.byte() == b')')) && r.take(b')')
        })
    }
    fn param(&mut self) -> bool {
        self.node(Rule::param, |r| r.name() && r.sp() && r.take(b':') && r.sp() && r.type_() && r.default())
    }
    fn type_(&mut self) -> bool {
        self.node(Rule::type_, |r| {
            r.type_atom() && r.maybe(|r| r.sp() && r.text(b"..") && r.sp() && r.type_atom()) && r.maybe(Self::optional)
        })
    }
    fn type_atom(&mut self) -> bool {
        self.name() || self.type_list() || self.type_map()
    }
    fn type_list(&mut self) -> bool {
        self.byte() == b'[' && self.node(Rule::type_list, |r| r.take(b'[') && r.nl() && r.type_() && r.nl() && r.take(b']'))
    }
    fn type_map(&mut self) -> bool {
        self.byte() == b'{'
            && self.node(Rule::type_map, |r| {
                r.take(b'{') && r.nl() && r.type_() && r.nl() && r.take(b':') && r.nl() && r.type_() && r.nl() && r.take(b'}')
            })
    }
    fn optional(&mut self) -> bool {
        self.byte() == b'?' && self.leaf(Rule::optional, self.at + 1)
    }

    fn plain(&mut self) -> bool {
        is(self.byte(), LETTER | UNDERSCORE)
            && self.node(Rule::plain, |r| {
                r.path()
                    && r.sp()
                    && r.maybe(|r| r.label() && r.sp())
                    && r.maybe(|r| r.within() && r.sp())
                    && (r.assignment() || r.body() || r.bare_value() || r.late_body() || r.bad_rest())
            })
    }
    fn assignment(&mut self) -> bool {
        self.assign() && self.sp() && self.value() && self.maybe(|r| r.sp() && r.body())
    }
    pub(super) fn assign(&mut self) -> bool {
        self.equals() || self.wrong_colon() || self.wrong_equals()
    }
    /// `"=" ~ !("=" | ">")`
    pub(super) fn equals(&mut self) -> bool {
        self.byte() == b'=' && !matches!(self.next_byte(), b'=' | b'>') && self.take(b'=')
    }
    /// `sp ~ assign ~ sp ~ value`
    fn assigned(&mut self) -> bool {
        self.sp() && self.assign() && self.sp() && self.value()
    }
    /// `(sp ~ assign ~ sp ~ value)?`
    fn default(&mut self) -> bool {
        self.maybe(Self::assigned)
    }
    fn label(&mut self) -> bool {
        !self.word_ahead(b"in") && self.name() || self.string()
    }
    fn within(&mut self) -> bool {
        self.word_ahead(b"in") && self.node(Rule::within, |r| r.text(b"in") && r.sp() && r.name())
    }
    /// `&("xyz" ~ kw_end)`
    pub(super) fn word_ahead(&mut self, word: &[u8]) -> bool {
        let at = self.at;
        let found = self.word(word);
        self.at = at;
        found
    }
}
