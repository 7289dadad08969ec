import Foundation
import NIOCore

/// What Ray's dashboard says of Serve at one moment.
struct RayServeState: Sendable {
    let applications: [Application]
    /// How Serve was started, as written: a declaration has to repeat it. Empty if it was not started yet.
    let options: [(name: String, value: JSONText)]

    struct Application: Sendable {
        let name: String
        /// `declarative` for those that a `PUT` made; others are not its business.
        let isDeclarative: Bool
        let status: String
        let message: String
        /// As it was declared, as written.
        let config: JSONText?

        var isDeleting: Bool { status == "DELETING" }
    }

    static let optionNames: Set = ["proxy_location", "http_options", "grpc_options", "target_capacity"]

    private struct Message: Decodable {
        let applications: [String: Status]

        struct Status: Decodable {
            let source: String?
            let status: String
            let message: String?
        }
    }

    init(_ text: JSONText) throws {
        let message = try JSONDecoder().decode(Message.self, from: Data(text.bytes.readableBytesView))
        let members = try text.members(uniqueKeys: false)
        options = members.filter { Self.optionNames.contains($0.name) && $0.value.text != "null" }
        let found = try members.first { $0.name == "applications" }?.value.members(uniqueKeys: false) ?? []
        applications = try found.map { name, value in
            let config = try value.members(uniqueKeys: false).first { $0.name == "deployed_app_config" }?.value
            let status = message.applications[name]
            return Application(
                name: name, isDeclarative: status?.source == "declarative", status: status?.status ?? "",
                message: status?.message ?? "", config: config.flatMap { $0.text == "null" ? nil : $0 })
        }
    }

    func application(named name: String) -> Application? {
        applications.first { $0.name == name }
    }
}
