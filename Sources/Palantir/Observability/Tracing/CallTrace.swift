/// A call that is made for one request or for several: a span of its own.
///
/// It stands below the stage of the first request that is kept, so that this one's trace holds everything down to the
/// model's own spans; it is linked to the stages of all of them, and theirs to it.
struct CallTrace: Sendable {
    /// What is sent along.
    let context: TraceContext
    private let first: TraceStage
    private let stages: [TraceStage]
    private let name: String
    private let began = ContinuousClock.now

    /// A thousand callers may share a call, and whoever collects traces takes no more than this by default.
    private static let mostLinks = 128

    /// - Parameter stages: of the requests that the call serves.
    /// - Returns: nil if nothing is traced.
    init?(_ name: String, for stages: [TraceStage]) {
        guard let first = stages.first(where: \.request.context.isSampled) ?? stages.first else { return nil }
        self.first = first
        self.stages = stages
        self.name = name
        // One that is not kept has no span of its own.
        context = first.request.context.isSampled ? first.request.context(of: first.request.newSpan()) : first.context
    }

    /// The call is over; before any of its callers hears of it.
    ///
    /// - Parameters:
    ///   - attributes: beside how many it was for.
    ///   - code: of the error that it ended with.
    func end(entities: Int, _ attributes: [Attribute], _ code: PalantirError.Code?) {
        guard context.isSampled else { return }
        let kept = stages.filter(\.request.context.isSampled)
        var all = attributes
        all.append(Attribute("palantir.batch.entities", entities))
        all.append(Attribute("palantir.batch.requests", stages.count))
        if let code { all.append(Attribute("error.type", code.rawValue)) }
        let linked = kept.count > 1 ? kept.prefix(Self.mostLinks) : []
        first.request.record(
            context, below: first.span, name, .client, from: began, to: .now, all,
            links: linked.map(\.context), lostLinks: kept.count > 1 ? kept.count - linked.count : 0,
            isError: code != nil)
        for stage in kept where stage !== first { stage.link(to: context) }
    }
}
