//! The daemon: wires the parts, owns the threads, and says how it ended.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{mpsc as channel, oneshot};

use crate::admin::{
    Board, Bulletin, Condition, FeedOrigin, FeedSituation, Health, Listener, Situation,
    WorkerSituation, WorkerState,
};
use crate::config::{ConfigError, DaemonSettings, Topics, load_policies};
use crate::feeds::{
    Assembly, BadLines, Feed, FeedError, FeedSource, Foundation, Live, LiveError, Order,
};
use crate::kafka::{
    Access, AdminError, Certificates, Cluster, DataTopics, GroupWatch, KafkaBroker, MemberId,
    Resource, Right, Settings as KafkaSettings, librdkafka_version,
};
use crate::pipeline::ports::Fault;
use crate::pipeline::{Ended, Progress, Stop, Task, Worker, WorkerSettings};
use crate::screening::References;
use crate::service_manager::ServiceManager;
use crate::telemetry::MetricsHandle;
use crate::telemetry::catalogue;
use crate::telemetry::events::{
    CommitHung, FeedLinesLeftOut, RestartNeeded, Started, Stopped, Stopping, WorkerFailed,
    WorkerRestarted,
};

/// A loop that has not come round for so long is stuck.
const TICK_OVERDUE: Duration = Duration::from_secs(10);
const WATCH_INTERVAL: Duration = Duration::from_millis(500);
const UPKEEP_INTERVAL: Duration = Duration::from_secs(1);
/// A session that ran so long was sound: what ends it starts a new count.
const SOUND_SESSION: Duration = Duration::from_mins(1);
const RESTARTS_IN_A_ROW_MAX: u32 = 5;
/// How often the files of certificates are looked at.
const CERTIFICATES_INTERVAL: Duration = Duration::from_secs(2);
/// How often the groups are looked at.
const GROUPS_INTERVAL: Duration = Duration::from_secs(5);
/// Patience with brokers once the daemon was up: an outage should not need an operator.
const RECONNECT_PATIENCE: Duration = Duration::from_mins(5);
/// Pauses between sessions, so that a fault that repeats does not fill the log.
const RESTART_PAUSE: Duration = Duration::from_millis(500);
/// The same where brokers refuse this user: asking often may lock it out.
const REFUSED_PAUSE: Duration = Duration::from_secs(10);

/// Why the daemon could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Cluster(#[from] AdminError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error("the thread that reads the feeds ended; the log has the place in the program")]
    FeedsLost,
    #[error(
        "topic {0} does not exist, or this user may not see it; `parcelgate check` says which, and creates it with \
         --create-topics"
    )]
    MissingTopic(String),
    #[error("[admin] listen {address}: {source}; choose a free address")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
    #[error("worker {worker}: {fault}")]
    Worker { worker: usize, fault: Fault },
    #[error(
        "the open transactions were not finished within [shutdown] deadline_ms; brokers abort them"
    )]
    Deadline,
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Reads the policy and the feeds that come from files. With it come the files' bad lines, which were left out.
///
/// # Errors
/// A policy that is not valid, or a policy or file that cannot be read.
pub fn open_assembly(settings: &DaemonSettings) -> Result<(Assembly, BadLines), AppError> {
    let mut bad_lines = BadLines::default();
    let foundation = foundation(settings)?;
    let assembly = Assembly::open(settings.reference.clone(), foundation, &mut bad_lines)?;
    Ok((assembly, bad_lines))
}

fn foundation(settings: &DaemonSettings) -> Result<Foundation, ConfigError> {
    let (policy, shadow) = load_policies(settings)?;
    Ok(Foundation {
        policy: policy.into(),
        shadow: shadow.map(Into::into),
        language: settings.language,
        party_key: settings.party_key,
    })
}

/// Policy and all that goes with it, by the settings as they are now. Names the settings that need a restart.
fn refounded(settings: &DaemonSettings) -> Result<Foundation, ConfigError> {
    let mut fresh = settings.reread()?;
    let need_restart = settings.need_restart(&fresh);
    // Parties are known again by it, and it may be one that was made up.
    fresh.party_key = settings.party_key;
    let foundation = foundation(&fresh)?;
    RestartNeeded { settings: &need_restart }.emit();
    Ok(foundation)
}

