// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of this package is compiled with: a warning is an error.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "palantir",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "palantir", targets: ["PalantirCLI"])
    ],
    dependencies: [
        // The HTTP server; replaces a router and connection handling of our own on SwiftNIO.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        // The HTTP client that tests ask the hub with, since it is not ours; already in Hummingbird's graph.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0", traits: []),
        // Event loops, buffers and the thread pool that blocking database calls run on.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // TLS of the server, and to MLflow, Ray and models.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        // The embedded feature store; replaces calling SQLite's C API by hand.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Start, signals and graceful shutdown of everything long-lived.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // The log's common vocabulary, which the server and the client speak too.
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        // The vocabulary of counters and timers; the Prometheus text is ours, since no exporter is to be had.
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Flags, environment and `.env` file in one order of precedence; replaces a settings reader of our own.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        // The path type of swift-configuration; already in its graph.
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        // Commands, flags and help texts.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // Request and response heads as Hummingbird speaks them; already in its graph.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        // The HTTP parts that a connection's handlers see, as Hummingbird speaks them; already in its graph.
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        // Runs the Python process that serves models, with its pipes and its end; replaces Foundation's Process.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        // SHA-256 and HMAC, for what Ray fetches from the hub; already in Hummingbird's graph.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        // Verifies JSON Web Tokens by their issuer's keys; replaces cryptography of our own.
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        // Reads the `MLmodel` YAML that holds a model's signature; replaces a YAML parser of our own.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // MariaDB Connector/C: speaks to MySQL 5.7 to 9 and to MariaDB; replaces a MySQL driver of our own.
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "Palantir",
            dependencies: [
                "CMariaDB",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [
                .embedInCode("Deployment/LocalProcess/Python"), .embedInCode("Deployment/RayServe/Python"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "PalantirServer",
            dependencies: [
                "CMalloc", "Palantir",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Console/Files"), .embedInCode("OpenAPI/docs.css"), .embedInCode("OpenAPI/openapi.json"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "PalantirCLI",
            dependencies: [
                "Palantir", "PalantirServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        // In this package, since it measures what only this package may see.
        .executableTarget(
            name: "MicroBenchmarks",
            dependencies: ["Palantir", .product(name: "NIOCore", package: "swift-nio")],
            path: "Benchmarks/Micro",
            swiftSettings: strict
        ),
        // What is fed with hostile bytes, and what must hold then; see Fuzzing/README.md.
        .target(
            name: "FuzzTargets",
            dependencies: ["Palantir", .product(name: "NIOCore", package: "swift-nio")],
            path: "Fuzzing/Targets",
            swiftSettings: strict
        ),
        .target(
            name: "PalantirTesting",
            dependencies: [
                "Palantir", "PalantirServer",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/PalantirTesting",
            swiftSettings: strict
        ),
        .testTarget(
            name: "PalantirTests",
            dependencies: [
                "FuzzTargets", "Palantir", "PalantirServer", "PalantirCLI", "PalantirTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Palantir", "PalantirServer", "PalantirCLI", "PalantirTesting",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
    ]
)

// libFuzzer brings its own `main`, so this links only where `make fuzz` builds it.
if Context.environment["PALANTIR_FUZZER"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzzer", dependencies: ["FuzzTargets"], path: "Fuzzing/Fuzzer",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
