#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How many files and sockets the process may have open.
package enum OpenFileLimit {
    /// Linux's own bound for one process by default (`fs.nr_open`).
    private static let most = 1 << 20

    /// Raises the process's limit as far as it may: the usual 1,024 is meant for programs that use `select`, which the
    /// hub does not.
    ///
    /// - Returns: the limit that holds.
    package static func raise() -> Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        let wanted = min(limit.rlim_max, rlim_t(most))
        if limit.rlim_cur < wanted {
            let before = limit.rlim_cur
            limit.rlim_cur = wanted
            if setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(min(limit.rlim_cur, rlim_t(most)))
    }

    /// How many of them connections may take, so that models, the feature store and files have theirs.
    package static func connections(of limit: Int, wanted: Int) -> Int {
        min(wanted, limit - min(256, limit / 2))
    }
}
