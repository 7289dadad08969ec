import Configuration
import Logging

extension Settings {
    /// Reads and checks every knob, and tells all that is wrong at once.
    ///
    /// - Parameters:
    ///   - reader: flags, environment and `.env` file, in that order.
    ///   - names: every name that is set in the environment or the `.env` file; `PALANTIR_*` names among them that are
    ///     no knobs are refused, since a misspelt knob would silently have no effect.
    package init(from reader: ConfigReader, names: some Sequence<String>) throws(SettingsError) {
        var reading = SettingsReading(reader: reader)
        reading.refuseUnknown(names)
        let mlflow = Self.mlflow(&reading)
        let data = reading.value(.data) ?? "palantir-data"
        let featureStore = Self.featureStore(&reading, data: data)
        // Brackets belong to an IPv6 address in a URL only.
        let host = (reading.value(.host) ?? "127.0.0.1").filter { $0 != "[" && $0 != "]" }
        let access = AccessSettings.read(&reading)
        Self.checkOpenness(&reading, host: host, access: access)
        let settings = (
            port: reading.required(.port), level: reading.required(.logLevel), logFormat: reading.required(.logFormat),
            refresh: reading.required(.registryRefresh), timeout: reading.required(.requestTimeout),
            read: reading.required(.readTimeout), body: reading.required(.maxBodyBytes),
            inFlight: reading.required(.maxInFlight), store: reading.required(.featureStoreConnections),
            write: reading.required(.writeTimeout), connections: reading.required(.maxConnections),
            hosts: reading.value(.hosts), tables: reading.value(.featureTables),
            age: reading.required(.featureMaximumAge)
        )
        let limits = (
            reading.required(.maxBatchSize), reading.required(.maxConcurrency), reading.required(.maxAnswerBytes)
        )
        let tls = TLSFiles.read(&reading)
        let audit = AuditSettings.read(&reading)
        let traces = TraceSettings.read(&reading)
        let drain = (reading.required(.drainDelay), reading.required(.drainTimeout))
        let egress = EgressSettings(
            modelHosts: reading.value(.modelHosts), authorities: reading.value(.authorities))
        let autodeploy = Self.autodeploy(&reading, data: data, host: host, port: settings.port)
        guard reading.problems.isEmpty, let mlflow, let featureStore, let autodeploy, let access,
            let port = settings.port, let level = settings.level, let logFormat = settings.logFormat,
            let refresh = settings.refresh,
            let timeout = settings.timeout, let read = settings.read, let body = settings.body,
            let inFlight = settings.inFlight, let store = settings.store, let write = settings.write,
            let connections = settings.connections, let age = settings.age,
            case (let batch?, let concurrency?, let answer?) = limits,
            case (let delay?, let drainTimeout?) = drain
        else { throw SettingsError(problems: reading.problems) }
        self.init(
            registry: mlflow, featureStore: featureStore, host: host, port: port, data: data, logLevel: level,
            logFormat: logFormat,
            registryRefresh: refresh, requestTimeout: timeout, readTimeout: read, writeTimeout: write,
            maxBodyBytes: body, maxInFlight: inFlight, maxConnections: connections, hosts: settings.hosts,
            access: access, featureTables: settings.tables, featureStoreConnections: store,
            featureMaximumAge: age == 0 ? nil : .seconds(age * 3_600),
            model: ModelLimits(
                maxBatchSize: batch, maxConcurrency: concurrency, maxAnswerBytes: answer, timeout: timeout),
            autodeploy: autodeploy, drain: DrainSettings(delay: delay, timeout: drainTimeout),
            tls: tls, audit: audit, egress: egress, traces: traces, given: reading.given)
    }

    private static func autodeploy(
        _ reading: inout SettingsReading, data: String, host: String, port: Int?
    ) -> AutodeploySettings? {
        guard let mode = reading.required(.autodeploy), let models = reading.required(.autodeployModels),
            let resident = reading.required(.autodeployMaxResident), let idle = reading.required(.autodeployIdle),
            let memory = reading.required(.autodeployMemory), let target = reading.required(.autodeployTarget),
            let environment = reading.required(.autodeployEnvironment)
        else { return nil }
        let ray = target == .ray ? RaySettings.read(&reading, host: host, port: port) : nil
        if let ray, ray.token == nil, reading.isSet(.keysFile) || reading.isSet(.jwks) {
            reading.problems.append(
                "RAY_AUTH_TOKEN is not set: without it the addresses at which Ray fetches artifacts and rows from the hub "
                    + "are no secret, while callers must say who they are.")
        }
        return AutodeploySettings(
            policy: DeploymentPolicy(mode: mode, models: models), ray: ray, maxResident: resident,
            idle: idle == 0 ? nil : .seconds(idle), python: reading.value(.python) ?? data + "/python/bin/python",
            environment: environment, memoryLimit: memory << 20, user: reading.value(.autodeployUser))
    }

