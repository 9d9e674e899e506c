//! What `bayplan timeline` foretells of examples, as text beside this file, and the picture that the README shows. `UPDATE=1` rewrites them.

use crate::programs;
use bayplan::Request;
use bayplan::timeline;
use bayplan::world::DiskWorld;
use std::fs;

fn timelines(name: &str) -> Vec<timeline::Timeline> {
    let program = programs::example(name);
    let request = Request { keep_apps: true, threads: 1, ..program.request.clone() };
    let compiled = bayplan::compile(&DiskWorld::at(&program.folder).unwrap(), &request);
    let planned = compiled.plan.unwrap_or_else(|| panic!("{name} does not build"));
    timeline::timelines(&planned.plan, &[], None)
}

fn same(file: &str, is: &str) {
    let path = programs::root().join(file);
    if std::env::var_os("UPDATE").is_some_and(|v| v != "0") {
        fs::write(&path, is).unwrap();
    }
    let was = fs::read_to_string(&path).unwrap_or_default();
    assert!(was == is, "{file} has become\n{is}\nIf that is meant: UPDATE=1 cargo test --test it timelines");
}

#[test]
fn examples_are_foretold() {
    for name in ["canary", "canary-by-routes", "blue-green", "rollouts"] {
        same(&format!("tests/it/timelines/{name}.txt"), &timeline::text(&timelines(&format!("cases/{name}"))));
    }
}

#[test]
fn the_picture_is_current() {
    same("examples/cases/canary.svg", &timeline::svg(&timelines("cases/canary")));
}

/// Nothing of a phase differs between the table, the picture and what programs read.
#[test]
fn forms_agree() {
    let all = timelines("cases/blue-green");
    let (text, json, svg) = (timeline::text(&all), timeline::json(&all), timeline::svg(&all));
    for (t, machine) in all.iter().zip(json.as_array().unwrap()) {
        let (earliest, latest) = t.ends();
        assert_eq!(machine["ends"]["earliest"], earliest);
        assert_eq!(machine["ends"]["latest"].as_i64(), latest);
        for (phase, machine) in t.phases.iter().zip(machine["phases"].as_array().unwrap()) {
            assert_eq!((machine["old"].as_i64(), machine["new"].as_i64()), (Some(phase.old), Some(phase.new)));
            assert!(text.contains(&t.says(phase)) && svg.contains(&t.says(phase)), "{}", t.says(phase));
        }
    }
}
