//! Authorities, and certificates that they sign.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

/// Signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The authority's own certificate, as PEM.
    pub fn certificate(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a broker on loopback.
    pub fn server(&self) -> Identity {
        self.sign(&named("broker", &["127.0.0.1"]))
    }

    /// The same, which ended long ago.
    pub fn expired_server(&self) -> Identity {
        let mut params = named("broker", &["127.0.0.1"]);
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
        self.sign(&params)
    }

    /// A certificate for a client of this name.
    pub fn client(&self, name: &str) -> Identity {
        self.sign(&named(name, &[]))
    }

    fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Identity { certificate, key: key.serialize_pem() }
    }
}

impl Identity {
    /// Certificate and key in one, as Kafka reads them.
    pub fn both(&self) -> String {
        format!("{}{}", self.key, self.certificate)
    }
}

fn named(name: &str, addresses: &[&str]) -> CertificateParams {
    let addresses = addresses.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    let mut params = CertificateParams::new(addresses).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// Writes a file of a folder and gives its path.
pub fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}
