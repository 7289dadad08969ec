import ArgumentParser

/// The names of models, as a shell completes them: the hub is asked.
enum ModelNames {
    static let completion = CompletionKind.shellCommand("palantir models --quiet 2>/dev/null")
}
