import Foundation

/// Which registered models a caller may use: globs over their names, with `*`, `?` and `[…]` as fnmatch(3) reads them.
package struct ModelPatterns: Hashable, Sendable {
    package let patterns: [String]
    private let isEverything: Bool

    package static let all = ModelPatterns(["*"])
    package static let none = ModelPatterns([])

    package init(_ patterns: [String]) {
        self.patterns = patterns
        isEverything = patterns.contains("*")
    }

    package func allows(_ model: String) -> Bool {
        if isEverything { return true }
        // fnmatch reads up to a NUL: what stands behind it would be allowed unseen.
        guard !model.utf8.contains(0) else { return false }
        return patterns.contains { fnmatch($0, model, 0) == 0 }
    }
}