/// Runs the daemon until `shutdown` comes, or until a worker cannot go on. A second wish to stop is the caller's to
/// hear: this function then has to be left. Each message of `reloads` asks to read settings, policy and files anew.
///
/// # Errors
/// Why it could not start, go on, or finish in time.
pub fn run(
    settings: &DaemonSettings,
    metrics: &MetricsHandle,
    reloads: channel::Receiver<()>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), AppError> {
    let (assembly, bad_lines) = open_assembly(settings)?;
    FeedLinesLeftOut { count: bad_lines.count, told: &bad_lines.told }.emit();
    require_topics(settings)?;
    report_build();
    let daemon = Arc::new(Daemon::new(settings));
    let bulletin = Bulletin::default();
    daemon.open_admin(metrics, &bulletin)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(daemon.run(assembly, metrics, bulletin, reloads, shutdown));
    // Tasks that are left only look after the rest; nothing waits for them.
    runtime.shutdown_background();
    ended
}

/// Refuses to start where a topic is missing that is read or written: a subscription to nothing waits for ever.
///
/// # Errors
/// The topic that is missing, or a cluster that does not answer.
pub fn require_topics(settings: &DaemonSettings) -> Result<(), AppError> {
    let names = required_topics(settings);
    let facts = Cluster::new(&settings.kafka)?.topics(&names)?;
    let missing = names.into_iter().find(|name| facts.iter().all(|topic| topic.name != *name));
    missing.map_or(Ok(()), |name| Err(AppError::MissingTopic(name.to_owned())))
}

/// The topics that the daemon cannot do without.
#[must_use]
pub fn required_topics(settings: &DaemonSettings) -> Vec<&str> {
    let topics = &settings.topics;
    let data_path = [&topics.declarations, &topics.decisions, &topics.dead_letters];
    let notices = (!settings.worker.notices.are_off()).then_some(&topics.platform_notices);
    let feeds = settings.reference.topics().map(|(_, topic)| topic);
    data_path.into_iter().chain(notices).map(String::as_str).chain(feeds).collect()
}

/// What the daemon has to be let do in Kafka, and no more.
#[must_use]
pub fn needed_rights(settings: &DaemonSettings) -> Vec<Right> {
    let right = |resource, access| Right { resource, access };
    let topics = &settings.topics;
    let notices = (!settings.worker.notices.are_off()).then_some(&topics.platform_notices);
    let written = [&topics.decisions, &topics.dead_letters].into_iter().chain(notices);
    let posts = Post::all(settings, &Stop::default());
    let read = settings.reference.topics().map(|(_, topic)| topic);
    let read = [topics.declarations.as_str()].into_iter().chain(read);
    let mut groups = posts.iter().map(|post| &post.kafka.group_id).collect::<Vec<_>>();
    groups.dedup();
    let ids = posts.iter().map(|post| &post.member.transactional_id);
    read.map(|topic| right(Resource::Topic(topic.to_owned()), Access::Read))
        .chain(written.map(|topic| right(Resource::Topic(topic.clone()), Access::Write)))
        .chain(groups.into_iter().map(|group| right(Resource::Group(group.clone()), Access::Read)))
        .chain(ids.map(|id| right(Resource::TransactionalId(id.clone()), Access::Write)))
        .collect()
}

fn report_build() {
    let librdkafka = librdkafka_version();
    let (version, revision) = (env!("CARGO_PKG_VERSION"), env!("PARCELGATE_REVISION"));
    let build = [version, revision, env!("PARCELGATE_RUSTC"), &librdkafka];
    catalogue::BUILD_INFO.gauge(build).set(1.0);
}

/// What threads and tasks share.
struct Daemon {
    settings: DaemonSettings,
    /// There from when the feeds were read to their end.
    references: OnceLock<ArcSwap<References>>,
    /// The thread that keeps the reference current.
    feeds: OnceLock<JoinHandle<()>>,
    posts: Vec<Post>,
    stop: Stop,
    manager: ServiceManager,
    /// Every worker is gone; the watchdog may go too.
    ended: AtomicBool,
}

/// One worker's place: what it is told, and how it fares.
struct Post {
    kafka: KafkaSettings,
    member: MemberId,
    worker: WorkerSettings,
    progress: Progress,
    stop: Stop,
}

