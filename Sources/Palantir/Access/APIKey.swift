import Crypto
import Foundation

/// An API key as the keys file holds it: everything but its secret.
package struct APIKey: Hashable, Sendable {
    package let name: String
    /// SHA-256 of the secret. A fast digest does, since the secret is 256 random bits and not a password.
    package let digest: [UInt8]
    package let scopes: Set<Scope>
    package let models: ModelPatterns
    /// Nil where the hub's own default holds.
    package let requestsPerSecond: Int?
    package let entitiesPerSecond: Int?
    package let created: Date
    /// Nil: never.
    package let expires: Date?

    package init(
        name: String, digest: [UInt8], scopes: Set<Scope>, models: ModelPatterns, requestsPerSecond: Int? = nil,
        entitiesPerSecond: Int? = nil, created: Date, expires: Date? = nil
    ) {
        self.name = name
        self.digest = digest
        self.scopes = scopes
        self.models = models
        self.requestsPerSecond = requestsPerSecond
        self.entitiesPerSecond = entitiesPerSecond
        self.created = created
        self.expires = expires
    }

    package func hasExpired(at now: Date) -> Bool {
        expires.map { $0 <= now } ?? false
    }
}

/// A key's secret: shown once when it is made, and never stored.
package struct APIKeySecret: Sendable {
    package let text: String

    /// Tells scanners for leaked secrets, and people, what it is.
    package static let prefix = "palantir_"

    /// 256 random bits of the system's generator.
    package init() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let base64 = Data(bytes).base64EncodedString()
        text = Self.prefix + base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    package static func digest(of secret: String) -> SHA256.Digest {
        SHA256.hash(data: Data(secret.utf8))
    }
}

extension APIKey: Codable {
    private enum Member: String, CodingKey, CaseIterable {
        case name, sha256, scopes, models, created, expires
        case requestsPerSecond = "requests_per_second"
        case entitiesPerSecond = "entities_per_second"
    }

    private struct AnyMember: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Strict: a misspelt `expires` would be a key that never ends.
    package init(from decoder: any Decoder) throws {
        let all = try decoder.container(keyedBy: AnyMember.self).allKeys.map(\.stringValue)
        if let unknown = all.first(where: { Member(rawValue: $0) == nil }) {
            throw Self.wrong("a key has the unknown member \(unknown.debugDescription)", decoder)
        }
        let values = try decoder.container(keyedBy: Member.self)
        let name = try values.decode(String.self, forKey: .name)
        self.name = name
        guard Self.isName(name) else {
            throw Self.wrong("a key's name is not 1 to 64 of the characters A–Z, a–z, 0–9, `-`, `_` and `.`", decoder)
        }
        digest = Array(hexadecimal: try values.decode(String.self, forKey: .sha256)) ?? []
        guard digest.count == SHA256.byteCount else {
            throw Self.wrong("the key \(name) has a sha256 that is not 64 hexadecimal digits", decoder)
        }
        scopes = Set(
            try values.decode([String].self, forKey: .scopes).map { text in
                guard let scope = Scope(rawValue: text) else {
                    throw Self.wrong(
                        "the key \(name) has the scope \(text.debugDescription); known are \(Scope.names)", decoder)
                }
                return scope
            })
        models = ModelPatterns(try values.decode([String].self, forKey: .models))
        requestsPerSecond = try values.decodeIfPresent(Int.self, forKey: .requestsPerSecond)
        entitiesPerSecond = try values.decodeIfPresent(Int.self, forKey: .entitiesPerSecond)
        guard [requestsPerSecond, entitiesPerSecond].allSatisfy({ $0.map { $0 > 0 } ?? true }) else {
            throw Self.wrong("the key \(name) has a rate that is not a number from 1", decoder)
        }
        created = try values.decode(Date.self, forKey: .created)
        expires = try values.decodeIfPresent(Date.self, forKey: .expires)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Member.self)
        try values.encode(name, forKey: .name)
        try values.encode(digest.hexadecimal, forKey: .sha256)
        try values.encode(Scope.allCases.filter(scopes.contains).map(\.rawValue), forKey: .scopes)
        try values.encode(models.patterns, forKey: .models)
        try values.encode(requestsPerSecond, forKey: .requestsPerSecond)
        try values.encode(entitiesPerSecond, forKey: .entitiesPerSecond)
        try values.encode(created, forKey: .created)
        try values.encode(expires, forKey: .expires)
    }

    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }

    private static func wrong(_ what: String, _ decoder: any Decoder) -> DecodingError {
        .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: what))
    }
}

extension [UInt8] {
    var hexadecimal: String {
        reduce(into: "") { text, byte in text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    }

    /// - Returns: nil for anything but pairs of hexadecimal digits.
    init?(hexadecimal text: String) {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        self = stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}
