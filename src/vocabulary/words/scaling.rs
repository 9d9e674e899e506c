//! Words of scaling.

use crate::units::{Bytes, Cpu, Cron, Decimal, Percent, PromQl, Quantity, Rate};
use crate::vocabulary::value::{At, PortRef, Str, Text};
use crate::vocabulary::{Map, SecretObject, union, variants};

union! {
    /// A use of CPU: a share of what is requested, or an amount.
    pub enum CpuAmount {
        /// A share of the request.
        Share(Percent),
        /// An amount of each pod.
        Amount(Cpu),
    }
}
union! {
    /// A use of memory: likewise.
    pub enum MemoryAmount {
        /// A share of the request.
        Share(Percent),
        /// An amount of each pod.
        Amount(Bytes),
    }
}
variants! {
    /// The CPU of all containers of a pod.
    pub enum PodCpu "PodCpu" {
        /// All of them together, proxies and sidecars among them.
        Pod "pod" { r#use: At<CpuAmount> },
    }
}
variants! {
    /// The memory of all containers of a pod.
    pub enum PodMemory "PodMemory" {
        /// All of them together, proxies and sidecars among them.
        Pod "pod" { r#use: At<MemoryAmount> },
    }
}
union! {
    /// The use of CPU that an autoscaler aims at.
    pub enum CpuUse {
        /// A share of what the tier's own container requests.
        Share(Percent),
        /// An amount of it.
        Amount(Cpu),
        /// Of the whole pod.
        Pod(PodCpu),
    }
}
union! {
    /// The use of memory that an autoscaler aims at.
    pub enum MemoryUse {
        /// A share of what the tier's own container requests.
        Share(Percent),
        /// An amount of it.
        Amount(Bytes),
        /// Of the whole pod.
        Pod(PodMemory),
    }
}
variants! {
    /// A metric that is not of the pods.
    pub enum MetricSource "MetricSource" {
        /// Of something outside the cluster, by its labels: the average for each pod, or the value itself.
        External "external" { average: Option<At<Quantity>>, value: Option<At<Quantity>>, labels: Option<At<Map<Str>>> },
        /// Of an object in the tier's namespace, by its API version, kind and name.
        Object "object" { api: At<Str>, kind: At<Str>, name: At<Str>, average: Option<At<Quantity>>, value: Option<At<Quantity>>, labels: Option<At<Map<Str>>> },
    }
}
union! {
    /// What `metric NAME =` takes.
    pub enum MetricSpec {
        /// The average of a metric of the pods.
        Average(Quantity),
        /// A metric of something else.
        Source(MetricSource),
    }
}
variants! {
    /// That nothing is done.
    pub enum NoPace "NoPace" {
        /// Never.
        None "none",
    }
}
union! {
    /// How fast pods come or go.
    pub enum ScalePace {
        /// So many in so long.
        Rate(Rate),
        /// Not at all.
        Never(NoPace),
    }
}
union! {
    /// Where KEDA finds what it asks.
    pub enum Address {
        /// A port of the program.
        Port(PortRef),
        /// Its full name and port.
        Text(Text),
    }
}
variants! {
    /// A key of a Secret of the tier's namespace.
    pub enum SecretKey "SecretKey" {
        /// By the names of Secret and key.
        Secret "secret" { name: At<SecretObject>, key: At<Str> },
    }
}
union! {
    /// Where KEDA finds RabbitMQ.
    pub enum RabbitHost {
        /// A port of the program.
        Port(PortRef),
        /// A URL without user and password.
        Text(Text),
        /// A whole URL in a Secret, with user and password.
        Secret(SecretKey),
    }
}
variants! {
    /// Where a consumer group begins that has read nothing yet.
    pub enum OffsetReset "OffsetReset" {
        /// With what comes from now on: nothing waits for it.
        Latest "latest",
        /// With the oldest: all of it waits.
        Earliest "earliest",
    }
}
variants! {
    /// How KEDA shows Kafka who it is.
    pub enum Sasl "Sasl" {
        /// User and password as they are; only with `tls = true`.
        Plaintext "plaintext",
        /// SCRAM with SHA-256.
        ScramSha256 "scram-sha256",
        /// SCRAM with SHA-512.
        ScramSha512 "scram-sha512",
    }
}
variants! {
    /// What KEDA asks, and how much of it each pod should have.
    pub enum Trigger "Trigger" {
        /// The value of a query to Prometheus, a pod for each `threshold`; the target's Prometheus unless `server-address` says another. The query gives one series.
        Prometheus "prometheus" { query: At<PromQl>, threshold: At<Decimal>, activation_threshold: Option<At<Decimal>>, server_address: Option<At<Address>>,
            ignore_null_values: Option<At<bool>>, username: Option<At<SecretKey>>, password: Option<At<SecretKey>>, bearer_token: Option<At<SecretKey>> },
        /// How many messages of a topic wait for a consumer group, a pod for each `lag-threshold` (10). There are at most as many pods as partitions, unless `allow-idle-consumers`.
        Kafka "kafka" { bootstrap_servers: At<Vec<At<Address>>>, topic: At<Str>, consumer_group: At<Str>, lag_threshold: Option<At<i64>>, activation_lag_threshold: Option<At<i64>>,
            offset_reset_policy: Option<At<OffsetReset>>, allow_idle_consumers: Option<At<bool>>, limit_to_partitions_with_lag: Option<At<bool>>,
            exclude_persistent_lag: Option<At<bool>>, tls: Option<At<bool>>, sasl: Option<At<Sasl>>, username: Option<At<SecretKey>>, password: Option<At<SecretKey>> },
        /// How many messages wait in a queue of RabbitMQ, a pod for each `queue-length` (20), or how many come in a second (`message-rate`, through the management API).
        RabbitMq "rabbitmq" { host: At<RabbitHost>, queue_name: At<Str>, queue_length: Option<At<Decimal>>, message_rate: Option<At<Decimal>>, activation_value: Option<At<Decimal>>,
            vhost_name: Option<At<Str>>, username: Option<At<SecretKey>>, password: Option<At<SecretKey>> },
        /// The length of a list in Redis, a pod for each `list-length` (5).
        Redis "redis" { address: At<Address>, list_name: At<Str>, list_length: Option<At<i64>>, activation_list_length: Option<At<i64>>, database_index: Option<At<i64>>,
            enable_tls: Option<At<bool>>, username: Option<At<SecretKey>>, password: Option<At<SecretKey>> },
        /// So many pods from one time to another, again and again.
        Cron "cron" { timezone: At<Str>, start: At<Cron>, end: At<Cron>, desired_replicas: At<i64> },
    }
}
variants! {
    /// When an autosizer acts.
    pub enum AutosizeMode "AutosizeMode" {
        /// Recommendations only.
        Off "off",
        /// When a pod starts.
        Initial "initial",
        /// By restarting pods.
        Recreate "recreate",
        /// In the running pod where that can be, else by a restart; Kubernetes 1.33.
        InPlaceOrRecreate "in-place-or-recreate",
        /// In the running pod alone, never by a restart. The autosizer must be 1.7 or later, with its feature gate `InPlace` on.
        InPlace "in-place",
    }
}
variants! {
    /// What an autosizer changes.
    pub enum ControlledValues "ControlledValues" {
        /// Requests; limits stay.
        RequestsOnly "requests-only",
        /// Both, in their ratio.
        RequestsAndLimits "requests-and-limits",
    }
}
