import CMalloc

/// Lets the C library give memory back to the system.
///
/// By itself glibc raises the size from which a buffer gets pages of its own up to 32 MiB, once one of that size was freed;
/// the buffers of a few large answers then stay with the process for good.
package enum MemoryReturn {
    /// Larger than nearly all requests and answers, whose memory is used again and again.
    private static let ownPages: Int32 = 1 << 20

    /// Called once, before there is any load.
    package static func enable() {
        #if canImport(Glibc)
            // Setting it ends its adjustment; see mallopt(3).
            mallopt(M_MMAP_THRESHOLD, ownPages)
        #endif
    }
}
