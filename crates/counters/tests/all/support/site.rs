//! A page with its services: an API, a Redis, and a record of the enqueued jobs.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use counters::api::{self, Api};
use counters::web::{self, Change, Page, Web};
use testkit::{Kit, Proxy};

use super::JID;
use super::events::Events;
use super::http::{self, Answer};
use super::recounts::Recounts;

type Enqueued = Arc<Mutex<Vec<(String, &'static str)>>>;

/// An empty database of a real Redis, behind a proxy that can break the connection.
pub struct Redis {
    pub kit: Kit,
    pub proxy: Proxy,
}

impl Redis {
    pub fn start() -> Redis {
        let kit = Kit::new(testkit::test_info!());
        let proxy = kit.proxy();
        Redis { kit, proxy }
    }

    /// Fills a queue with this many jobs.
    pub fn set(&self, queue: impl AsRef<[u8]>, length: usize) {
        let (name, key) = (queue.as_ref(), [b"queue:", queue.as_ref()].concat());
        self.kit.command(&[b"DEL", &*key]);
        if length > 0 {
            self.kit
                .command(&[vec![b"LPUSH", &*key], vec![&b"{}"[..]; length]].concat());
        }
        self.kit.command(&[b"SADD", &b"queues"[..], name]);
    }

    /// Returns how often the queues' names were requested.
    pub fn polls(&self) -> usize {
        let commands = self.kit.commands();
        commands.iter().filter(|line| **line == r#"SMEMBERS "queues""#).count()
    }
}

/// A page whose services all work.
pub struct Site {
    pub page: Page,
    pub api: Api,
    pub redis: Redis,
    enqueued: Enqueued,
}

impl Site {
    pub fn new() -> Site {
        Site::with(api::Config::default())
    }

    pub fn with(config: api::Config) -> Site {
        let (api, redis) = (api::spawn(config).unwrap(), Redis::start());
        let (page, enqueued) = page(&api.url(), &redis.proxy.url());
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
        let page = web::spawn(at(&site.api.url(), &site.redis.proxy.url()), recounts.clone()).unwrap();
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
pub fn page(api: &str, redis: &str) -> (Page, Enqueued) {
    let enqueued = Enqueued::default();
    let note = enqueued.clone();
    let enqueue = move |name: &str, change: Change| {
        note.lock().unwrap().push((name.to_owned(), change.as_str()));
        Ok(JID.to_owned())
    };
    (web::spawn(at(api, redis), enqueue).unwrap(), enqueued)
}

/// Returns the settings of such a page: any free port.
pub fn at(api: &str, redis: &str) -> Web {
    Web {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        api: api.to_owned(),
        redis: redis.to_owned(),
    }
}

/// Starts a page on a test's own Redis, without an API.
pub fn on(kit: &Kit) -> Page {
    page("http://127.0.0.1:9", &kit.url()).0
}
