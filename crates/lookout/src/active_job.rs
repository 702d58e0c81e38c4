//! Jobs of Rails' Active Job. Sidekiq stores each of them as the argument of a wrapper job, and its
//! Web UI shows the inner job.

use serde_json::Value;

/// The classes of the wrapper: of older and of newer versions.
const WRAPPERS: [&str; 2] = [
    "ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper",
    "Sidekiq::ActiveJob::Wrapper",
];

/// The classes of mails that are sent by a job. Their arguments are the mailer, its method, the
/// word `deliver_now`, and the arguments of the method.
const MAILS: [&str; 2] = ["ActionMailer::DeliveryJob", "ActionMailer::MailDeliveryJob"];

/// The class and the arguments of an inner job.
pub struct InnerJob {
    pub class: String,
    /// As JSON without the brackets; `None` if the wrapper does not contain a list of arguments.
    pub args: Option<String>,
}

impl InnerJob {
    /// Returns the inner job as Sidekiq's Web UI shows it. Returns `None` if the job is not a
    /// wrapper, or does not name the class that it wraps.
    pub fn read(class: &str, wrapped: Option<&str>, args: &str) -> Option<InnerJob> {
        let wrapped = wrapped.filter(|wrapped| WRAPPERS.contains(&class) && !wrapped.is_empty())?;
        let args: Vec<Value> = serde_json::from_str(args).unwrap_or_default();
        let list = args.first().and_then(|inner| inner["arguments"].as_array());
        let list = list.map(|list| list.iter().map(plain).collect::<Vec<_>>());
        Some(match list.as_deref() {
            Some([Value::String(mailer), Value::String(method), _, args @ ..]) if MAILS.contains(&wrapped) => {
                InnerJob {
                    class: format!("{mailer}#{method}"),
                    args: Some(mail_args(args)),
                }
            }
            list => InnerJob {
                class: wrapped.to_owned(),
                args: list.map(joined),
            },
        })
    }
}

/// Returns the arguments of a mailer's method. Newer versions store them as one object.
fn mail_args(args: &[Value]) -> String {
    match args {
        [Value::Object(fields)] if fields.contains_key("args") => {
            let fields = ["params", "args"].into_iter().filter_map(|name| fields.get(name));
            joined(&fields.cloned().collect::<Vec<_>>())
        }
        args => joined(args),
    }
}

fn joined(args: &[Value]) -> String {
    let args: Vec<String> = args.iter().map(Value::to_string).collect();
    args.join(",")
}

/// Returns the value without the fields that Active Job adds to serialize it. A reference to a
/// record becomes its address.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(fields) => match fields.get("_aj_globalid") {
            Some(address) => address.clone(),
            None => {
                let own = fields.iter().filter(|(name, _)| !name.starts_with("_aj_"));
                own.map(|(name, value)| (name.clone(), plain(value))).collect()
            }
        },
        value => value.clone(),
    }
}