    /// Nobody is asked who he is: on loopback by default, elsewhere only if the operator says so.
    private static func checkOpenness(_ reading: inout SettingsReading, host: String, access: AccessSettings?) {
        let allowAnonymous = reading.value(.allowAnonymous) ?? false
        let isRequired = access?.isRequired ?? false
        if !isLoopback(host), !allowAnonymous, !isRequired {
            reading.problems.append(
                "PALANTIR_HOST is \(host.debugDescription): elsewhere than on loopback anyone could ask; set "
                    + "PALANTIR_KEYS_FILE or PALANTIR_JWKS, or PALANTIR_ALLOW_ANONYMOUS=true to allow it.")
        }
        if isRequired, !reading.isSet(.modelHosts) {
            reading.problems.append(
                "PALANTIR_MODEL_HOSTS is not set: a hub that others reach sends feature rows only where its operator says; "
                    + "list the hosts that uri tags may name, such as models.internal:8001 or 127.0.0.1.")
        }
        if allowAnonymous, isRequired {
            reading.problems.append(
                "PALANTIR_ALLOW_ANONYMOUS is true, which makes keys and tokens void: unset it, or PALANTIR_KEYS_FILE and "
                    + "PALANTIR_JWKS.")
        }
    }

    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    private static func mlflow(_ reading: inout SettingsReading) -> MLflowSettings? {
        let tracking = reading.value(.mlflowTracking)
        let uri = reading.value(.mlflow) ?? tracking
        let user = reading.value(.mlflowUser)
        let password = reading.value(.mlflowPassword)
        let token = reading.value(.mlflowToken)
        if (user == nil) != (password == nil) {
            reading.problems.append("MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD go together: one is unset.")
        }
        guard let uri else {
            if !reading.isSet(.mlflow), !reading.isSet(.mlflowTracking) {
                reading.problems.append(
                    "MLFLOW_URI is not set: the address of the MLflow tracking server, such as http://127.0.0.1:5000.")
            }
            return nil
        }
        var credentials = uri.credentials
        if let token { credentials = .bearer(token: token) }
        if let user, let password { credentials = .basic(user: user, password: password) }
        return MLflowSettings(uri: uri, credentials: credentials)
    }

    private static func featureStore(_ reading: inout SettingsReading, data: String) -> FeatureStoreLocation? {
        // The DSN's own parser says what is wrong with it; a secret is never repeated in the message.
        if let text = reading.text(.mysqlDSN) {
            do throws(MySQLDSN.ParseError) {
                _ = try MySQLDSN(text)
            } catch {
                reading.problems.append("MYSQL_DSN \(error.message).")
                return nil
            }
        }
        let dsn = reading.value(.mysqlDSN)
        let url = reading.value(.featureStoreURL)
        if dsn != nil, url != nil {
            reading.problems.append("MYSQL_DSN and FEATURE_STORE_URL are both set: keep one.")
        }
        return dsn ?? url ?? .sqlite(path: data + "/features.sqlite")
    }
}

/// One pass over the settings, gathering what is wrong.
struct SettingsReading {
    let reader: ConfigReader
    var problems: [String] = []

    init(reader: ConfigReader) {
        self.reader = reader
    }

    /// The text as set; an empty one counts as unset, as compose files leave it.
    func text<Value>(_ setting: Setting<Value>) -> String? {
        text(setting.description)
    }

    /// Every setting that has a text, by name.
    var given: [String: String] {
        let pairs = Settings.catalog.compactMap { setting in text(setting).map { (setting.name, $0) } }
        return Dictionary(pairs) { first, _ in first }
    }

    private func text(_ setting: SettingDescription) -> String? {
        let text = reader.string(forKey: ConfigKey(setting.key), isSecret: setting.isSecret)
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    func isSet<Value>(_ setting: Setting<Value>) -> Bool {
        text(setting) != nil
    }

    /// The value, or nil if it is unset or wrong.
    mutating func value<Value>(_ setting: Setting<Value>) -> Value? {
        guard let text = text(setting) else { return nil }
        guard let value = setting.parse(text) else {
            let description = setting.description
            // An address may hold a password or a token.
            let isUnsafe = text.contains("@") || text.contains("://") && text.contains("?")
            let shown = description.isSecret || isUnsafe ? "is not right" : "is \(text.debugDescription)"
            problems.append("\(description.name) \(shown); expected: \(description.expected).")
            return nil
        }
        return value
    }

    /// The value, or the default if it is unset, or nil if it is wrong.
    mutating func required<Value>(_ setting: Setting<Value>) -> Value? {
        isSet(setting) ? value(setting) : setting.parse(setting.description.fallback)
    }

    mutating func refuseUnknown(_ names: some Sequence<String>) {
        let known = Set(Settings.catalog.map(\.name))
        for name in Set(names).sorted() {
            if name.hasPrefix("PALANTIR_"), !known.contains(name) {
                problems.append("\(name) is no setting of Palantir; `palantir serve --help` lists them all.")
            } else if name.hasPrefix("export ") {
                problems.append("The .env file has a line that begins with \(name): write it without export.")
            }
        }
    }
}

extension SettingDescription {
    /// `PALANTIR_MAX_BODY_BYTES` is the key `palantir.max.body.bytes` of the configuration reader.
    package var key: [String] {
        name.lowercased().split(separator: "_").map(String.init)
    }
}
