/// The address of an HTTP API below which its paths are: http or https, without user info, query and trailing slash.
package struct BaseURL: Hashable, Sendable {
    package let text: String
    package let host: String
    package let port: Int
    package let isSecure: Bool

    package init?(_ text: String) {
        guard let uri = ModelURI(text), !text.contains("?") else { return nil }
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        self.text = text
        host = uri.host
        port = uri.port
        isSecure = uri.isSecure
    }
}
