import PalantirTesting

/// A real model behind TLS, by Python's own server.
struct SecureModel {
    let port: Int
    private let process: ServerProcess

    /// - Parameter newest: the newest version of TLS that it speaks.
    init(_ certificate: CertificateAuthority.Certificate, newest: String = "TLSv1_3", log: String) async throws {
        port = try Place.freePort()
        process = try await ServerProcess(
            [Place.python, "-c", Self.program, "\(port)", certificate.file, certificate.key, newest], log: log)
        for _ in 0..<200 {
            if process.output.contains("ready") { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw NotStarted("The model behind TLS did not start", log: process.output)
    }

    func stop() async {
        await process.stop()
    }

    private static let program = """
        import http.server, json, ssl, sys

        class Model(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                rows = json.loads(self.rfile.read(int(self.headers["content-length"])))["values"]
                body = json.dumps({"predictions": {str(row["id"]): {"ok": 1} for row in rows}}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # OpenSSL's usual level of security would refuse the old versions here already.
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion[sys.argv[4]]
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print("ready", flush=True)
        server.serve_forever()
        """
}
