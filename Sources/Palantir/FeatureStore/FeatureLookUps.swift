import Synchronization

/// Stands in front of a store's tables: look-ups of one table that come while it is busy become one statement, and an id
/// that several ask for is read once.
final class FeatureLookUps: Sendable {
    private typealias Batcher = AdaptiveBatcher<EntityID, SameRow, FeatureRow>

    /// An id means the same row to everyone.
    private struct SameRow: Equatable, Sendable {}

    private let batchers = Mutex<[FeatureTable: Batcher]>([:])
    private let concurrency: Int
    /// Of all tables together.
    let batches = BatchMetrics()
    private let perform: @Sendable (Batcher.Slot, FeatureTable) -> Void

    /// Ids that may wait for one table: ten of the largest requests.
    private static let maximumWaiting = 10 * PredictionRequest.maximumIDs

    /// - Parameters:
    ///   - read: reads some ids, at most ``LookUpStatement/maximumIDs``, on a connection's thread.
    ///   - afterwards: done on the same connection when the callers have their answers already.
    init<Connection>(
        _ pool: ConnectionPool<Connection>,
        read: @escaping @Sendable (Connection, [EntityID], FeatureTable) throws(PalantirError) -> [FeatureOutcome],
        afterwards: @escaping @Sendable (Connection, FeatureTable) -> Void = { _, _ in }
    ) {
        concurrency = pool.connectionsPerTable
        perform = { slot, table in
            pool.submit({ slot.take().map { (work: $0, trace: $0.trace("look_up")) } }) {
                connection, call throws(PalantirError) in
                try read(connection, call.work.batch.items.map(\.key), table)
            } afterwards: { connection, _ in
                afterwards(connection, table)
            } completion: { call, result in
                let work = call.work
                call.trace?.end(
                    entities: work.batch.items.count, [Attribute("palantir.feature_table", table.name)], result.code)
                switch result {
                case .success(let outcomes): work.finish(.each(outcomes))
                case .failure(let error): work.finish(.failed(error, mayBeOneItemsFault: false))
                }
            }
        }
    }

    /// The outcomes of some ids, in their order.
    func outcomes(
        of ids: [EntityID], in table: FeatureTable, by deadline: Deadline, for stage: TraceStage?
    ) async -> [FeatureOutcome] {
        let batcher = batcher(for: table)
        let outcomes = await ids.chunked(size: LookUpStatement.maximumIDs, width: .max) { chunk in
            await batcher.outputs(for: chunk.map { .init(key: $0, payload: SameRow()) }, by: deadline, for: stage)
        }
        return outcomes.count == 1 ? outcomes[0] : outcomes.flatMap(\.self)
    }

    private func batcher(for table: FeatureTable) -> Batcher {
        batchers.withLock { batchers in
            if let known = batchers[table] { return known }
            let new = Batcher(
                limits: BatchLimits(
                    maxBatchSize: LookUpStatement.maximumIDs, maxConcurrency: concurrency,
                    maxWaiting: Self.maximumWaiting),
                late: .deadlineExceeded(in: .features),
                overloaded: PalantirError(
                    .overloaded, "Too many look-ups wait for the feature table \(table.name); try again shortly."),
                metrics: batches
            ) { [perform] slot in perform(slot, table) }
            batchers[table] = new
            return new
        }
    }
}

extension Result where Failure == PalantirError {
    /// Of the error; nil if there is none.
    fileprivate var code: PalantirError.Code? {
        if case .failure(let error) = self { error.code } else { nil }
    }
}
