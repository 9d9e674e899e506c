//! What lowering a block shares: places, messages, connections, and the app around.

use super::index::Index;
use super::model::{Str, Target};
use super::origins::{OriginWriter, Origins, Site};
use super::refused::label_fault;
use crate::assets::Assets;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, codes};
use crate::source::Sources;
use crate::tape::Origin;
use crate::units::Written;
use crate::vocabulary::blocks;
use crate::vocabulary::value::{At, Node, PortRef, Text};

/// Annotations of pods that a field replaced in Kubernetes 1.19, and that are read no more (rules.md §9, row 7).
const SECCOMP: [&str; 2] = ["seccomp.security.alpha.kubernetes.io/", "container.seccomp.security.alpha.kubernetes.io/"];

/// What is known when an app is lowered.
pub struct Lower<'a> {
    /// The app's number.
    pub app: u32,
    /// Names and ports of all tiers.
    pub index: &'a Index,
    /// The platform.
    pub target: &'a Target,
    /// Files that the program names.
    pub assets: &'a Assets,
    /// Texts, to know the library's from the user's.
    pub sources: &'a Sources,
    /// Origins of the top level.
    pub base: &'a Origins,
    /// Origins of this app.
    pub origins: &'a OriginWriter<'a>,
    /// Messages.
    pub diagnostics: Diagnostics,
    /// The app's own `secret`s.
    pub secrets: &'a [blocks::Secret],
    /// Those of the tier at hand.
    pub tier_secrets: &'a [blocks::Secret],
    /// ConfigMaps written so far: the app's, then those of the tier at hand.
    pub written: Vec<super::objects::Written>,
    /// Claims that the app declares for its tiers.
    pub claims: &'a [super::model::Claim],
    /// Objects that must exist in the cluster: kind, name, key, and what names them.
    pub assumed: Vec<(&'static str, Str, Option<Str>, Origin)>,
    /// What is put before each name.
    pub prefix: Str,
    /// The tier at hand: what it reads of itself is no connection.
    pub tier: Option<crate::vocabulary::value::TierRef>,
    /// Was something of the block at hand refused, so that it is not planned?
    pub refused: bool,
    /// Where the app's tiers send their traces unless they say otherwise.
    pub tracing: Option<&'a blocks::Tracing>,
    /// Does the block at hand allow itself texts that look like a secret's value (`secret-in-text`)?
    pub clear: bool,
}

/// The ports that a workload's text and `connects` reach, with what reached them.
pub type Uses = Vec<(PortRef, Origin)>;

