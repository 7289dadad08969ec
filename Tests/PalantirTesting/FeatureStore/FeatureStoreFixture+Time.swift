import Palantir
import Testing

/// Which of several rows, and how long it may take.
extension FeatureStoreFixture {
    func checkTimestamp() async throws {
        try await execute("CREATE TABLE t_history (id INTEGER, at INTEGER, x INTEGER)")
        try await execute(
            "INSERT INTO t_history VALUES (1, 100, 1), (1, 300, 3), (1, 200, 2), (2, 50, 9), (3, NULL, 4), (4, NULL, 5), "
                + "(4, 10, 6)")
        let found = try await rows(["1", "2", "3", "4", "5"], in: "t_history", timestamp: "at")
        #expect(
            found == [
                #"{"id":1,"at":300,"x":3}"#, #"{"id":2,"at":50,"x":9}"#, #"{"id":3,"at":null,"x":4}"#,
                #"{"id":4,"at":10,"x":6}"#, nil,
            ])
    }

    func checkTimestampOfLookAlikes() async throws {
        try await execute("CREATE TABLE t_alike (id \(caseInsensitiveText), at INTEGER, x INTEGER)")
        try await execute("INSERT INTO t_alike VALUES ('a', 100, 1), ('A', 900, 2), ('a', 200, 3), ('A', 300, 4)")
        let found = try await rows(["a", "A"], in: "t_alike", timestamp: "at")
        #expect(found == [#"{"id":"a","at":200,"x":3}"#, #"{"id":"A","at":900,"x":2}"#])
    }

    func checkEqualTimestamps() async throws {
        try await execute("CREATE TABLE t_equal (id INTEGER, at INTEGER, x INTEGER)")
        try await execute("INSERT INTO t_equal VALUES (1, 100, 1), (1, 100, 2)")
        let error = try await failure(["1"], in: "t_equal", timestamp: "at")
        #expect(error?.code == .modelMisconfigured)
        #expect(error?.message.contains("at") == true)
    }

    func checkDeadline() async throws {
        try await execute("CREATE TABLE t_deadline (id INTEGER PRIMARY KEY)")
        let error = try await failure(["1"], in: "t_deadline", by: .after(.zero))
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.message.contains("features") == true)
    }
}
