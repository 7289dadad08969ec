import CMalloc
import NIOPosix
import ServiceLifecycle

/// Gives memory that is no longer used back to the system.
///
/// glibc keeps what was freed between buffers that are still in use, and raises the size from which a buffer gets pages of its
/// own up to 32 MiB once one of that size was freed: what many connections or a few large answers took would stay with
/// the process for good.
struct MemoryReturn: Service {
    /// Larger than nearly all requests and answers, whose memory is used again and again.
    private static let ownPages: Int32 = 1 << 20
    private static let interval = Duration.seconds(5)
    /// Less is not worth the while in which others wait for the allocator.
    private static let worthwhile = 8 << 20

    func run() async throws {
        #if canImport(Glibc)
            // Setting it ends its adjustment; see mallopt(3).
            mallopt(M_MMAP_THRESHOLD, Self.ownPages)
            await cancelWhenGracefulShutdown {
                var most = 0
                while (try? await Task.sleep(for: Self.interval)) != nil {
                    most = (try? await NIOThreadPool.singleton.runIfActive { [most] in Self.trim(most) }) ?? most
                }
            }
        #else
            try await gracefulShutdown()
        #endif
    }

    #if canImport(Glibc)
        /// - Parameter most: what was in use at most since the last time.
        /// - Returns: the same from now on.
        private static func trim(_ most: Int) -> Int {
            let used = palantir_bytes_in_use()
            guard most - used >= worthwhile else { return max(most, used) }
            malloc_trim(0)
            return used
        }
    #endif
}