impl Post {
    /// The workers that screen, and one that tells platforms of seizures where that is asked for and can be.
    fn all(settings: &DaemonSettings, stop: &Stop) -> Vec<Self> {
        let post = |kafka: &KafkaSettings, member, worker| Self {
            kafka: kafka.clone(),
            member: kafka.member(member),
            worker,
            progress: Progress::default(),
            stop: stop.of_one(),
        };
        let screening = (0..settings.workers).map(|number| {
            post(&settings.kafka, number, WorkerSettings { number, ..settings.worker.clone() })
        });
        let outcomes = match &settings.reference.outcomes {
            FeedSource::Topic(topic) if !settings.worker.notices.are_off() => {
                let (number, task) = (settings.workers, Task::TellOutcomes);
                let topic = topic.clone();
                let worker = WorkerSettings { number, task, topic, ..settings.worker.clone() };
                Some(post(&settings.kafka.of_outcomes(), 0, worker))
            }
            FeedSource::Topic(_) | FeedSource::File(_) | FeedSource::None => None,
        };
        screening.chain(outcomes).collect()
    }

    fn situation(&self) -> WorkerSituation {
        let Self { worker, progress, .. } = self;
        WorkerSituation {
            task: match worker.task {
                Task::Screen => "screen",
                Task::TellOutcomes => "tell_outcomes",
            },
            topic: worker.topic.clone(),
            state: match () {
                () if is_stuck(progress) => WorkerState::Stuck,
                () if progress.joined() => WorkerState::Working,
                () if progress.connected() => WorkerState::Joining,
                () => WorkerState::Connecting,
            },
            partitions: progress.partitions(),
        }
    }
}

/// How a worker's thread ended.
type WorkerEnd = (usize, Result<(), Fault>);

impl Daemon {
    fn new(settings: &DaemonSettings) -> Self {
        let stop = Stop::default();
        Self {
            settings: settings.clone(),
            references: OnceLock::new(),
            feeds: OnceLock::new(),
            posts: Post::all(settings, &stop),
            stop,
            manager: ServiceManager::default(),
            ended: AtomicBool::new(false),
        }
    }

    async fn run(
        self: &Arc<Self>,
        assembly: Assembly,
        metrics: &MetricsHandle,
        bulletin: Bulletin,
        reloads: channel::Receiver<()>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), AppError> {
        tokio::spawn(keep_up(Arc::clone(self), metrics.clone(), bulletin));
        let mut shutdown = pin!(shutdown);
        let (order, orders) = mpsc::channel();
        self.start_renewal(order.clone())?;
        let first_reference = self.start_feeds(assembly, orders)?;
        tokio::spawn(hand_on_reloads(Arc::clone(self), reloads, order));
        tokio::select! {
            () = &mut shutdown => {
                Stopped.emit();
                return Ok(());
            }
            told = first_reference => told.map_err(|_| AppError::FeedsLost)??,
        }
        Started { hub: &self.settings.hub_name, workers: self.settings.workers }.emit();
        let mut workers = self.start_threads()?;

        let first_end = tokio::select! {
            () = shutdown => None,
            end = workers.recv() => end,
        };
        let drained = self.drain(&mut workers, first_end.into_iter().collect()).await;
        self.ended.store(true, Ordering::Release);
        drained
    }

    /// Opens the admin listener. It has a thread of its own, which steps back: whoever asks much of it takes nothing from
    /// parcels.
    fn open_admin(
        self: &Arc<Self>,
        metrics: &MetricsHandle,
        bulletin: &Bulletin,
    ) -> Result<(), AppError> {
        let address = self.settings.admin_listen;
        let listener =
            Listener::bind(address).map_err(|source| AppError::Listen { address, source })?;
        let health = Arc::<Self>::clone(self);
        let (metrics, bulletin) = (metrics.clone(), bulletin.clone());
        thread::Builder::new().name("admin".to_owned()).spawn(move || {
            step_back();
            listener.serve(health, metrics, bulletin);
        })?;
        Ok(())
    }

    /// Starts the thread that keeps the reference current. The channel tells when the first is there, or why there will be
    /// none.
    fn start_feeds(
        self: &Arc<Self>,
        assembly: Assembly,
        orders: mpsc::Receiver<Order>,
    ) -> Result<oneshot::Receiver<Result<(), LiveError>>, AppError> {
        let (tell, told) = oneshot::channel();
        let daemon = Arc::clone(self);
        let feeds = thread::Builder::new().name("feeds".to_owned()).spawn(move || {
            step_back();
            // Nobody listens any more where the daemon was asked to stop.
            let mut tell = Some(tell);
            let put_in_force = |references| {
                daemon.put_in_force(references);
                let _ = tell.take().map(|tell| tell.send(Ok(())));
            };
            let Daemon { settings, .. } = &*daemon;
            let live = Live::open(assembly, &settings.kafka, settings.archive.clone(), || {
                refounded(settings)
            });
            if let Err(error) = live.and_then(|live| live.run(&orders, put_in_force)) {
                let _ = tell.map(|tell| tell.send(Err(error)));
            }
        })?;
        self.feeds.get_or_init(|| feeds);
        Ok(told)
    }

