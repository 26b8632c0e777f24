//! How well words that are typed match a text: written out, at the start of a word, or with letters
//! left out.

/// Letters as they are compared: small, and `_` as a space.
fn letters(text: &str, out: &mut Vec<char>) {
    out.clear();
    out.extend(text.chars().flat_map(char::to_lowercase).map(|letter| {
        if matches!(letter, '_' | '/' | '-') {
            ' '
        } else {
            letter
        }
    }));
}

/// What is searched for: words that must all be found, in any order.
#[derive(Clone, Debug, Default)]
pub struct Query {
    words: Vec<Vec<char>>,
    buffer: Vec<char>,
}

impl Query {
    /// From what is typed.
    pub fn new(text: &str) -> Self {
        let mut all = Vec::new();
        letters(text, &mut all);
        let words = all.split(|letter| letter.is_whitespace());
        Self {
            words: words
                .filter(|word| !word.is_empty())
                .map(<[char]>::to_vec)
                .collect(),
            buffer: Vec::new(),
        }
    }

    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How well the fields of one thing match, more is better; `None` where a word is found in no
    /// field, or none in the first field, which is what the thing is called.
    pub fn score(&mut self, fields: &[&str]) -> Option<i32> {
        let Self { words, buffer } = self;
        let mut best = vec![None; words.len()];
        let mut is_named = false;
        for (field, at) in fields.iter().zip(0_i32..) {
            letters(field, buffer);
            for (word, best) in words.iter().zip(&mut best) {
                let score = word_score(word, buffer).map(|score| score - 15 * at);
                is_named |= at == 0 && score.is_some();
                *best = (*best).max(score);
            }
        }
        let sum = best
            .into_iter()
            .try_fold(0, |sum, score| Some(sum + score?))?;
        // Of two that match alike, the shorter is meant.
        let length = fields.first().map_or(0, |name| name.len().min(60)) as i32;
        is_named.then_some(sum - length / 4)
    }
}

fn word_score(word: &[char], text: &[char]) -> Option<i32> {
    let mut best = None;
    for (at, window) in text.windows(word.len()).enumerate() {
        if window != word {
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let score = match before {
            None => 120,
            Some(letter) if !letter.is_alphanumeric() => 100,
            Some(_) => 60,
        };
        let is_whole = text
            .get(at + word.len())
            .is_none_or(|letter| !letter.is_alphanumeric());
        best = best.max(Some(score + if is_whole { 15 } else { 0 }));
    }
    best.or_else(|| loose_score(word, text))
}

/// All letters in their order, with few between them, from the start of a word on.
fn loose_score(word: &[char], text: &[char]) -> Option<i32> {
    if word.len() < 2 {
        return None;
    }
    let starts = text.iter().enumerate().filter(|(at, letter)| {
        let begins = at
            .checked_sub(1)
            .and_then(|at| text.get(at))
            .is_none_or(|before| !before.is_alphanumeric());
        begins && word.first() == Some(letter)
    });
    starts
        .filter_map(|(start, _)| {
            let mut rest = text.iter().enumerate().skip(start);
            let mut last = start;
            for letter in word {
                last = rest.find(|(_, other)| *other == letter)?.0;
            }
            let between = (last + 1 - start - word.len()) as i32;
            (between <= 2 * word.len() as i32).then_some(40 - between)
        })
        .max()
}