impl<'a> Lower<'a> {
    /// The site of an origin.
    pub fn site(&self, origin: Origin) -> Option<Site> {
        self.origins.get(origin).or_else(|| self.base.get(origin))
    }
    /// Adds the place of an origin to a message: the user's own line first, then what it was reached through.
    pub fn place(&self, mut d: Diagnostic, origin: Origin, label: impl Into<String>) -> Diagnostic {
        let mut sites = Vec::new();
        let mut next = self.site(origin);
        while let Some(site) = next {
            sites.push(site.span);
            next = self.site(site.via);
        }
        let own = sites.iter().position(|s| !self.sources.get(s.file).is_some_and(|f| f.library)).unwrap_or(0);
        let label = label.into();
        if let Some(span) = sites.get(own) {
            d = d.at(*span, if own == 0 { label.clone() } else { String::new() });
        }
        for (i, span) in sites.iter().enumerate() {
            match i.cmp(&own) {
                std::cmp::Ordering::Less if i == 0 => d = d.at(*span, label.clone()),
                std::cmp::Ordering::Less => d = d.at(*span, "by way of this"),
                std::cmp::Ordering::Equal => {}
                std::cmp::Ordering::Greater => d = d.at(*span, "reached through this"),
            }
        }
        d
    }
    /// An error at an origin; the block is not planned.
    pub fn error(&mut self, code: Code, title: impl Into<String>, origin: Origin, label: impl Into<String>) -> Diagnostic {
        self.refused = true;
        self.place(Diagnostic::error(code, title), origin, label)
    }
    /// Keeps a message.
    pub fn push(&mut self, d: Diagnostic) {
        self.diagnostics.push(d);
    }
    /// Does a block allow itself this exception?
    pub fn allows(&self, node: &Node, name: &str) -> bool {
        node.allows.iter().any(|(n, _)| *n.value == *name)
    }
    /// Notes the ports of a text, and gives the text as the kubelet must get it so that it stays what was written.
    pub fn text(&mut self, text: &At<Text>, uses: &mut Uses) -> At<Str> {
        At::new(self.characters(&text.value, text.origin, uses), text.origin)
    }
    /// As [`Lower::text`], of a text and its origin.
    pub fn characters(&self, text: &Text, origin: Origin, uses: &mut Uses) -> Str {
        uses.extend(text.ports().iter().filter(|p| Some(p.tier) != self.tier).map(|p| (*p, origin)));
        for_kubelet(&text.text)
    }
    /// Labels or annotations: legal keys and values, and none of the compiler's own.
    pub fn labels(&mut self, map: Option<&At<crate::vocabulary::Map<Str>>>, annotations: bool) -> Vec<(Str, At<Str>)> {
        let mut all = Vec::with_capacity(map.map_or(0, |m| m.value.0.len()));
        for (key, value) in map.iter().flat_map(|m| &m.value.0) {
            if let Some(fault) = label_fault(key, value, annotations) {
                self.say(fault);
                continue;
            }
            let own = [
                "app.kubernetes.io/name",
                "app.kubernetes.io/instance",
                "app.kubernetes.io/part-of",
                "app.kubernetes.io/managed-by",
                "app.kubernetes.io/version",
            ];
            if own.contains(&&*key.value) {
                let d = self
                    .error(codes::SENSELESS, format!("`{}` is set by the compiler", key.value), key.origin, "cannot be overridden")
                    .why("Selectors, policies and budgets match these labels; they follow from the names of app and tier.");
                self.push(d);
                continue;
            }
            // Snippets of configuration for ingress-nginx let whoever may write them run code in the controller (check 81).
            if annotations && (key.value.ends_with("-snippet") || key.value.ends_with("/server-snippets")) {
                let d = self
                    .error(codes::SENSELESS, format!("the annotation `{}` is refused", key.value), key.origin, "a snippet")
                    .why("Snippets let whoever writes them run code in the ingress controller.");
                self.push(d);
                continue;
            }
            if annotations && SECCOMP.iter().any(|prefix| key.value.starts_with(prefix)) {
                let d = self
                    .error(
                        codes::SENSELESS,
                        format!("nobody reads the annotation `{}` any more", key.value),
                        key.origin,
                        "gone since Kubernetes 1.27",
                    )
                    .why("`seccompProfile` of the pod took its place, and every pod of the compiler has it: `RuntimeDefault`.")
                    .help("take the annotation away");
                self.push(d);
                continue;
            }
            all.push((key.value.clone(), value.clone()));
        }
        let size: usize = all.iter().map(|(k, v)| k.len() + v.value.len()).sum();
        if annotations && size > 256 << 10 {
            let origin = map.map_or(Origin::NONE, |m| m.origin);
            let d = self.error(codes::TOO_LARGE, format!("annotations of {size} bytes"), origin, "at most 256 KiB in all");
            self.push(d);
        }
        all
    }
    /// This app's namespace in the cluster.
    pub fn namespace(&self) -> Str {
        self.index.apps.get(self.app as usize).map_or_else(|| "".into(), |a| a.namespace.clone())
    }
}

/// A quantity from a canonical amount.
pub fn text_of<T: Written>(value: &T) -> Str {
    value.with_text(|text| Str::new(text))
}

/// The text that the kubelet turns back into this one (row 27): it expands `$(X)`, and reads every `$$` as `$`, whatever follows.
fn for_kubelet(text: &Str) -> Str {
    if !text.bytes().any(|b| b == b'$') || !text.contains("$(") && !text.contains("$$") {
        return text.clone();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if c == '$' && matches!(rest.peek(), Some('$' | '(')) {
            out.push('$');
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kubelet makes of a text, written after its own rules: `$$` is `$`, `$(name)` the variable.
    fn kubelet(text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((_, after)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
                out.push_str("EXPANDED");
                rest = after;
            } else {
                out.push('$');
            }
        }
        out + rest
    }

    #[test]
    fn the_kubelet_gives_back_what_was_written() {
        for text in ["", "$", "$$", "$$$", "a$", "$(X)", "$$(X)", "$$$(X)", "$((1+1))", "a$$b", "${X}", "$X", "$(", "x$(A)$$(B)$"] {
            assert_eq!(kubelet(&for_kubelet(&text.into())), text);
        }
        assert_eq!(&*for_kubelet(&"$$(X)".into()), "$$$$(X)");
        assert_eq!(&*for_kubelet(&"${X} $Y".into()), "${X} $Y");
    }
}
