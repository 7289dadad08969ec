import Palantir
import Testing

/// What every feature store must do: the conformance suite, a case a promise. A new store's test is
/// `@Test(arguments: FeatureStoreCheck.allCases)` on a fixture of its own.
package enum FeatureStoreCheck: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case answersInTheOrderOfTheIDs
    case matchesTextByteForByte
    case matchesNumbersInCanonicalFormOnly
    case takesHostileIDsAsPlainText
    case answersTenThousandIDs
    case refusesSeveralRowsOfOneEntity
    case takesTheNewestRowByTimestamp
    case tellsNewestRowsOfLookAlikesApart
    case refusesEquallyNewRows
    case tellsWhatIsMissing
    case givesTheKeyUnderItsNameAndAsID
    case quotesAnyColumnName
    case seesAnAddedColumn
    case survivesADroppedColumn
    case survivesAChangedType
    case survivesADroppedTable
    case keepsConcurrentCallersApart
    case honoursTheDeadline
    case describesItsColumns
    case givesAnyEntity
    case answersItsCheck
    case tellsOfItself
    case tellsOfIndexes
    case tellsOfItsFirstRows
    case tellsWhatIsNotThere
    case looksAtAnyColumnName

    package var testDescription: String { rawValue }

    package func run(on fixture: some FeatureStoreFixture) async throws {
        switch self {
        case .answersInTheOrderOfTheIDs: try await fixture.checkOrder()
        case .matchesTextByteForByte: try await fixture.checkText()
        case .matchesNumbersInCanonicalFormOnly: try await fixture.checkNumbers()
        case .takesHostileIDsAsPlainText: try await fixture.checkHostileIDs()
        case .answersTenThousandIDs: try await fixture.checkManyIDs()
        case .refusesSeveralRowsOfOneEntity: try await fixture.checkAmbiguity()
        case .takesTheNewestRowByTimestamp: try await fixture.checkTimestamp()
        case .tellsNewestRowsOfLookAlikesApart: try await fixture.checkTimestampOfLookAlikes()
        case .refusesEquallyNewRows: try await fixture.checkEqualTimestamps()
        case .tellsWhatIsMissing: try await fixture.checkMissing()
        case .givesTheKeyUnderItsNameAndAsID: try await fixture.checkKeyNames()
        case .quotesAnyColumnName: try await fixture.checkColumnNames()
        case .seesAnAddedColumn: try await fixture.checkAddedColumn()
        case .survivesADroppedColumn: try await fixture.checkDroppedColumn()
        case .survivesAChangedType: try await fixture.checkChangedType()
        case .survivesADroppedTable: try await fixture.checkDroppedTable()
        case .keepsConcurrentCallersApart: try await fixture.checkConcurrency()
        case .honoursTheDeadline: try await fixture.checkDeadline()
        case .describesItsColumns: try await fixture.checkColumns()
        case .givesAnyEntity: try await fixture.checkAnyEntity()
        case .answersItsCheck: try await fixture.store.check(by: .after(.seconds(20)))
        case .tellsOfItself: try await fixture.checkStoreInspection()
        case .tellsOfIndexes: try await fixture.checkIndexInspection()
        case .tellsOfItsFirstRows: try await fixture.checkSample()
        case .tellsWhatIsNotThere: try await fixture.checkAbsenceInspection()
        case .looksAtAnyColumnName: try await fixture.checkOddNamesInspection()
        }
    }
}
