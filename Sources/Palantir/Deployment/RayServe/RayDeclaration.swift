import NIOCore

/// What Palantir changes in a declaration of all of Ray Serve's applications: of its own, by name, what is wanted, nil for
/// none. All others are written as they are.
///
/// Ray removes each application that a declaration does not list, unless somebody deployed it without a declaration.
struct RayDeclaration: Sendable {
    let changes: [String: RayApplicationConfig?]
    /// For the first declaration, which starts Serve.
    let proxy: Proxy

    struct Proxy: Sendable {
        let host: String
        let port: Int
    }

    /// Whether nothing is left to be done.
    func agrees(with state: RayServeState) -> Bool {
        changes.allSatisfy { name, wanted in
            let application = state.application(named: name).flatMap { $0.isDeleting ? nil : $0 }
            guard let wanted else { return application?.isDeclarative != true }
            return application?.isDeclarative == true
                && application?.config.flatMap(RayApplicationConfig.init) == wanted
        }
    }

    /// The name of an application of ours that somebody else has deployed by hand.
    func conflict(with state: RayServeState) -> String? {
        changes.first { name, wanted in
            wanted != nil && state.application(named: name).map { !$0.isDeclarative && !$0.isDeleting } ?? false
        }?.key
    }

    /// The body of the `PUT`.
    func body(over state: RayServeState) -> ByteBuffer {
        // One that somebody removes just now is not brought back.
        let kept = state.applications.filter { $0.isDeclarative && !$0.isDeleting && changes[$0.name] == nil }
        let own = changes.sorted { $0.key < $1.key }.compactMap { $0.value?.text }
        var buffer = ByteBuffer()
        buffer.writeJSONObject { object in
            for (name, value) in state.options { object.member(name) { $0.writeJSON(value) } }
            if state.options.isEmpty {
                // Ray's own default is every interface.
                object.member("http_options") { buffer in
                    buffer.writeJSONObject { object in
                        object.member("host", text: proxy.host)
                        object.member("port", number: proxy.port)
                    }
                }
            }
            object.member("applications", array: kept.compactMap(\.config) + own) { $0.writeJSON($1) }
        }
        return buffer
    }
}
