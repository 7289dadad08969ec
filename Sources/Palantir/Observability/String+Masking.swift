/// Texts that others wrote, without what is not for everybody.
extension String {
    /// User info and queries of addresses are left out: both may hold a password or a token.
    package var withoutCredentials: String {
        guard contains("://") else { return self }
        return replacing(/:\/\/[^\/\s"']*@/) { _ in "://…@" }
            .replacing(/(https?:\/\/[^\s?"']*)\?[^\s"']*/) { "\($0.1)?…" }
    }

    /// Addresses and absolute paths are left out: for callers, whom it does not concern where things are.
    package var withoutPlaces: String {
        replacing(/[a-zA-Z][a-zA-Z0-9+.\-]*:\/\/[^\s"']*/) { _ in "…" }
            .replacing(/\[[0-9a-fA-F:.]+\](:\d+)?/) { _ in "…" }
            .replacing(/\b[A-Za-z0-9][A-Za-z0-9.\-]*:\d{2,5}\b/) { _ in "…" }
            .replacing(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/) { _ in "…" }
            .replacing(/(^|[\s"'`(=,:])\/[^\s"'`(),:]+/) { "\($0.1)…" }
    }
}
