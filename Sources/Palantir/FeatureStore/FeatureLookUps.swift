import Synchronization

/// Stands in front of a store's tables: look-ups of one table that come while it is busy become one statement, and an id
/// that several ask for is read once.
final class FeatureLookUps: Sendable {
    /// Reads some ids, at most ``LookUpStatement/maximumIDs``, and calls back exactly once, on any thread.
    typealias Perform =
        @Sendable (
            [EntityID], FeatureTable, @escaping @Sendable (Result<[FeatureOutcome], PalantirError>) -> Void
        ) -> Void

    private typealias Batcher = AdaptiveBatcher<EntityID, SameRow, FeatureRow>

    /// An id means the same row to everyone.
    private struct SameRow: Equatable, Sendable {}

    private let batchers = Mutex<[FeatureTable: Batcher]>([:])
    private let concurrency: Int
    private let perform: Perform

    /// Ids that may wait for one table: ten of the largest requests.
    private static let maximumWaiting = 10 * PredictionRequest.maximumIDs

    /// - Parameter concurrency: statements under way at once for one table.
    init(concurrency: Int, perform: @escaping Perform) {
        self.concurrency = concurrency
        self.perform = perform
    }

    /// The outcomes of some ids, in their order.
    func outcomes(of ids: [EntityID], in table: FeatureTable, by deadline: Deadline) async -> [FeatureOutcome] {
        let batcher = batcher(for: table)
        let outcomes = await ids.chunked(size: LookUpStatement.maximumIDs, width: .max) { chunk in
            await batcher.outputs(for: chunk.map { .init(key: $0, payload: SameRow()) }, by: deadline)
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
                    .overloaded, "Too many look-ups wait for the feature table \(table.name); try again shortly.")
            ) { [perform] batch, _, done in
                perform(batch.items.map(\.key), table) { result in
                    switch result {
                    case .success(let outcomes): done(.each(outcomes))
                    case .failure(let error): done(.failed(error, mayBeOneItemsFault: false))
                    }
                }
            }
            batchers[table] = new
            return new
        }
    }
}
