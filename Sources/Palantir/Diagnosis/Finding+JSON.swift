import NIOCore

extension Finding {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeJSONObject { object in
            object.member("check", text: check.rawValue)
            object.member("severity", text: severity.rawValue)
            object.member("subject", text: subject)
            object.member("message", text: message)
            object.member("remedy", text: remedy)
        }
    }
}
