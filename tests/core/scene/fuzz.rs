//! Whatever a file says, reading it ends in a plant or in mistakes, never in a panic.

use proptest::prelude::*;

use super::Scene;

const SCENE: &str = include_str!("../../scenes/water/scene.toml");
const KIND: &str = include_str!("../../scenes/water/kinds/centrifugal-pump.toml");
const WORDS: [&str; 24] = [
    "nan",
    "inf",
    "-1",
    "1e999",
    "\"\"",
    "[]",
    "{}",
    "{ a = 1 }",
    "[[",
    "]]",
    "99999999999999999999",
    "\"../x\"",
    "\"/etc/passwd\"",
    "true",
    "1979-05-27",
    "\"{line}\"",
    "\"{\"",
    "\"*\"",
    "\"\\u0000\"",
    "\"embedded\"",
    "\"0s\"",
    "\"source\"",
    "[[0.0, 1.0], [0.0, 1.0]]",
    "\u{1F980}",
];

/// One change of a text: a token replaced by a word, a stretch cut out, a line doubled or swapped.
fn mutate(
    text: &str,
    (kind, at, other, word): (u8, prop::sample::Index, prop::sample::Index, usize),
) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let (a, b) = (at.index(lines.len()), other.index(lines.len()));
    match kind {
        0 => {
            let line = lines[a];
            let key = line.split('=').next().unwrap_or("");
            let changed = format!("{key}= {}", WORDS[word % WORDS.len()]);
            lines[a] = &changed;
            return lines.join("\n");
        }
        1 => {
            lines.remove(a);
        }
        2 => lines.insert(a, lines[b]),
        3 => lines.swap(a, b),
        4 => {
            let cut = text.floor_char_boundary(at.index(text.len() + 1));
            return text[..cut].to_owned();
        }
        _ => {
            let cut = text.floor_char_boundary(at.index(text.len() + 1));
            let (head, tail) = text.split_at(cut);
            return format!("{head}{}{tail}", WORDS[word % WORDS.len()]);
        }
    }
    lines.join("\n")
}

fn changes() -> impl Strategy<Value = Vec<(u8, prop::sample::Index, prop::sample::Index, usize)>> {
    prop::collection::vec(
        (
            0_u8..6,
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            0_usize..100,
        ),
        1..6,
    )
}

/// Loads the waterworks with these two texts and prints what is found.
fn load(scene: &str, kind: &str) {
    let folder = super::plants::water();
    let mut files = Scene::new("").with("scene.toml", scene);
    for entry in std::fs::read_dir(folder.join("kinds")).expect("the kinds") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let text = std::fs::read(entry.path()).expect("a kind");
        files = files.with(&format!("kinds/{name}"), text);
    }
    let files = files.with("kinds/centrifugal-pump.toml", kind);
    match files.load() {
        Ok(loaded) => {
            assert!(loaded.plant.bindings.len() <= loaded.plant.signals.len());
        }
        Err(error) => {
            assert!(!error.errors.is_empty());
            for mistake in &error.errors {
                assert!(!mistake.message.is_empty());
                assert!(mistake.line == 0 || mistake.column > 0);
            }
            let _ = error.to_string();
        }
    }
}

/// Few in every run of the tests, for each reads files; as many as wanted in `tests/fuzz.sh`.
fn cases() -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted.and_then(|cases| cases.parse().ok()).unwrap_or(192)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_mutated_scene_is_a_plant_or_a_list_of_mistakes(changes in changes()) {
        let text = changes.into_iter().fold(SCENE.to_owned(), |text, change| mutate(&text, change));
        load(&text, KIND);
    }

    #[test]
    fn a_mutated_kind_is_a_plant_or_a_list_of_mistakes(changes in changes()) {
        let text = changes.into_iter().fold(KIND.to_owned(), |text, change| mutate(&text, change));
        load(SCENE, &text);
    }

    #[test]
    fn any_text_is_a_plant_or_a_list_of_mistakes(text in "\\PC{0,200}") {
        load(&text, KIND);
    }

    #[test]
    fn any_duration_text_is_read_or_refused(text in "[0-9.a-z -]{0,12}") {
        if let Ok(duration) = twinscape::model::scene::parse_duration(&text) {
            prop_assert!(duration.as_secs() <= 36_500 * 86_400);
        }
    }
}
