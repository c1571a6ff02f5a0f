//! Questions and orders to a cluster outside the data path: is it there, has it the topics, does it let this user in.

use std::fmt;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode as Code;

use super::Settings;
use super::fault::{CallError, is_refusal};
use super::native::{Described, Inquirer, Operation, Producer};

/// First wait for an answer; each further one is twice as long. A connection that is refused is heard of between two.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A cluster, as an administrator sees it.
pub struct Cluster {
    client: Inquirer,
    settings: Settings,
    servers: String,
    timeout: Duration,
}

/// What a cluster says of a topic that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFacts {
    pub name: String,
    pub partitions: usize,
}

/// Something that this user has to be let do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    pub resource: Resource,
    pub access: Access,
}

/// What a right is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    Topic(String),
    Group(String),
    TransactionalId(String),
}

/// What is done with it. Either goes with seeing that it is there, in Kafka's own order of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(name) => write!(f, "topic {name}"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::TransactionalId(name) => write!(f, "transactional id {name}"),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "Read",
            Self::Write => "Write",
        })
    }
}

/// What went wrong with a cluster.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("kafka settings are not accepted: {0}")]
    Settings(String),
    #[error("no broker at {servers} answered within {} ms: {cause}; check [kafka] bootstrap_servers and that the \
             brokers run", timeout.as_millis())]
    Unreachable { servers: String, timeout: Duration, cause: String },
    #[error(
        "{servers} does not let this user in: {reason}; check [kafka] security_protocol, sasl_* and ssl_*"
    )]
    Refused { servers: String, reason: String },
    #[error(
        "no safe connection to {servers}: {reason}; check the certificates of both sides, and [kafka] ssl_*"
    )]
    Insecure { servers: String, reason: String },
    #[error("topic {topic} could not be created: {reason}")]
    NotCreated { topic: String, reason: String },
}

