/// A program that is run at a terminal of 100 columns, as a person runs it.
package enum PseudoTerminal {
    /// Python's `pty` stands between, since Foundation starts programs on files and pipes only.
    private static let relay = """
        import fcntl, os, pty, struct, sys, termios
        def start():
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvp(sys.argv[1], sys.argv[1:])
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            return pid, terminal
        pid, terminal = start()
        while True:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                break
            if not data:
                break
            sys.stdout.buffer.write(data)
        sys.stdout.flush()
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """

    /// Runs it to its end; what it writes, and to which stream, comes as one.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> CommandLineTool {
        try await CommandLineTool(
            ["/usr/bin/env", "python3", "-c", relay] + arguments,
            environment: ["TERM": "xterm-256color"].merging(environment) { _, given in given })
    }
}
