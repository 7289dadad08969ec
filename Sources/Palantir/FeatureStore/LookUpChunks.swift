/// Cuts a look-up's ids into statements that no server limit refuses.
enum LookUpChunks {
    /// SQLite takes 999 parameters in its oldest builds, MySQL 65,535; MariaDB turns a list of 1,000 and more into a
    /// subquery, and optimisers estimate long lists worse. 512 ids of 512 bytes are a quarter of a megabyte, well
    /// under MySQL's smallest usual packet limit of 1 MB.
    static let maximumIDs = 512

    /// How many parameters a statement for `count` ids has: a power of two, so that a connection prepares ten
    /// statements a table and not five hundred. The last id fills up the rest.
    static func parameters(for count: Int) -> Int {
        count <= 1 ? 1 : 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    /// Looks up chunk by chunk, several at once, and puts the rows together in order.
    ///
    /// - Parameter width: chunks under way at once; fewer than the pool has connections, so that one long request
    ///   leaves some to the others.
    static func run(
        _ ids: [EntityID], width: Int,
        _ lookUp: @Sendable @escaping (ArraySlice<EntityID>) async throws(PalantirError) -> [FeatureOutcome]
    ) async throws(PalantirError) -> [FeatureOutcome] {
        let results = await ids.chunked(size: maximumIDs, width: width) { chunk in
            do throws(PalantirError) {
                return Result<[FeatureOutcome], PalantirError>.success(try await lookUp(chunk))
            } catch {
                return .failure(error)
            }
        }
        var rows: [FeatureOutcome] = []
        rows.reserveCapacity(ids.count)
        for result in results { rows += try result.get() }
        return rows
    }
}
