//! The rules of tokens, and of what stands between them.

use super::{BLANK, DIGIT, IN_STRING, LETTER, LINE_END, Reader, Rule, UNDERSCORE, WORD, is};

impl Reader<'_> {
    /// The end of the name that begins at an offset.
    pub(super) fn name_at(&self, at: usize) -> Option<usize> {
        if !is(self.byte_at(at), LETTER | UNDERSCORE) {
            return None;
        }
        let mut end = self.run(at + 1, WORD);
        while self.byte_at(end) == b'-' && is(self.byte_at(end + 1), LETTER | DIGIT) {
            end = self.run(end + 2, WORD);
        }
        Some(end)
    }
    pub(super) fn path_at(&self, at: usize) -> Option<usize> {
        let mut end = self.name_at(at)?;
        while self.byte_at(end) == b'.'
            && let Some(next) = self.name_at(end + 1)
        {
            end = next;
        }
        Some(end)
    }
    pub(super) fn name(&mut self) -> bool {
        self.name_at(self.at).is_some_and(|end| self.leaf(Rule::name, end))
    }
    pub(super) fn path(&mut self) -> bool {
        self.path_at(self.at).is_some_and(|end| self.leaf(Rule::path, end))
    }
    pub(super) fn number(&mut self) -> bool {
        let mut end = self.run(self.at, WORD);
        while self.byte_at(end) == b'.' && is(self.byte_at(end + 1), DIGIT) {
            end = self.run(end + 1, WORD);
        }
        self.leaf(Rule::number, end + usize::from(self.byte_at(end) == b'%'))
    }
    pub(super) fn string(&mut self) -> bool {
        self.byte() == b'"'
            && self.node(Rule::string, |r| {
                r.all(|r| r.text(b"\"\"\"") && r.parts(Self::long) && r.text(b"\"\"\""))
                    || r.take(b'"') && r.parts(Self::short) && r.take(b'"')
            })
    }
    /// `text ~ (("\\" ~ ANY | interpolation | "$") ~ text)*`
    #[inline(always)]
    fn parts(&mut self, text: fn(&mut Self) -> bool) -> bool {
        text(self) && self.many(|r| (r.take(b'\\') && r.any() || r.interpolation() || r.take(b'$')) && text(r))
    }
    fn short(&mut self) -> bool {
        self.leaf(Rule::short, self.run_to(self.at, IN_STRING))
    }
    fn long(&mut self) -> bool {
        let mut end = self.run_to(self.at, IN_STRING);
        while self.byte_at(end) == b'"' && !self.text.get(end..).is_some_and(|t| t.starts_with(b"\"\"\"")) {
            end = self.run_to(end + 1, IN_STRING);
        }
        self.leaf(Rule::long, end)
    }
    fn interpolation(&mut self) -> bool {
        self.byte() == b'$' && self.next_byte() == b'{' && self.node(Rule::interpolation, |r| r.text(b"${") && r.items() && r.take(b'}'))
    }
    pub(super) fn raw(&mut self) -> bool {
        self.raw_at(self.at).is_some_and(|end| self.leaf(Rule::raw, end))
    }
    pub(super) fn raw_at(&self, at: usize) -> Option<usize> {
        let content = self.text.get(at..)?.strip_prefix(b"`")?;
        Some(at + content.iter().position(|b| *b == b'`')? + 2)
    }

    pub(super) fn sp(&mut self) -> bool {
        self.at = self.run(self.at, BLANK);
        true
    }
    pub(super) fn newline(&mut self) -> bool {
        self.take(b'\n') || self.take(b'\r') && self.maybe(|r| r.take(b'\n'))
    }
    pub(super) fn nl(&mut self) -> bool {
        loop {
            self.at = self.run(self.at, BLANK | LINE_END);
            if !self.comment() {
                return true;
            }
        }
    }
    pub(super) fn comment(&mut self) -> bool {
        let found = self.byte() == b'/' && self.next_byte() == b'/';
        if found {
            self.at = self.run_to(self.at + 2, LINE_END);
        }
        found
    }
    /// `NEWLINE | comment`
    pub(super) fn line_end(&mut self) -> bool {
        self.newline() || self.comment()
    }
}
