//! A page with its services: an API, a Redis, and a record of the enqueued jobs.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use counters::api::{self, Api};
use counters::web::{self, Change, Page, Web};
use testkit::Kit;

use super::events::Events;
use super::http::{self, Answer};
use super::recounts::Recounts;
use super::redis::FakeRedis;

/// The jid that every click gets, unless enqueuing fails.
pub const JID: &str = "0123456789abcdef01234567";

type Enqueued = Arc<Mutex<Vec<(String, &'static str)>>>;

/// A page whose services all work.
pub struct Site {
    pub page: Page,
    pub api: Api,
    pub redis: FakeRedis,
    enqueued: Enqueued,
}

impl Site {
    pub fn new() -> Site {
        Site::with(api::Config::default())
    }

    pub fn with(config: api::Config) -> Site {
        let api = api::spawn(config).unwrap();
        let redis = FakeRedis::start();
        let (page, enqueued) = page(&api.url(), redis.address());
        Site {
            page,
            api,
            redis,
            enqueued,
        }
    }

    /// Creates the same with a button for recounts, and returns their record.
    pub fn recounting() -> (Site, Recounts) {
        let (site, recounts) = (Site::new(), Recounts::default());
        let page = web::spawn(at(&site.api.url(), site.redis.address()), recounts.clone()).unwrap();
        (Site { page, ..site }, recounts)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.page.url())
    }

    pub fn define(&self, path: &str) {
        assert_eq!(http::put(&format!("{}/counters/{path}", self.api.url())).status, 201);
    }

    pub fn index(&self) -> Answer {
        http::get(&self.url("/"))
    }

    pub fn events(&self) -> Events {
        Events::open(&self.url("/events"))
    }

    /// Returns the jobs that were enqueued so far.
    pub fn enqueued(&self) -> Vec<(String, &'static str)> {
        self.enqueued.lock().unwrap().clone()
    }
}

/// Starts a page that records the clicks.
pub fn page(api: &str, redis: SocketAddr) -> (Page, Enqueued) {
    let enqueued = Enqueued::default();
    let note = enqueued.clone();
    let enqueue = move |name: &str, change: Change| {
        note.lock().unwrap().push((name.to_owned(), change.as_str()));
        Ok(JID.to_owned())
    };
    (web::spawn(at(api, redis), enqueue).unwrap(), enqueued)
}

/// Returns the settings of such a page: any free port.
pub fn at(api: &str, redis: SocketAddr) -> Web {
    Web {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        api: api.to_owned(),
        redis: format!("redis://{redis}/0"),
    }
}

/// Starts a page on a test's own Redis, without an API.
pub fn on(kit: &Kit) -> Page {
    let web = Web {
        redis: kit.url(),
        ..at("http://127.0.0.1:9", SocketAddr::from(([127, 0, 0, 1], 9)))
    };
    web::spawn(web, |_: &str, _: Change| Ok(JID.to_owned())).unwrap()
}
