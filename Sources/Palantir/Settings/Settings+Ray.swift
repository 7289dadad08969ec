/// Where Ray is, and how it reaches the hub.
package struct RaySettings: Sendable {
    /// Ray's dashboard.
    package let dashboard: BaseURL
    package let token: String?
    /// Ray's HTTP proxy, where applications answer.
    package let serve: BaseURL
    /// The hub's address as Ray's machines see it; the same for all hubs on one Ray.
    package let codeURL: String
    package let key: RayKey

    package init(dashboard: BaseURL, token: String?, serve: BaseURL, codeURL: BaseURL) {
        self.dashboard = dashboard
        self.token = token
        self.serve = serve
        self.codeURL = codeURL.text
        key = RayKey(token: token)
    }

    /// A Ray that is on loopback itself keeps its applications there.
    var proxy: RayDeclaration.Proxy {
        .init(host: Settings.isLoopback(dashboard.host) ? "127.0.0.1" : "0.0.0.0", port: serve.port)
    }
}

extension Setting where Value == AutodeployTarget {
    package static let autodeployTarget = Setting(
        "PALANTIR_AUTODEPLOY_TARGET", flag: "autodeploy-target", type: "word", default: "local",
        range: AutodeployTarget.allCases.map(\.rawValue).joined(separator: ", "),
        summary: "Where models that the hub serves itself run: on this machine, or on Ray Serve."
    ) { AutodeployTarget(rawValue: $0) }
}

/// Where models that the hub deploys run.
package enum AutodeployTarget: String, CaseIterable, Sendable {
    case local, ray
}

extension Setting where Value == BaseURL {
    package static let ray = Setting(
        "PALANTIR_RAY_URL", flag: "ray-url", type: "http(s) address", default: "required on Ray",
        summary: "Ray's dashboard, such as http://127.0.0.1:8265."
    ) { BaseURL($0) }
    package static let rayServe = Setting(
        "PALANTIR_RAY_SERVE_URL", flag: "ray-serve-url", type: "http(s) address",
        default: "port 8000 of PALANTIR_RAY_URL's host",
        summary: "Where Ray's HTTP proxy answers for models."
    ) { BaseURL($0) }
    package static let rayCode = Setting(
        "PALANTIR_RAY_CODE_URL", flag: "ray-code-url", type: "http(s) address",
        default: "PALANTIR_HOST and PALANTIR_PORT",
        summary: "The hub as Ray's machines reach it, for code and artifacts; the same for all hubs on one Ray."
    ) { BaseURL($0) }
}

extension Setting where Value == String {
    package static let rayToken = Setting(
        // Ray's own name.
        "RAY_AUTH_TOKEN", type: "text", default: "none", secret: true,
        summary: "The bearer token for a Ray that runs with RAY_AUTH_MODE=token."
    ) { $0 }
}

extension Setting where Value == Bool {
    package static let rayAnonymous = flag(
        "PALANTIR_RAY_ALLOW_ANONYMOUS", flag: "ray-allow-anonymous", default: false,
        summary: "Whether a Ray elsewhere than on loopback may do without RAY_AUTH_TOKEN.")
}

extension RaySettings {
    /// - Parameters:
    ///   - host: where the hub listens.
    ///   - port: the same.
    static func read(_ reading: inout SettingsReading, host: String, port: Int?) -> RaySettings? {
        let (dashboard, serve, code) = (reading.value(.ray), reading.value(.rayServe), reading.value(.rayCode))
        let token = reading.value(.rayToken)
        let allowAnonymous = reading.required(.rayAnonymous) ?? false
        guard let dashboard else {
            if !reading.isSet(.ray) {
                reading.problems.append(
                    "PALANTIR_RAY_URL is not set: Ray's dashboard, such as http://127.0.0.1:8265, for "
                        + "PALANTIR_AUTODEPLOY_TARGET=ray.")
            }
            return nil
        }
        let isLocal = Settings.isLoopback(dashboard.host)
        if token == nil, !isLocal, !allowAnonymous {
            reading.problems.append(
                "RAY_AUTH_TOKEN is not set: whoever reaches a Ray without authentication runs code there; start Ray with "
                    + "RAY_AUTH_MODE=token, or set PALANTIR_RAY_ALLOW_ANONYMOUS=true to allow it.")
        }
        let name = dashboard.host.contains(":") ? "[\(dashboard.host)]" : dashboard.host
        guard let serve = serve ?? BaseURL("http://\(name):8000") else { return nil }
        if code == nil, port == 0 || host == "0.0.0.0" || host == "::" || Settings.isLoopback(host) != isLocal {
            reading.problems.append(
                "PALANTIR_RAY_CODE_URL is not set: the hub's address as Ray reaches it, which cannot be told from "
                    + "PALANTIR_HOST and PALANTIR_PORT.")
            return nil
        }
        let scheme = reading.isSet(.tlsCertificate) ? "https" : "http"
        let own = "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port ?? 0)"
        guard let code = code ?? BaseURL(own) else { return nil }
        return RaySettings(dashboard: dashboard, token: token, serve: serve, codeURL: code)
    }
}
