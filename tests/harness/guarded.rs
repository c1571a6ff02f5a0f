//! A Kafka that asks who comes, and lets nobody do more than was granted.

use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::broker::Broker;
use super::certificates::{Authority, put};
use super::{free_port, kafka_jars};

/// The password of every user with SASL.
pub const PASSWORD: &str = "a-password";

/// One node with a listener for each way in. At the first, in plain text, everybody may do everything; at the others a
/// user may do what was granted and nothing else.
pub struct Guarded {
    pub broker: Broker,
    /// Without TLS: `PLAIN`.
    pub plain: String,
    /// With TLS: `SCRAM-SHA-512` and `PLAIN`.
    pub sasl: String,
    /// With TLS on both sides: the name in the certificate is the user's.
    pub mutual: String,
    /// With TLS, and a certificate that has expired.
    pub expired: String,
    /// Signs what the brokers show, and what they take from clients.
    pub authority: Authority,
    _folder: TempDir,
}

impl Guarded {
    /// One node for all tests.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Guarded> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&["parcelgate", "officer", "newcomer", "reader"]))
    }

    fn start(users: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("authority");
        let trusted = put(folder.path(), "trusted.pem", &authority.certificate());
        let server = put(folder.path(), "server.pem", &authority.server().both());
        let expired_server = put(folder.path(), "expired.pem", &authority.expired_server().both());
        let [plain, sasl, mutual, expired] =
            std::array::from_fn(|_| format!("127.0.0.1:{}", free_port()));
        let listeners = format!(
            "PLAINTEXT://127.0.0.1:@PORT@,PLAIN://{plain},SASL://{sasl},MUTUAL://{mutual},EXPIRED://{expired}"
        );
        let passwords = users.iter().map(|user| format!(" user_{user}=\"{PASSWORD}\""));
        let plain_login = format!(
            "org.apache.kafka.common.security.plain.PlainLoginModule required{};",
            passwords.collect::<String>()
        );
        let [trusted, server, expired_server] =
            [trusted, server, expired_server].map(|path| path.display().to_string());
        let changes = format!(
            "listeners={listeners},CONTROLLER://127.0.0.1:@CONTROLLER_PORT@\nadvertised.listeners={listeners}\n\
             listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAIN:SASL_PLAINTEXT,\
             SASL:SASL_SSL,MUTUAL:SSL,EXPIRED:SSL\n\
             listener.name.plain.sasl.enabled.mechanisms=PLAIN\n\
             listener.name.plain.plain.sasl.jaas.config={plain_login}\n\
             listener.name.sasl.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN\n\
             listener.name.sasl.plain.sasl.jaas.config={plain_login}\n\
             listener.name.sasl.scram-sha-512.sasl.jaas.config=\
             org.apache.kafka.common.security.scram.ScramLoginModule required;\n\
             ssl.keystore.type=PEM\nssl.keystore.location={server}\n\
             ssl.truststore.type=PEM\nssl.truststore.location={trusted}\n\
             listener.name.mutual.ssl.client.auth=required\n\
             listener.name.mutual.ssl.principal.mapping.rules=RULE:^CN=(.*)$/$1/\n\
             listener.name.expired.ssl.keystore.type=PEM\n\
             listener.name.expired.ssl.keystore.location={expired_server}\n\
             authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
             super.users=User:ANONYMOUS\n"
        );
        let scram = users.iter().flat_map(|user| {
            let user = format!("SCRAM-SHA-512=[name={user},password={PASSWORD}]");
            ["--add-scram".to_owned(), user]
        });
        let broker = Broker::start_changed(&changes, &scram.collect::<Vec<_>>());
        Self { broker, plain, sasl, mutual, expired, authority, _folder: folder }
    }

    /// Runs Kafka's tool for rights, as somebody who may grant them.
    pub fn acls(&self, arguments: &[&str]) {
        let said = Command::new("java")
            .args(["-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"])
            .arg("-cp")
            .arg(format!("{}/*", kafka_jars().display()))
            .arg("org.apache.kafka.tools.AclCommand")
            .args(["--bootstrap-server", &self.broker.bootstrap()])
            .args(arguments)
            .output()
            .unwrap();
        assert!(said.status.success(), "{arguments:?}: {said:?}");
    }

    /// Lets a user do something.
    pub fn grant(&self, user: &str, right: &str) {
        let user = format!("User:{user}");
        let right = ["--add", "--allow-principal", &user].into_iter().chain(right.split(' '));
        self.acls(&right.collect::<Vec<_>>());
    }
}