    /// Starts the thread that looks after certificates, where there are any.
    fn start_renewal(self: &Arc<Self>, feeds: mpsc::Sender<Order>) -> Result<(), AppError> {
        let mut certificates = Certificates::of(&self.settings.kafka);
        if certificates.are_used() {
            let daemon = Arc::clone(self);
            thread::Builder::new()
                .name("certificates".to_owned())
                .spawn(move || daemon.renew(&mut certificates, &feeds))?;
        }
        Ok(())
    }

    /// Has every client made anew once certificates have changed: each worker finishes its transaction first, and comes back
    /// as the same member, so that its partitions stay its own.
    fn renew(&self, certificates: &mut Certificates, feeds: &mpsc::Sender<Order>) {
        while !self.stop.requested() {
            if certificates.have_changed() {
                self.posts.iter().for_each(|post| post.stop.request_session());
                // Where the thread of the feeds has ended, readiness says so.
                let _ = feeds.send(Order::Reconnect);
            }
            self.pause(CERTIFICATES_INTERVAL);
        }
    }

    fn put_in_force(&self, references: References) {
        let references = Arc::new(references);
        self.references.get_or_init(|| ArcSwap::new(Arc::clone(&references))).store(references);
    }

    /// Starts the workers and their watchdog. The channel tells how each worker ends.
    fn start_threads(self: &Arc<Self>) -> Result<channel::Receiver<WorkerEnd>, AppError> {
        let (tell_end, ends) = channel::channel(self.posts.len());
        for number in 0..self.posts.len() {
            let (daemon, tell_end) = (Arc::clone(self), tell_end.clone());
            thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
                let end = daemon.work(number);
                // Nobody listens any more once the deadline has passed.
                let _ = tell_end.blocking_send((number, end));
            })?;
        }
        let daemon = Arc::clone(self);
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || daemon.watch())?;
        let daemon = Arc::clone(self);
        thread::Builder::new().name("groups".to_owned()).spawn(move || daemon.watch_groups())?;
        Ok(ends)
    }

    /// Sees to it that each partition has a reader.
    fn watch_groups(&self) {
        let mut one_of_each = self.posts.iter().collect::<Vec<_>>();
        one_of_each.dedup_by_key(|post| &post.kafka.group_id);
        let watch = |post: &Post| GroupWatch::of(&post.kafka, &post.worker.topic);
        let mut watches = one_of_each.into_iter().map(watch).collect::<Vec<_>>();
        while !self.stop.requested() {
            self.pause(GROUPS_INTERVAL);
            watches.iter_mut().for_each(GroupWatch::look);
        }
    }

    /// Asks every worker to stop and waits for them until the deadline.
    async fn drain(
        &self,
        workers: &mut channel::Receiver<WorkerEnd>,
        mut ends: Vec<WorkerEnd>,
    ) -> Result<(), AppError> {
        let deadline = self.settings.shutdown_deadline;
        Stopping { deadline }.emit();
        self.manager.stopping();
        self.stop.request();
        let all_ended = async {
            while ends.len() < self.posts.len() {
                let Some(end) = workers.recv().await else { break };
                ends.push(end);
            }
        };
        let in_time = tokio::time::timeout(deadline, all_ended).await.is_ok();
        if let Some((worker, fault)) = first_fault(ends) {
            return Err(AppError::Worker { worker, fault });
        }
        if !in_time {
            return Err(AppError::Deadline);
        }
        Stopped.emit();
        Ok(())
    }

    /// A worker's thread: one session after the other, until asked to stop or beyond repair.
    fn work(&self, number: usize) -> Result<(), Fault> {
        let Some(post) = self.posts.get(number) else { return Ok(()) };
        let mut patience = self.settings.kafka.connect_timeout;
        let mut restarts_in_a_row = 0;
        loop {
            let began = Instant::now();
            post.stop.begin_session();
            let fault = match self.session(post, patience) {
                Ended::Drained if !self.stop.requested() => {
                    patience = RECONNECT_PATIENCE;
                    continue;
                }
                Ended::Drained => return Ok(()),
                Ended::Failed(fault) => fault,
            };
            if began.elapsed() >= SOUND_SESSION {
                restarts_in_a_row = 0;
            }
            restarts_in_a_row += 1;
            let mendable = match fault {
                Fault::Fenced(_) => Some("fenced"),
                Fault::Unavailable(_) => Some("unavailable"),
                // A broker that has just started may not know its users yet. Who was never let in has to be told at once.
                Fault::Refused(_) if post.progress.has_joined() => Some("refused"),
                _ => None,
            };
            let was_up = patience == RECONNECT_PATIENCE || post.progress.connected();
            let may_go_on = was_up && restarts_in_a_row <= RESTARTS_IN_A_ROW_MAX;
            let Some(reason) = mendable.filter(|_| may_go_on) else {
                WorkerFailed { worker: number, cause: &fault.to_string() }.emit();
                return Err(fault);
            };
            let is_refused = matches!(fault, Fault::Refused(_));
            WorkerRestarted { worker: number, reason, cause: &fault.to_string() }.emit();
            patience = RECONNECT_PATIENCE;
            self.pause(if is_refused { REFUSED_PAUSE } else { RESTART_PAUSE });
            if self.stop.requested() {
                return Ok(());
            }
        }
    }

    /// Sleeps, unless asked to stop.
    fn pause(&self, length: Duration) {
        let began = Instant::now();
        while began.elapsed() < length && !self.stop.requested() {
            thread::sleep(RESTART_PAUSE.min(length));
        }
    }

    fn session(&self, post: &Post, patience: Duration) -> Ended {
        let Some(references) = self.references.get() else {
            return Ended::Failed(Fault::Fatal("there is no reference to screen under".to_owned()));
        };
        let Post { kafka, member, worker, progress, stop } = post;
        let Topics { decisions, dead_letters, platform_notices, .. } = &self.settings.topics;
        let topics = DataTopics {
            input: &worker.topic,
            decisions,
            dead_letters,
            platform_notices: (!worker.notices.are_off()).then_some(platform_notices),
        };
        progress.set_connected(false);
        match KafkaBroker::connect(kafka, member, topics, patience) {
            Ok(broker) => {
                progress.set_connected(true);
                Worker::new(broker, worker, references, progress, stop).run()
            }
            Err(fault) => Ended::Failed(fault),
        }
    }

    /// Tells the service manager what the daemon waits for, or that it screens.
    fn tell_manager(&self) {
        if self.stop.requested() {
            return;
        }
        let awaited = self.readiness().into_iter().find(|condition| !condition.ok);
        if let Some(Condition { check, reason, .. }) = awaited {
            self.manager.status(format!("waiting for {check}: {reason}"));
        } else {
            self.manager
                .status(format!("screening parcels of {} partitions", self.screened_partitions()));
            self.manager.ready();
        }
    }

    fn screened_partitions(&self) -> usize {
        let screening = self.posts.iter().filter(|post| post.worker.task == Task::Screen);
        screening.map(|post| post.progress.partitions().len()).sum()
    }

    fn situation(&self) -> Situation {
        let feed = |feed: Feed| FeedSituation {
            feed: feed.code(),
            source: match self.settings.reference.of(feed) {
                FeedSource::None => FeedOrigin::None,
                FeedSource::File(_) => FeedOrigin::File,
                FeedSource::Topic(topic) => FeedOrigin::Topic(topic.clone()),
            },
        };
        let references = self.references.get().map(ArcSwap::load);
        Situation {
            hub: self.settings.hub_name.clone(),
            alive: self.alive(),
            stopping: self.stop.requested(),
            checks: self.readiness(),
            topic: self.settings.topics.declarations.clone(),
            versions: references.as_ref().map(|it| (*it.live.versions).clone()),
            shadow: references
                .and_then(|it| Some(it.shadow.as_ref()?.reference().versions.policy.clone())),
            feeds: Feed::ALL.map(feed).into(),
            workers: self.posts.iter().map(Post::situation).collect(),
        }
    }

    fn progress(&self) -> impl Iterator<Item = &Progress> {
        self.posts.iter().map(|post| &post.progress)
    }

    /// The watchdog's thread: ends the process when a commit hangs, since no call can take it back, and gives the service
    /// manager signs of life while every worker's loop comes round.
    fn watch(&self) {
        let limit = self.settings.commit_hang;
        while !self.ended.load(Ordering::Acquire) {
            for (worker, progress) in self.progress().enumerate() {
                if let Some(waited) = progress.committing_for().filter(|waited| *waited > limit) {
                    CommitHung { worker, waited }.emit();
                    exit_for_restart();
                }
            }
            if self.alive() {
                self.manager.goes_on();
            }
            thread::sleep(WATCH_INTERVAL);
        }
    }
}

