//! The state that the routes share.

use axum::extract::FromRef;

use crate::web::actions::app::App;
use crate::web::view::setting::Setting;

/// The services of the page, and what it offers.
#[derive(Clone)]
pub struct Site {
    /// The services, which the actions use.
    pub app: App,
    /// What the page offers.
    pub setting: Setting,
}

impl FromRef<Site> for App {
    fn from_ref(site: &Site) -> App {
        site.app.clone()
    }
}
