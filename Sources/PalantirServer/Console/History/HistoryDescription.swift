import NIOCore
import Palantir

/// The history as `/console/history` tells it: a column a measure, so that a chart is drawn from it as it is.
struct HistoryDescription {
    private let points: [HistoryPoints.Point]
    private let last: HubSample.States?

    /// - Parameters:
    ///   - since: only what came after, in seconds since 1970.
    init(_ history: HistoryPoints, since: Int?) {
        last = history.all.last?.states
        points = history.all.suffix(HistoryPoints.seconds).filter { $0.time > since ?? .min }
    }

    func write(to object: inout JSONObjectWriter) {
        numbers("times", \.time, to: &object)
        column("requests", to: &object) { Double($0.latency?.count ?? 0) }
        numbers("entities", \.entities, to: &object)
        object.member("latency_ms") { buffer in
            buffer.writeJSONObject { object in
                for (name, part) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
                    column(name, to: &object) { $0.latency?.quantile(part).map { $0 * 1_000 } }
                }
            }
        }
        object.member("steps_ms") { buffer in
            buffer.writeJSONObject { object in
                for step in PalantirError.Step.allCases {
                    column(step.rawValue, to: &object) { $0.steps[step.rawValue]?.mean.map { $0 * 1_000 } }
                }
            }
        }
        object.member("errors") { buffer in
            buffer.writeJSONObject { object in
                for code in Set(points.flatMap(\.errors.keys)).sorted() {
                    column(code, to: &object) { Double($0.errors[code] ?? 0) }
                }
            }
        }
        object.member("batches") { buffer in
            buffer.writeJSONObject { object in
                for batch in Set(points.flatMap { Array($0.batches.keys) + Array($0.states.waiting.keys) }).sorted() {
                    object.member(batch) { buffer in
                        buffer.writeJSONObject { object in
                            column("calls", to: &object) { Double($0.batches[batch]?.count ?? 0) }
                            column("mean_entities", to: &object) { $0.batches[batch]?.mean }
                            column("waiting", to: &object) { Double($0.states.waiting[batch] ?? 0) }
                        }
                    }
                }
            }
        }
        numbers("retries", \.retries, to: &object)
        numbers("in_flight", \.states.inFlight, to: &object)
        column("connections_busy", to: &object) { $0.states.connections.map { Double($0.busy) } }
        column("connections_open", to: &object) { $0.states.connections.map { Double($0.open) } }
        object.member("connections_limit", number: last?.connections?.limit)
        numbers("replicas_suspended", \.states.suspendedReplicas, to: &object)
        column("mirror_age_seconds", to: &object) { $0.states.mirrorAge.map { $0 / .seconds(1) } }
        column("registry_reachable", to: &object) { $0.states.isRegistryReachable ? 1 : 0 }
        column("feature_store_reachable", to: &object) { $0.states.isStoreReachable ? 1 : 0 }
    }

    private func numbers(
        _ name: String, _ path: KeyPath<HistoryPoints.Point, Int>, to object: inout JSONObjectWriter
    ) {
        object.member(name, array: points) { $0.writeDecimal($1[keyPath: path]) }
    }

    private func column(
        _ name: String, to object: inout JSONObjectWriter, _ value: (HistoryPoints.Point) -> Double?
    ) {
        object.member(name, array: points) { $0.writeMeasure(value($1)) }
    }
}

extension ByteBuffer {
    /// A number to three places, or null.
    mutating func writeMeasure(_ value: Double?) {
        guard let value, value.isFinite else { return _ = writeStaticString("null") }
        if value == value.rounded(), abs(value) < 1e15 { return writeDecimal(Int(value)) }
        writeString("\((value * 1_000).rounded() / 1_000)")
    }
}
