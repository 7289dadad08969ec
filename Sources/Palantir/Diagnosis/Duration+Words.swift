extension Duration {
    /// Roughly, as people say it: `3 hours`, `2 days`.
    var words: String {
        let seconds = Int(self / .seconds(1))
        let (count, unit) =
            switch seconds {
            case ..<120: (seconds, "second")
            case ..<7_200: (seconds / 60, "minute")
            case ..<172_800: (seconds / 3_600, "hour")
            default: (seconds / 86_400, "day")
            }
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
}
