import Foundation
import Logging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The MLflow Model Registry by its REST API, version 2.0.
package struct MLflowRegistry: ModelRegistry {
    let settings: MLflowSettings
    let client: EgressClient

    /// MLflow answers 400 for more registered models a page.
    private static let registeredModelPage = 1_000
    /// MLflow allows 200,000; a page of 10,000 is some megabytes.
    private static let modelVersionPage = 10_000
    private static let maxAnswerBytes = 256 << 20

    package init(settings: MLflowSettings, client: EgressClient) {
        self.settings = settings
        self.client = client
    }

    package func registeredModels(by deadline: Deadline) async throws(PalantirError) -> [RegisteredModel] {
        async let models = pages(
            of: MLflowMessages.RegisteredModelPage.self, at: "registered-models/search", size: Self.registeredModelPage,
            by: deadline
        ) { ($0.registered_models ?? [], $0.next_page_token) }
        async let versions = pages(
            of: MLflowMessages.ModelVersionPage.self, at: "model-versions/search", size: Self.modelVersionPage,
            by: deadline
        ) { ($0.model_versions ?? [], $0.next_page_token) }
        do {
            let byName = Dictionary(grouping: try await versions) { ExactText($0.name) }
            return try await models.map { model in
                RegisteredModel(model, versions: (byName[ExactText(model.name)] ?? []).compactMap(ModelVersion.init))
            }
        } catch let error as PalantirError {
            throw error
        } catch {
            throw Self.unavailable("it could not be read", cause: "\(type(of: error))")
        }
    }

    package func registeredModel(
        named name: String, including version: Int?, by deadline: Deadline
    ) async throws(PalantirError) -> RegisteredModel? {
        // MLflow refuses these in names; asking would be answered with an error that says nothing of the model.
        guard !name.contains("/"), !name.contains(":") else { return nil }
        let path = "registered-models/get?name=\(Self.encoded(name))"
        guard let one = try await get(path, as: MLflowMessages.OneRegisteredModel.self, by: deadline) else {
            return nil
        }
        let model = one.registered_model
        let known = Set((model.latest_versions ?? []).map(\.version))
        var versions: [ModelVersion] = []
        let wanted = (model.aliases ?? []).map(\.version) + (version.map { ["\($0)"] } ?? [])
        for number in Set(wanted).subtracting(known) {
            if let version = try await self.version(number, of: name, by: deadline) { versions.append(version) }
        }
        return RegisteredModel(model, versions: versions)
    }

    package func signature(
        of version: ModelVersion, of name: String, by deadline: Deadline
    ) async throws(PalantirError) -> ModelSignature? {
        let path = "/model-versions/get-artifact?name=\(Self.encoded(name))&version=\(version.number)&path=MLmodel"
        let body = try await answer(to: settings.uri.base + path, by: deadline)
        return body.flatMap { ModelSignature(mlmodel: String(buffer: $0)) }
    }

    // MARK: - Calls

    private func version(
        _ number: String, of name: String, by deadline: Deadline
    ) async throws(PalantirError) -> ModelVersion? {
        let path = "model-versions/get?name=\(Self.encoded(name))&version=\(Self.encoded(number))"
        let one = try await get(path, as: MLflowMessages.OneModelVersion.self, by: deadline)
        return one.flatMap { ModelVersion($0.model_version) }
    }

    private func pages<Page: Decodable, Element>(
        of type: Page.Type, at path: String, size: Int, by deadline: Deadline,
        _ content: (Page) -> (elements: [Element], nextToken: String?)
    ) async throws(PalantirError) -> [Element] {
        var elements: [Element] = []
        var token: String?
        repeat {
            let query = "?max_results=\(size)" + (token.map { "&page_token=\(Self.encoded($0))" } ?? "")
            guard let page = try await get(path + query, as: type, by: deadline) else {
                throw Self.unavailable("it lacks a part of MLflow's API", cause: "404 for \(path)")
            }
            let (found, next) = content(page)
            elements += found
            // A token that does not move would be followed for ever.
            guard next != token || next == nil else { throw Self.unavailable("its pages do not end", cause: path) }
            token = next.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil
        return elements
    }

    private func get<Message: Decodable>(
        _ path: String, as type: Message.Type, by deadline: Deadline
    ) async throws(PalantirError) -> Message? {
        try await get(api: "mlflow/" + path, as: type, by: deadline)
    }

    func get<Message: Decodable>(
        api path: String, as type: Message.Type, by deadline: Deadline
    ) async throws(PalantirError) -> Message? {
        guard let body = try await answer(to: settings.uri.base + "/api/2.0/" + path, by: deadline) else {
            return nil
        }
        do {
            // Foundation recurses as deep as its input says; the scanner's bound comes first.
            _ = try JSONText(validating: body)
            return try JSONDecoder().decode(type, from: body)
        } catch {
            throw Self.unavailable("its answer was not understood", cause: MLflowAnswer.flaw(error))
        }
    }

    /// - Returns: nil if MLflow says that there is no such thing.
    private func answer(to url: String, by deadline: Deadline) async throws(PalantirError) -> ByteBuffer? {
        let result = await client.send(
            .GET, url, headers: headers, maxAnswerBytes: Self.maxAnswerBytes, by: deadline)
        switch result {
        case .success(let answer) where answer.status == 200: return answer.body
        case .success(let answer) where answer.status == 404: return try Self.absent(answer)
        case .success(let answer) where answer.status == 401 || answer.status == 403:
            throw Self.unavailable(
                "it refused us with status \(answer.status); check MLflow's credentials and host names",
                cause: MLflowAnswer.summary(answer))
        case .success(let answer):
            throw Self.unavailable("it answered with status \(answer.status)", cause: MLflowAnswer.summary(answer))
        case .failure(.deadlineExceeded): throw .deadlineExceeded(in: .registry)
        case .failure(let failure): throw Self.unavailable("it cannot be reached", cause: "\(failure)")
        }
    }

    /// A 404 means an absent thing only if MLflow's API wrote it; a proxy's or a wrong path's does not.
    private static func absent(_ answer: EgressClient.Answer) throws(PalantirError) -> ByteBuffer? {
        let failure = try? JSONDecoder().decode(MLflowMessages.Failure.self, from: answer.body)
        guard failure?.error_code == "RESOURCE_DOES_NOT_EXIST" else {
            throw unavailable("it answered with status 404; check MLFLOW_URI", cause: nil)
        }
        return nil
    }

    var headers: HTTPHeaders {
        switch settings.credentials {
        case .basic(let user, let password):
            ["authorization": "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()]
        case .bearer(let token): ["authorization": "Bearer \(token)"]
        case nil: [:]
        }
    }

    private static func unavailable(_ what: String, cause: String?) -> PalantirError {
        PalantirError(.registryUnavailable, "The model registry is unavailable: \(what).", cause: cause)
    }

    /// Strict percent-encoding: names hold spaces, quotes, `%`, `?`, `#` and every script.
    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    /// RFC 3986 section 2.3.
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
