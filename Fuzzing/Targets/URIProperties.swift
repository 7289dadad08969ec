import Palantir

/// An address of a model is a host, a port, and a target that cannot end the request's line.
enum URIProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        guard let uri = ModelURI(String(decoding: input, as: UTF8.self)) else { return }
        try check(uri)
        // What it says of itself is read as the same.
        let written = (uri.isSecure ? "https://" : "http://") + uri.authority + uri.target
        guard let again = ModelURI(written) else { throw BrokenProperty("written anew it does not parse: \(written)") }
        try BrokenProperty.unless(
            again.host == uri.host && again.port == uri.port && again.target == uri.target
                && again.isSecure == uri.isSecure, "written anew it leads elsewhere: \(written)")
    }

    static func check(_ uri: ModelURI) throws(BrokenProperty) {
        try BrokenProperty.unless(!uri.host.isEmpty, "no host")
        try BrokenProperty.unless((1...65_535).contains(uri.port), "the port is \(uri.port)")
        try BrokenProperty.unless(uri.target.hasPrefix("/"), "the target is \(uri.target.debugDescription)")
        // These go into the head of a request as they are.
        for part in [uri.authority, uri.target] {
            try BrokenProperty.unless(
                part.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "it would end the line: \(part.debugDescription)")
        }
        try BrokenProperty.unless(
            !uri.host.utf8.contains { "@/?#\\%".utf8.contains($0) }, "a host that another reads otherwise: \(uri.host)")
    }
}
