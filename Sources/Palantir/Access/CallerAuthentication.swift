import Foundation
import Logging
import ServiceLifecycle

/// Who a request's credentials stand for: an API key's owner, a token's bearer, or anybody where the hub is open.
package final class CallerAuthentication: Sendable {
    /// Replaced when the file changes.
    package let keys: Reloadable<APIKeys>
    private let keyFile: APIKeyFile?
    private let tokens: TokenVerifier?
    /// Who calls without credentials; nil if nobody may.
    private let anonymous: Principal?
    private let defaults: Reloadable<CallerRate>
    private let logger: Logger

    /// A key that was revoked is dead within a second.
    private static let keyFileInterval = Duration.milliseconds(300)

    /// - Throws: `INVALID_REQUEST` with what is wrong, if the keys file is not right: nobody could come in.
    package init(_ settings: AccessSettings, client: EgressClient, logger: Logger) throws(PalantirError) {
        let defaults = settings.defaultRate
        self.defaults = Reloadable(defaults)
        self.logger = logger
        keyFile = settings.keysFile.map(APIKeyFile.init(path:))
        tokens = settings.tokens.map { tokens in
            TokenVerifier(
                issuer: tokens.issuer, audience: tokens.audience,
                keys: IssuerKeys(source: tokens.keys, client: client, logger: logger), rate: defaults)
        }
        anonymous = settings.isRequired ? nil : .anonymous(CallerQuota(defaults))
        do throws(APIKeyFile.Problem) {
            keys = Reloadable(APIKeys(try keyFile?.load() ?? [], defaults: defaults))
        } catch {
            throw PalantirError(.invalidRequest, error.description + ".")
        }
        if keyFile?.isWritableByOthers ?? false {
            logger.warning("Others than its owner may write the keys file; chmod 600 it")
        }
    }

    /// Whether callers need no credentials.
    package var isOpen: Bool { anonymous != nil }

    /// A hub that asks nobody who he is.
    package static func open(logger: Logger) -> CallerAuthentication {
        CallerAuthentication(anonymous: .anonymous(), logger: logger)
    }

    private init(anonymous: Principal, logger: Logger) {
        keys = Reloadable(.empty)
        defaults = Reloadable(.unlimited)
        self.anonymous = anonymous
        self.logger = logger
        (keyFile, tokens) = (nil, nil)
    }

    /// - Parameters:
    ///   - authorization: the header of that name.
    ///   - apiKey: the header `x-api-key`.
    ///   - keys: this connection's copy of ``keys``.
    ///   - deadline: the request's.
    /// - Throws: `UNAUTHENTICATED`.
    package func principal(
        authorization: String?, apiKey: String?, keys: APIKeys, by deadline: Deadline
    ) async throws(PalantirError) -> Principal {
        // Whatever credentials it has: a client may send its key to every hub, and a proxy may have wanted others.
        if let anonymous { return anonymous }
        switch try Credentials(authorization: authorization, apiKey: apiKey) {
        case .apiKey(let secret) where keyFile != nil: return try keys.principal(secret)
        case .token(let token):
            if let tokens { return try await tokens.principal(token, by: deadline) }
            throw .unauthenticated("The hub takes no tokens; send an API key.")
        case .apiKey: throw .unauthenticated("The hub takes no API keys; send a token.")
        case .none:
            throw .unauthenticated(
                "The hub asks who calls: send `authorization: Bearer` with an API key or a token, or x-api-key.")
        }
    }

    /// Takes over the rates that hold for all, and the keys file as it stands now.
    package func reload(_ settings: AccessSettings) {
        defaults.replace(with: settings.defaultRate)
        readKeys()
    }

    /// A file that is not right changes nothing.
    private func readKeys() {
        guard let keyFile else { return }
        do throws(APIKeyFile.Problem) {
            let new = APIKeys(try keyFile.load(), defaults: defaults.current, continuing: keys.current)
            keys.replace(with: new)
            logger.info("API keys were read", metadata: ["keys": "\(new.count)"])
        } catch {
            logger.error("API keys were not read again; the old ones hold", metadata: ["reason": "\(error)"])
        }
    }
}

extension CallerAuthentication: Service {
    /// Follows the keys file and the issuer's keys.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let tokens { group.addTask { try await tokens.keys.run() } }
            if let keyFile { group.addTask { await cancelWhenGracefulShutdown { await self.follow(keyFile) } } }
            // A service that returns ends all others.
            group.addTask { try await gracefulShutdown() }
            try await group.waitForAll()
        }
    }

    private func follow(_ keyFile: APIKeyFile) async {
        var last = keyFile.stamp
        while (try? await Task.sleep(for: Self.keyFileInterval)) != nil {
            let stamp = keyFile.stamp
            if stamp != last { readKeys() }
            last = stamp
        }
    }
}
