//! Sparklines show what was measured: no slope that was not there, no peak lost, no gap bridged.

use twinscape::history::Bucket;
use twinscape::model::Timestamp;
use twinscape::viewer::ui::spark::{Joins, trace};

fn bucket(numbers: &[f64]) -> Bucket {
    let least = numbers.iter().copied().fold(f64::NAN, f64::min);
    let most = numbers.iter().copied().fold(f64::NAN, f64::max);
    Bucket {
        start: Timestamp::from_secs(0),
        count: numbers.len() as u64,
        min: least,
        max: most,
        mean: numbers.iter().sum::<f64>() / numbers.len() as f64,
        last: numbers.last().copied().unwrap_or(f64::NAN),
    }
}

#[test]
fn a_switch_stands_until_it_is_switched_and_until_now() {
    let buckets = [bucket(&[]), bucket(&[]), bucket(&[1.0]), bucket(&[])];
    let pieces = trace(&buckets, Some(0.0), Joins::Steps, usize::MAX);
    let line = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [1.0, 1.0]];
    assert_eq!(pieces, [line]);
}

#[test]
fn a_peak_of_one_sample_is_in_the_line() {
    let buckets = [bucket(&[5.0]), bucket(&[5.0, 90.0, 5.0]), bucket(&[5.0])];
    let pieces = trace(&buckets, None, Joins::Lines, 3);
    assert_eq!(pieces.len(), 1);
    assert!(pieces[0].iter().any(|[_, value]| *value == 90.0));
}

#[test]
fn a_silence_longer_than_a_value_lasts_is_a_gap() {
    let [full, empty] = [bucket(&[2.0]), bucket(&[])];
    let buckets = [full, full, empty, empty, empty, empty, full, full];
    for joins in [Joins::Lines, Joins::Steps] {
        let pieces = trace(&buckets, None, joins, 2);
        assert_eq!(pieces.len(), 2, "{joins:?}: {pieces:?}");
        let end_of_first = pieces[0].last().unwrap()[0];
        let start_of_second = pieces[1][0][0];
        assert!(end_of_first <= 3.0 / 8.0 && start_of_second == 6.0 / 8.0);
    }
}