/// The exit code that asks to be started again.
pub const EXIT_RETRY: u8 = 75;

/// Ends the process at once. What is open is aborted by the brokers, or by the next start.
pub fn exit_for_restart() -> ! {
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread that hangs inside librdkafka cannot be joined"
    )]
    std::process::exit(i32::from(EXIT_RETRY))
}

/// Lets parcels go first: where processors are scarce, the thread that calls this gets a third of another's share.
fn step_back() {
    const NICE: i32 = 5;
    // Niceness is a thread's own on Linux. Where it is refused the thread does its work all the same.
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// A loop that waits for brokers is alive: that they do not answer is not its fault.
fn is_stuck(progress: &Progress) -> bool {
    progress.joined()
        && progress.committing_for().is_none()
        && progress.since_tick() >= TICK_OVERDUE
}

fn first_fault(ends: Vec<WorkerEnd>) -> Option<(usize, Fault)> {
    ends.into_iter().find_map(|(worker, end)| Some((worker, end.err()?)))
}

/// Passes on each wish to reload, one after the other, and keeps the service manager told.
async fn hand_on_reloads(
    daemon: Arc<Daemon>,
    mut wishes: channel::Receiver<()>,
    order: mpsc::Sender<Order>,
) {
    while wishes.recv().await.is_some() {
        daemon.manager.reloading();
        let (tell, told) = oneshot::channel();
        let done = Box::new(move || {
            let _ = tell.send(());
        });
        if order.send(Order::Reload { done }).is_err() {
            return;
        }
        // Dropped where the thread of the feeds ends first: over as well.
        let _ = told.await;
        daemon.manager.reloaded();
    }
}

/// What has to be done every second beside the data path.
async fn keep_up(daemon: Arc<Daemon>, metrics: MetricsHandle, bulletin: Bulletin) {
    let mut board = Board::new(Timestamp::now());
    let assigned = catalogue::ASSIGNED_PARTITIONS.gauge([]);
    let ready = daemon
        .readiness()
        .iter()
        .map(|condition| (condition.check, catalogue::READY.gauge([condition.check])))
        .collect::<Vec<_>>();
    let mut tick = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        tick.tick().await;
        metrics.run_upkeep();
        assigned.set(as_gauge(daemon.screened_partitions()));
        daemon.tell_manager();
        for condition in daemon.readiness() {
            if let Some((_, gauge)) = ready.iter().find(|(check, _)| *check == condition.check) {
                gauge.set(f64::from(u8::from(condition.ok)));
            }
        }
        let (now, at) = (Timestamp::now(), Instant::now());
        bulletin.post(&board.status(daemon.situation(), &metrics.snapshot(), now, at));
    }
}

