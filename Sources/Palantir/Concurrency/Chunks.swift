extension Array where Element: Sendable {
    /// Works on the elements chunk by chunk, several at once.
    ///
    /// - Parameters:
    ///   - size: the most elements of a chunk.
    ///   - width: the most chunks under way at once.
    /// - Returns: what `body` made of each chunk, in order.
    func chunked<Output: Sendable>(
        size: Int, width: Int, _ body: @Sendable @escaping (ArraySlice<Element>) async -> Output
    ) async -> [Output] {
        guard count > size else { return [await body(self[...])] }
        let chunks = stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
        return await withTaskGroup(of: (Int, Output).self) { group in
            var outputs = [Output?](repeating: nil, count: chunks.count)
            for (index, chunk) in chunks.enumerated() {
                if index >= width, let (done, output) = await group.next() { outputs[done] = output }
                group.addTask { (index, await body(chunk)) }
            }
            for await (done, output) in group { outputs[done] = output }
            return outputs.compactMap(\.self)
        }
    }

    /// Works on the elements one by one, several at once.
    package func concurrentMap<Output: Sendable>(
        width: Int, _ body: @Sendable @escaping (Element) async -> Output
    ) async -> [Output] {
        let outputs = await chunked(size: 1, width: width) { slice in
            var outputs: [Output] = []
            for element in slice { outputs.append(await body(element)) }
            return outputs
        }
        return outputs.flatMap(\.self)
    }
}
