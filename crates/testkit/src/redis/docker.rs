//! Starts Redis in a container, with testcontainers.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{env, io, process, thread};

use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::core::IntoContainerPort;
use testcontainers::core::error::ClientError;
use testcontainers::runners::SyncRunner;
use testcontainers::{ContainerRequest, GenericImage, ImageExt, TestcontainersError};

use super::error::{DENIED, Failure};
use super::instance::{Backend, RedisInstance, Source};
use super::options::LaunchOptions;
use super::version::field;
use super::{memo, private, probe};
use crate::guard::Guard;
use crate::mutex::lock;
use crate::spawn::output;

/// The image, unless `KATA_REDIS_IMAGE` names another.
const IMAGE: &str = "redis:7-alpine";
/// The port on which Redis listens in the container.
const CONTAINER_PORT: u16 = 6379;
/// After this time without a container, a line says what the test waits for: usually, an image is
/// being downloaded.
const NOTICE_AFTER: Duration = Duration::from_secs(3);
/// How long a connection to the container's own address may take to open.
const DIRECT_TIMEOUT: Duration = Duration::from_millis(200);
/// How long the `docker` program may take to find a container.
const INSPECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long Docker may take, including the download of an image of about 20 MB.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// A container that we started; removed when dropped.
pub(crate) struct Container {
    inner: testcontainers::Container<GenericImage>,
    name: String,
    url: String,
    /// Removes the container when this process is gone, if a `docker` program is installed.
    guard: Option<Guard>,
}

/// Starts a container.
///
/// A failure is remembered for this process, because a download that cannot succeed may take long
/// to fail. A taken port is not remembered: it does not mean that Docker cannot be used.
pub(super) fn launch(options: &LaunchOptions) -> Result<RedisInstance, Failure> {
    static FAILED: Mutex<Option<Failure>> = Mutex::new(None);
    let remembered = || lock(&FAILED);
    if let Some(failure) = &*remembered() {
        return Err(failure.clone());
    }
    let launched = try_launch(options);
    if options.port.is_none() {
        *remembered() = launched.as_ref().err().cloned();
    }
    launched
}

fn try_launch(options: &LaunchOptions) -> Result<RedisInstance, Failure> {
    let image = env::var("KATA_REDIS_IMAGE")
        .ok()
        .filter(|image| !image.is_empty())
        .unwrap_or(IMAGE.to_owned());
    // Skips the download only if another source exists: otherwise it is tried again, because it may
    // succeed now.
    if options.sources.private
        && private::program().is_some()
        && let Some(reason) = memo::load(&image)
    {
        return Err(Failure::Failed(reason));
    }
    // With a name it can be removed even if it never started, or if this process is killed before
    // it knows the id.
    let name = format!("kata-redis-{}-{:x}", process::id(), RandomState::new().hash_one(()));
    let guard = Guard::start(r#"read -r _ || docker rm -f -v "$1" >/dev/null"#, &[&name]).ok();
    let inner = start(request(&image, options).with_container_name(&name), &image)?;
    let mut container = Container {
        inner,
        name,
        url: String::new(),
        guard,
    };
    let failed = |error: String| Failure::Failed(format!("cannot run {image}: {error}"));
    container.url = container.address().map_err(|error| failed(error.to_string()))?;
    let info = container.wait().map_err(failed)?;
    let product = probe::accept(&info, &format!("The image {image}"), options).map_err(Failure::Unsuitable)?;
    // A container that is started again may get another address, and keeps only its published port.
    let direct = if options.port.is_none() {
        container.direct_url(&info)
    } else {
        None
    };
    let (url, source) = (direct.unwrap_or(container.url.clone()), Source::Docker { image });
    Ok(RedisInstance::new(url, source, product, container))
}

/// Returns the request to Docker. The command consists of arguments only: the official image's
/// entry point puts `redis-server` before them, and in other images `redis-server` is the entry
/// point.
fn request(image: &str, options: &LaunchOptions) -> ContainerRequest<GenericImage> {
    let (name, tag) = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    };
    let appendonly = if options.keeps_data { "yes" } else { "no" };
    let databases = options.databases.to_string();
    #[rustfmt::skip]
    let args = [
        "--databases", &databases, "--save", "", "--appendonly", appendonly, "--appendfsync", "no",
        "--protected-mode", "no",
    ];
    let port = options.port.map_or(String::new(), |port| port.to_string());
    GenericImage::new(name, tag)
        .with_exposed_port(CONTAINER_PORT.tcp())
        .with_cmd(args)
        .with_host_config_modifier(move |host| publish(host, &port))
}

/// Publishes the port to this machine only, unless Docker runs on another one: then it must be
/// published on all addresses.
fn publish(host: &mut HostConfig, port: &str) {
    let remote = env::var("DOCKER_HOST").is_ok_and(|host| !host.starts_with("unix:"));
    let inside = Path::new("/.dockerenv").exists();
    let host_ip = (!remote && !inside).then(|| "127.0.0.1".to_owned());
    let binding = PortBinding {
        host_ip,
        host_port: Some(port.to_owned()),
    };
    // Its default network, by the name by which testcontainers finds the container's address.
    host.network_mode = Some("bridge".to_owned());
    host.publish_all_ports = Some(false);
    host.port_bindings = Some([(format!("{CONTAINER_PORT}/tcp"), Some(vec![binding]))].into());
}

