import Foundation

/// A setting as a log may show it.
package struct ShownSetting: Hashable, Sendable {
    package enum Source: String, Sendable {
        case set
        case byDefault = "default"
    }

    package let name: String
    package let value: String
    package let source: Source

    package init(name: String, value: String, source: Source) {
        self.name = name
        self.value = value
        self.source = source
    }
}

extension Settings {
    /// What the hub goes by, without secrets, in the catalog's order.
    ///
    /// - Parameter all: also what is as it is by default.
    package func shown(all: Bool) -> [ShownSetting] {
        Self.catalog.compactMap { setting in
            switch given[setting.name] {
            case let text? where text != setting.fallback:
                ShownSetting(
                    name: setting.name, value: setting.isSecret ? "(hidden)" : text.withoutCredentials, source: .set)
            case .some where all: ShownSetting(name: setting.name, value: setting.fallback, source: .set)
            case nil where all: ShownSetting(name: setting.name, value: setting.fallback, source: .byDefault)
            default: nil
            }
        }
    }

    /// What no log may hold, as it may be quoted.
    package var secrets: [String] {
        // A user's name is no secret by itself, and may be a word.
        let name = Setting<String>.mlflowUser.description.name
        var secrets = Self.catalog.filter { $0.isSecret && $0.name != name }.compactMap { given[$0.name] }
        secrets += traces?.headers.map(\.value) ?? []
        if case .mysql(let dsn) = featureStore { secrets.append(dsn.password) }
        switch registry.credentials {
        case .basic(let user, let password):
            secrets += [password, Data("\(user):\(password)".utf8).base64EncodedString()]
        case .bearer(let token): secrets.append(token)
        case nil: break
        }
        return secrets.filter { !$0.isEmpty }
    }
}