impl Health for Daemon {
    fn alive(&self) -> bool {
        !self.progress().any(is_stuck)
    }

    fn readiness(&self) -> Vec<Condition> {
        let count = |holds: fn(&Progress) -> bool| {
            let holding = self.progress().filter(|progress| holds(progress)).count();
            (holding == self.posts.len(), format!("{holding} of {} workers", self.posts.len()))
        };
        let (producers, producer_reason) = count(Progress::connected);
        let (members, group_reason) = count(Progress::joined);
        let recordals = self.references.get().map(|it| it.load().live.register.len());
        let register = recordals.map_or_else(
            || "reading the feeds".to_owned(),
            |recordals| format!("{recordals} recordals loaded"),
        );
        let are_followed = self.feeds.get().is_some_and(|feeds| !feeds.is_finished());
        let feeds = if are_followed { "followed" } else { "their thread does not run" };
        let stopping = self.stop.requested();
        let condition = |check, ok, reason| Condition { check, ok, reason };
        vec![
            condition("register", recordals.is_some(), register),
            condition("feeds", are_followed, feeds.to_owned()),
            condition("producer", producers, format!("{producer_reason} initialised")),
            condition("group", members, format!("{group_reason} joined")),
            condition(
                "not_stopping",
                !stopping,
                if stopping { "stopping" } else { "running" }.to_owned(),
            ),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn as_gauge(count: usize) -> f64 {
    count as f64
}
