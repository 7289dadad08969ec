/// Who did what to which model, and what became of it.
package struct AuditEntry: Sendable {
    /// A line tells no more ids than that, and counts the rest.
    static let mostIDs = 100
    /// Names come from callers, who may write a megabyte.
    private static let longestName = 512

    /// Of the wall clock, since 1970.
    let milliseconds: Int64
    let requestID: String
    let caller: String
    let action: String
    let model: String?
    let ids: [EntityID]
    let entities: Int
    let status: Int
    let code: PalantirError.Code?
    let duration: Duration

    /// - Parameters:
    ///   - requestID: as the caller was told it.
    ///   - caller: by the name of its key or token.
    ///   - action: such as `predict`; of the route.
    ///   - subject: what was asked for.
    ///   - status: of HTTP.
    ///   - code: of the error that was answered.
    ///   - duration: from the request's head to its answer.
    package init(
        requestID: String, caller: String, action: String, subject: AuditSubject, status: Int,
        code: PalantirError.Code?, duration: Duration
    ) {
        milliseconds = Timestamp.now.milliseconds
        self.requestID = requestID
        self.caller = caller
        self.action = action
        model = subject.model.map { $0.utf8.count > Self.longestName ? String($0.prefix(Self.longestName / 4)) : $0 }
        // Ten thousand ids would wait in memory for a hundred that are written.
        ids = subject.ids.count > Self.mostIDs ? Array(subject.ids.prefix(Self.mostIDs)) : subject.ids
        entities = subject.ids.count
        self.status = status
        self.code = code
        self.duration = duration
    }

    /// What it takes of the memory for entries that wait.
    var weight: Int { 1 + ids.count }
}

/// What a request was about, as far as it was understood.
package struct AuditSubject: Sendable {
    package let model: String?
    package let ids: [EntityID]

    package init(model: String? = nil, ids: [EntityID] = []) {
        self.model = model
        self.ids = ids
    }
}
