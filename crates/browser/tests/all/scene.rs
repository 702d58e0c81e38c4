//! A page in this process, on a Redis that the test may stop, fill and read.

use std::net::SocketAddr;
use std::sync::Mutex;

use counters::api::{self, Api, Config};
use counters::web::{self, Change, Page, Web};
use testkit::Kit;

/// The API and the page. Each can be stopped, and started again at its address.
pub struct Scene {
    pub api: Option<Api>,
    pub page: Option<Page>,
    api_at: SocketAddr,
    page_at: SocketAddr,
    redis: String,
}

impl Scene {
    /// Starts everything, with one counter.
    pub fn new(kit: &Kit) -> Scene {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let api = api::spawn(Config::default()).unwrap();
        let api_at = api.url().strip_prefix("http://").unwrap().parse().unwrap();
        let redis = kit.url();
        let mut scene = Scene {
            api: Some(api),
            page: None,
            api_at,
            page_at: any,
            redis,
        };
        scene.open();
        scene.page_at = scene.page.as_ref().unwrap().address();
        scene
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.page_at)
    }

    /// Serves the page at its earlier address.
    pub fn open(&mut self) {
        let web = Web {
            listen: self.page_at,
            api: format!("http://{}", self.api_at),
            redis: self.redis.clone(),
        };
        let client = Mutex::new(redis::Client::open(self.redis.clone()).unwrap());
        // Enqueues like a step's client, without a step's library, because the steps belong to the
        // learner.
        let enqueue = move |name: &str, change: Change| {
            let job = serde_json::json!({"class": "UpdateCounterWorker", "args": [name, change.as_str()],
                "jid": "0123456789abcdef01234567"});
            let mut connection = client.lock().unwrap().get_connection()?;
            redis::cmd("LPUSH")
                .arg(("queue:default", job.to_string()))
                .exec(&mut connection)?;
            Ok("0123456789abcdef01234567".to_owned())
        };
        self.page = Some(web::spawn(web, enqueue).unwrap());
    }

    /// Runs the API at its earlier address.
    pub fn start_api(&mut self) {
        let config = Config {
            listen: self.api_at,
            ..Config::default()
        };
        self.api = Some(api::spawn(config).unwrap());
    }
}
