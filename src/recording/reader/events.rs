//! Events of a recording.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use super::list::EventPart;
use super::shelf::{Item, Key};
use super::{Inner, Recording};
use crate::model::Timestamp;
use crate::model::alarm::Event;
use crate::recording::sealed::read_events;

/// Memory of an event, texts included, about.
const EVENT_BYTES: usize = 256;

impl Recording {
    /// The events of `span`, in order of time. What this plant does not have any more is told as a
    /// note.
    pub fn events(&self, span: Range<Timestamp>) -> Vec<Event> {
        let inner = &*self.0;
        let parts = inner.parts();
        let ms = span.start.as_millis()..span.end.as_millis().saturating_add(1);
        let mut events = Vec::new();
        for part in &parts.events {
            if part.file.span.end > ms.start && part.file.span.start < ms.end {
                let some = inner.event_part(part);
                let some = some.iter().filter(|event| span.contains(&event.time));
                events.extend(some.cloned());
            }
        }
        let sealed = events.len();
        let tail = parts.tail_events.iter();
        let tail = tail.filter(|event| span.contains(&event.time));
        events.extend(tail.map(|event| event.in_plant(&inner.plant)));
        if events.len() > sealed {
            events.sort_by_key(|event| event.time);
        }
        events
    }
}

impl Inner {
    fn event_part(&self, part: &EventPart) -> Arc<[Event]> {
        if part.broken.get().is_some() {
            return Arc::default();
        }
        let key = Key::Events { part: part.key };
        if let Some(Item::Events(events)) = self.shelf().get(key) {
            return events;
        }
        let read = File::open(&part.file.path)
            .map_err(Into::into)
            .and_then(read_events);
        match read {
            Ok((_, events)) => {
                let events = events.iter().map(|event| event.in_plant(&self.plant));
                let events: Arc<[Event]> = events.collect();
                let bytes = events.len() * EVENT_BYTES;
                self.shelf()
                    .put(key, Item::Events(Arc::clone(&events)), bytes);
                events
            }
            Err(error) => {
                if part.broken.set(error.to_string()).is_ok() {
                    let path = part.file.path.display();
                    tracing::warn!("a part of events is left out ({error}): {path}");
                }
                Arc::default()
            }
        }
    }
}
