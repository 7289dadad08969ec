import ArgumentParser
import Palantir

/// The ids that a command is to ask about, as they come: from its arguments, from lines, or from a column of CSV.
actor EntityIDSource {
    private enum Reader {
        case lines(LineReader)
        case csv(CSVReader, column: String, index: Int?)
    }

    private var waiting: ArraySlice<EntityID>
    private var reader: Reader?
    private let input: InputFile?
    private var bytesRead = 0
    private var idsRead = 0

    /// How many there are, where that is known.
    nonisolated let total: Int?

    /// - Throws: ``Failure`` for one that cannot be an id.
    init(arguments: [String]) throws(Failure) {
        var ids: [EntityID] = []
        for text in arguments {
            guard let id = EntityID(text) else { throw Self.wrong("\(text.prefix(40).debugDescription) is no id") }
            ids.append(id)
        }
        waiting = ids[...]
        total = ids.count
        input = nil
    }

    /// - Parameter column: the name of the CSV column that has them; nil for an id a line.
    init(input: InputFile, column: String?) {
        waiting = []
        total = nil
        self.input = input
        if let column {
            reader = .csv(CSVReader(), column: column, index: nil)
        } else {
            reader = .lines(LineReader())
        }
    }

    /// How much of the whole is done, as far as the bytes that were read tell how many ids there are; nil where nobody
    /// knows.
    func fraction(done: Int) -> Double? {
        if let total { return Double(done) / Double(total) }
        guard let size = input?.size, size > 0, idsRead > 0 else { return nil }
        return Double(done) / Double(idsRead) * Double(bytesRead) / Double(size)
    }

    /// Does not wait for more while there is something.
    ///
    /// - Returns: the next ones, up to a number; none at the end.
    func next(upTo count: Int) async throws -> [EntityID] {
        while waiting.isEmpty, let input, reader != nil {
            let bytes = try await input.read()
            bytesRead += bytes.count
            waiting = try (bytes.isEmpty ? finish() : take(bytes))[...]
            idsRead += waiting.count
        }
        defer { waiting = waiting.dropFirst(count) }
        return Array(waiting.prefix(count))
    }

    private func take(_ bytes: [UInt8]) throws -> [EntityID] {
        switch reader {
        case .lines(var lines):
            let read = lines.read(bytes)
            reader = .lines(lines)
            return try read.map { try Self.id($0.bytes, line: $0.number) }
        case .csv(var csv, let column, let index):
            let records = try Self.told { () throws(CSVReader.Problem) in try csv.read(bytes) }
            let (ids, found) = try Self.ids(of: records, column, at: index)
            reader = .csv(csv, column: column, index: found)
            return ids
        case nil: return []
        }
    }

    private func finish() throws -> [EntityID] {
        defer { reader = nil }
        switch reader {
        case .lines(var lines): return try lines.finish().map { [try Self.id($0.bytes, line: $0.number)] } ?? []
        case .csv(var csv, let column, let index):
            let last = try Self.told { () throws(CSVReader.Problem) in try csv.finish() }
            let (ids, found) = try Self.ids(of: last.map { [$0] } ?? [], column, at: index)
            guard found != nil else { throw Self.wrong("The CSV is empty; its first line must name the columns") }
            return ids
        case nil: return []
        }
    }

    /// - Parameter index: of the column; nil while the header is to come.
    private static func ids(
        of records: [CSVReader.Record], _ column: String, at index: Int?
    ) throws -> ([EntityID], Int?) {
        var records = records[...]
        var index = index
        if index == nil, let header = records.popFirst() {
            let names = header.fields.map { String(decoding: $0, as: UTF8.self) }
            let places = names.indices.filter { names[$0] == column }
            guard let place = places.first, places.count == 1 else {
                let known = names.map(\.debugDescription).joined(separator: ", ")
                throw wrong(
                    "The CSV has \(places.isEmpty ? "no column" : "several columns") \(column.debugDescription); "
                        + "its columns are \(known)")
            }
            index = place
        }
        guard let index else { return ([], nil) }
        let ids = try records.map { record in
            guard record.fields.indices.contains(index) else {
                throw wrong("Line \(record.line) has \(record.fields.count) fields, too few for the column")
            }
            return try id(record.fields[index], line: record.line)
        }
        return (ids, index)
    }

    private static func id(_ bytes: [UInt8], line: Int) throws -> EntityID {
        guard let text = String(validating: bytes, as: UTF8.self), let id = EntityID(text) else {
            throw wrong("Line \(line) has no id, or one that is not 1 to \(EntityID.maximumBytes) bytes of UTF-8")
        }
        return id
    }

    private static func told<Value>(_ body: () throws(CSVReader.Problem) -> Value) throws -> Value {
        do throws(CSVReader.Problem) {
            return try body()
        } catch {
            throw wrong("Line \(error.line) is not CSV as RFC 4180 has it: \(error.reason)")
        }
    }

    /// `EX_DATAERR` of `sysexits.h`.
    private static func wrong(_ message: String) -> Failure {
        Failure(exitCode: .init(65), message + ".")
    }
}
