//! What a case file says of how it is compiled: its first lines, each after `//? `.

use bayplan::Request;

/// The request that the directives of this text make, and whether all environments are to be checked (`//? check`).
///
/// # Errors
/// A line that is no directive, or that has no value.
pub fn read(text: &str, main: &str) -> Result<(Request, bool), String> {
    let mut request = Request { paths: vec![main.to_owned()], threads: 1, ..Request::default() };
    let mut check = false;
    for line in text.lines().map_while(|line| line.strip_prefix("//? ")).map(str::trim) {
        let value = || line.split_once('=').map(|(_, v)| v.trim().to_owned()).ok_or_else(|| format!("`//? {line}` has no value"));
        match line.split([' ', '=']).next().unwrap_or_default() {
            "env" => request.environment = Some(value()?),
            "inputs" => request.inputs = Some(value()?),
            "kubernetes" => request.kubernetes = Some(value()?),
            "files" => request.paths = value()?.split_whitespace().map(str::to_owned).collect(),
            "set" => {
                let given = line["set".len()..].trim().split_once('=').ok_or_else(|| format!("`//? {line}` has no value"))?;
                request.set.push((given.0.to_owned(), given.1.to_owned()));
            }
            "check" => check = true,
            _ => return Err(format!("`//? {line}` is no directive")),
        }
    }
    Ok((request, check))
}