/// Creates and starts the container, and prints what it waits for if that takes long.
fn start(
    request: ContainerRequest<GenericImage>,
    image: &str,
) -> Result<testcontainers::Container<GenericImage>, Failure> {
    let (done, started) = mpsc::channel();
    let started_at = Instant::now();
    // If Docker answers after the timeout, the container is dropped with the channel, and so
    // removed.
    thread::spawn(move || drop(done.send(request.start())));
    let mut result = started.recv_timeout(NOTICE_AFTER);
    if let Err(RecvTimeoutError::Timeout) = result {
        // libtest shows the output of `eprintln!` only when the test fails; this line must be
        // visible while the test waits.
        let _ = writeln!(
            io::stderr(),
            "testkit: waiting for Docker to start {image}; the first time it is downloaded"
        );
        result = started.recv_timeout(START_TIMEOUT - NOTICE_AFTER);
    }
    match result {
        Ok(Ok(container)) => Ok(container),
        Ok(Err(TestcontainersError::Client(ClientError::PullImage { err, .. }))) => {
            let reason = format!("has no image {image} and cannot download it: {err}");
            memo::save(image, &reason);
            Err(Failure::Failed(reason))
        }
        Ok(Err(error)) if is_denied(&error) => Err(Failure::Absent(DENIED.to_owned())),
        Ok(Err(error)) if started_at.elapsed() < NOTICE_AFTER && is_absent(&error) => {
            Err(Failure::Absent("does not answer".to_owned()))
        }
        Ok(Err(error)) => Err(Failure::Failed(format!("cannot run {image}: {error}"))),
        Err(_) => Err(Failure::Failed(format!(
            "did not start {image} within {} s",
            START_TIMEOUT.as_secs()
        ))),
    }
}

/// Returns true if Docker does not run: the socket does not exist, or no process listens on it. Any
/// reply, also an error, comes from Docker.
fn is_absent(error: &TestcontainersError) -> bool {
    matches!(error, TestcontainersError::Client(_)) && !format!("{error:?}").contains("DockerResponseServerError")
}

/// Returns true if the system does not let this user connect to Docker's socket.
fn is_denied(error: &TestcontainersError) -> bool {
    matches!(error, TestcontainersError::Client(_)) && format!("{error:?}").contains("kind: PermissionDenied")
}

impl Container {
    /// Returns the address at which this machine reaches it.
    fn address(&self) -> Result<String, TestcontainersError> {
        let host = self.inner.get_host()?.to_string();
        let port = self.inner.get_host_port_ipv4(CONTAINER_PORT)?;
        // `localhost` may resolve to ::1 first, where Redis does not listen.
        let host = if host == "localhost" { "127.0.0.1" } else { &host };
        Ok(format!("redis://{host}:{port}"))
    }

    /// Returns the URL at which this machine reaches the container without its published port,
    /// where a proxy of Docker copies each byte, which takes a fifth of the tests' processor time.
    /// Returns `None` if there is no such URL, for example because Docker runs in a virtual
    /// machine. `info` is the reply to `INFO server` of the container.
    fn direct_url(&self, info: &str) -> Option<String> {
        let url = format!("redis://{}:{CONTAINER_PORT}", self.inner.get_bridge_ip_address().ok()?);
        let reached = probe::info_within(&url, DIRECT_TIMEOUT).ok()?;
        // Another server may have this address in the network of this machine.
        let is_same = field(info, "run_id").is_some() && field(info, "run_id") == field(&reached, "run_id");
        is_same.then_some(url)
    }

    fn wait(&self) -> Result<String, String> {
        probe::wait(&self.url, || match self.inner.is_running() {
            Ok(false) => Some(format!("it ended at once, and its last line is: {}", self.last_line())),
            _ => None,
        })
    }

    fn last_line(&self) -> String {
        let printed = [self.inner.stdout_to_vec(), self.inner.stderr_to_vec()];
        let text: Vec<String> = printed
            .into_iter()
            .flatten()
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .collect();
        text.concat().lines().last().unwrap_or("nothing").to_owned()
    }
}

impl Backend for Container {
    /// Returns true if the guard can remove the container when this process is gone. It needs a
    /// `docker` program that talks to the same Docker as this process, which a Docker context or a
    /// properties file of testcontainers can prevent.
    fn is_guarded(&self) -> bool {
        let mut inspect = Command::new("docker");
        inspect.args(["container", "inspect", "--format", "{{.Id}}", &self.name]);
        let found = output(&mut inspect, INSPECT_TIMEOUT);
        self.guard.is_some() && found.is_ok_and(|found| found.stdout.trim_ascii() == self.inner.id().as_bytes())
    }

    fn stop(&mut self, kill: bool) -> Result<(), String> {
        // Docker kills at once if the timeout is 0 s; Redis needs milliseconds to end by itself.
        self.inner
            .stop_with_timeout(Some(if kill { 0 } else { 10 }))
            .map_err(|error| error.to_string())
    }

    fn start(&mut self) -> Result<(), String> {
        self.inner.start().map_err(|error| error.to_string())?;
        self.wait().map(drop)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // The container's own destructor removes it right after this.
        if let Some(guard) = &mut self.guard {
            guard.dismiss();
        }
    }
}

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Container {} at {}", self.inner.id(), self.url)
    }
}
