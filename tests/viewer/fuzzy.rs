//! What is typed finds what is meant: words in any order, cut short, or with letters left out.

use proptest::prelude::*;
use twinscape::viewer::ui::fuzzy::Query;

/// The names in the order in which a query finds them.
fn found<'a>(query: &str, names: &[&'a str]) -> Vec<&'a str> {
    let mut query = Query::new(query);
    let mut scored: Vec<_> = names
        .iter()
        .filter_map(|name| Some((query.score(&[name])?, *name)))
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_whole_word_comes_before_a_beginning_and_that_before_a_middle() {
    let names = ["Palatable", "Tabletop", "Table", "Chair"];
    assert_eq!(found("table", &names), ["Table", "Tabletop", "Palatable"]);
}

#[test]
fn words_are_found_in_any_order_and_all_of_them_must_be() {
    let names = ["spindle_temperature", "spindle_speed", "oil temperature"];
    assert_eq!(found("temp spin", &names), ["spindle_temperature"]);
    assert!(found("spindle pressure", &names).is_empty());
}

#[test]
fn letters_may_be_left_out_within_a_word_but_not_scattered_over_the_text() {
    assert_eq!(found("lth2", &["Lathe2", "Mill 2"]), ["Lathe2"]);
    assert!(found("lth", &["Long conveyor to the hall"]).is_empty());
}

#[test]
fn what_belongs_to_a_thing_finds_it_only_together_with_its_name() {
    let mut query = Query::new("temp lathe");
    assert!(query.score(&["spindle_temperature", "Lathe 2"]).is_some());
    let mut query = Query::new("lathe");
    assert!(query.score(&["spindle_temperature", "Lathe 2"]).is_none());
}

proptest! {
    #[test]
    fn nothing_that_is_typed_makes_it_panic(query in ".{0,20}", name in ".{0,40}") {
        let _ = Query::new(&query).score(&[&name, &query]);
    }

    #[test]
    fn whatever_is_there_is_found_by_its_own_name(name in "[a-zA-Zäöü]{1,12}( [a-z0-9]{1,8}){0,3}") {
        prop_assert!(Query::new(&name).score(&[&name]).is_some());
    }
}
