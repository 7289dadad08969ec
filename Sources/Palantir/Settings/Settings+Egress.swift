/// Where Palantir connects to, and whom it believes there.
package struct EgressSettings: Sendable {
    /// Where `uri` tags may point to; nil if nothing is set, which is right only while the hub is open to its own machine.
    package let modelHosts: ModelHosts?
    /// A PEM file of further certificate authorities.
    package let authorities: String?
}

extension Setting where Value == ModelHosts {
    package static let modelHosts = Setting(
        "PALANTIR_MODEL_HOSTS", flag: "model-hosts", type: "list", default: "loopback and private networks",
        range: "of host, host:port, *.example.com:443, 10.0.0.0/8:8080 or [fc00::/7]:8080, separated by commas",
        summary: "Where uri tags may point to; what is not listed is not connected to."
    ) { ModelHosts($0) }
}

extension Setting where Value == String {
    package static let authorities = Setting(
        "PALANTIR_CA_FILE", flag: "ca-file", type: "path", default: "none",
        summary: "A PEM file of authorities that are trusted beside the system's, for models, MLflow, Ray and MySQL."
    ) { $0 }
}

extension Settings {
    /// Where `uri` tags may point to. The hub's own port is among what they may not name, if it is known already.
    package var modelHostRules: ModelHostRules {
        var rules = ModelHostRules(hosts: egress.modelHosts)
        func close(_ uri: ModelURI?) {
            if let uri { rules = rules.closing(host: uri.host, port: uri.port) }
        }
        // It listens on all that this machine has, as far as a tag is concerned.
        if port != 0 { rules = rules.closing(host: "127.0.0.1", port: port) }
        close(ModelURI(registry.uri.base))
        if case .mysql(let dsn) = featureStore, case .tcp(let host, let port) = dsn.address {
            rules = rules.closing(host: host, port: port)
        }
        if let traces { rules = rules.closing(host: traces.endpoint.host, port: traces.endpoint.port) }
        if let ray = autodeploy.ray {
            for text in [ray.dashboard.text, ray.serve.text, ray.codeURL] { close(ModelURI(text)) }
        }
        return rules
    }
}