impl Cluster {
    /// A cluster that has not been asked anything yet.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn new(settings: &Settings) -> Result<Self, AdminError> {
        Ok(Self {
            client: Inquirer::new(&settings.client())
                .map_err(|error| AdminError::Settings(in_our_words(settings, &error.message)))?,
            settings: settings.clone(),
            servers: settings.bootstrap_servers.clone(),
            timeout: settings.connect_timeout,
        })
    }

    /// The topics among `names` that the cluster has; the others are not in the answer.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn topics(&self, names: &[&str]) -> Result<Vec<TopicFacts>, AdminError> {
        let all = self.persist(|wait| self.client.all_topics(wait))?.into_iter();
        let facts = all
            .filter(|(name, partitions)| names.contains(&name.as_str()) && *partitions > 0)
            .map(|(name, partitions)| TopicFacts { name, partitions });
        Ok(facts.collect())
    }

    /// Those among `needed` that this user has not. Where brokers do not say, nothing is taken to be missing.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn missing_rights(&self, needed: &[Right]) -> Result<Vec<Right>, AdminError> {
        let topics = needed.iter().filter_map(|right| match &right.resource {
            Resource::Topic(name) => Some(name.as_str()),
            Resource::Group(_) | Resource::TransactionalId(_) => None,
        });
        let topics = self.describe(&topics.collect::<Vec<_>>())?;
        let refused_ids = self.refused_ids(needed)?;
        let mut missing = Vec::new();
        for right in needed {
            let is_missing = match &right.resource {
                Resource::Topic(name) => {
                    let topic = topics.iter().find(|topic| topic.name == *name);
                    topic.is_some_and(|topic| lacks(topic, right.access))
                }
                Resource::Group(name) => {
                    lacks(&self.persist(|wait| self.client.group(name, wait))?, right.access)
                }
                Resource::TransactionalId(id) => refused_ids.contains(&id.as_str()),
            };
            if is_missing {
                missing.push(right.clone());
            }
        }
        Ok(missing)
    }

    /// The partitions of a topic that no member of a group has; `None` while the group hands them out.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn unassigned(&self, group: &str, topic: &str) -> Result<Option<Vec<i32>>, AdminError> {
        let count = self.persist(|wait| self.client.partitions(topic, wait))?;
        let assigned = self.persist(|wait| self.client.assigned(group, topic, wait))?;
        let all = 0..i32::try_from(count).unwrap_or(i32::MAX);
        Ok(assigned.map(|assigned| all.filter(|it| !assigned.contains(it)).collect()))
    }

    /// The transactional ids that this user may not have. Each takes half a second: all are asked for at once.
    fn refused_ids<'a>(&self, needed: &'a [Right]) -> Result<Vec<&'a str>, AdminError> {
        let settings = &self.settings;
        let answers = std::thread::scope(|scope| {
            let questions = needed.iter().filter_map(|right| match &right.resource {
                Resource::TransactionalId(id) => {
                    Some((id.as_str(), scope.spawn(move || may_not_have(settings, id))))
                }
                Resource::Topic(_) | Resource::Group(_) => None,
            });
            let questions = questions.collect::<Vec<_>>();
            let answers = questions.into_iter();
            answers.map(|(id, it)| (id, it.join().unwrap_or(Ok(false)))).collect::<Vec<_>>()
        });
        let mut refused = Vec::new();
        for (id, answer) in answers {
            if answer.map_err(|error| self.unreachable(&error))? {
                refused.push(id);
            }
        }
        Ok(refused)
    }

    fn describe(&self, names: &[&str]) -> Result<Vec<Described>, AdminError> {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        self.persist(|wait| self.client.topics(&names, wait))
    }

    /// Puts a question until it is answered. Does not wait on where a connection was refused.
    fn persist<T>(
        &self,
        question: impl Fn(Duration) -> Result<T, CallError>,
    ) -> Result<T, AdminError> {
        let began = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let left = self.timeout.saturating_sub(began.elapsed());
            let error = match question(wait.min(left)) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let servers = self.servers.clone();
            match self.client.complaint() {
                Some((code, reason)) if is_refusal(code) => {
                    return Err(AdminError::Refused { servers, reason });
                }
                Some((_, reason)) => return Err(AdminError::Insecure { servers, reason }),
                None if wait >= left => return Err(self.unreachable(&error)),
                None => wait *= 2,
            }
        }
    }

    fn unreachable(&self, error: &CallError) -> AdminError {
        let (servers, timeout) = (self.servers.clone(), self.timeout);
        // What became of connections says more than that an answer did not come.
        let cause = self.client.trouble().unwrap_or_else(|| error.to_string());
        AdminError::Unreachable { servers, timeout, cause }
    }

    /// Waits until the cluster shows every topic: brokers learn of a new one a moment after its creation.
    ///
    /// # Errors
    /// A cluster that does not answer, or a topic that does not appear in time.
    pub fn await_topics(&self, names: &[&str]) -> Result<(), AdminError> {
        const PAUSE: Duration = Duration::from_millis(50);
        let began = Instant::now();
        loop {
            let known = self.topics(names)?;
            let absent = names.iter().find(|name| known.iter().all(|topic| topic.name != **name));
            let Some(absent) = absent else { return Ok(()) };
            if began.elapsed() >= self.timeout {
                let reason = "created, but no broker shows it yet".to_owned();
                return Err(AdminError::NotCreated { topic: (*absent).to_owned(), reason });
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Creates a topic; one that exists already is left as it is.
    ///
    /// # Errors
    /// A cluster that does not answer or refuses.
    pub async fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replication: i32,
        cleanup_policy: &str,
    ) -> Result<(), AdminError> {
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replication))
            .set("cleanup.policy", cleanup_policy);
        let options = AdminOptions::new().operation_timeout(Some(self.timeout));
        let refused = |reason: String| AdminError::NotCreated { topic: name.to_owned(), reason };
        let client: AdminClient<DefaultClientContext> =
            self.settings.client().create().map_err(|error| refused(error.to_string()))?;
        let results = client
            .create_topics([&topic], &options)
            .await
            .map_err(|error| refused(error.to_string()))?;
        for result in results {
            match result {
                Ok(_) | Err((_, Code::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(refused(code.to_string())),
            }
        }
        Ok(())
    }
}

/// A complaint of librdkafka's on a file, with the name of our setting and the file.
fn in_our_words(settings: &Settings, reason: &str) -> String {
    let named = settings.files().find(|(name, _)| reason.contains(&name.replace('_', ".")));
    named.map_or_else(
        || reason.to_owned(),
        |(name, path)| format!("[kafka] {name} = {:?}: {reason}", path.display().to_string()),
    )
}

fn lacks(described: &Described, access: Access) -> bool {
    let operation = match access {
        Access::Read => Operation::RD_KAFKA_ACL_OPERATION_READ,
        Access::Write => Operation::RD_KAFKA_ACL_OPERATION_WRITE,
    };
    described.error.is_some_and(is_refusal)
        || described.allowed.as_ref().is_some_and(|allowed| !allowed.contains(&operation))
}

/// Whether brokers refuse this user a transactional id. Takes nothing away from who has it.
fn may_not_have(settings: &Settings, transactional_id: &str) -> Result<bool, CallError> {
    let asked = Producer::new(&settings.probe(transactional_id), String::new())
        .and_then(|producer| producer.init_transactions(settings.connect_timeout));
    match asked {
        Ok(()) => Ok(false),
        Err(error) if error.code == Code::InvalidTransactionTimeout => Ok(false),
        Err(error) if is_refusal(error.code) => Ok(true),
        Err(error) => Err(error),
    }
}
