import Testing

@testable import PalantirCLI

@Suite("What is written for people at a terminal")
struct TerminalTextTests {
    @Test(
        "The bar's line",
        arguments: [
            (
                ProgressBar.State(done: 500, failed: 0, fraction: 0.5, total: 1_000), Duration.seconds(1), 100,
                "[############------------]  50%  500 of 1000 ids  500 ids/s"
            ),
            (
                ProgressBar.State(done: 250, failed: 3, fraction: 0.25, total: 1_000), .seconds(5), 100,
                "[######------------------]  25%  250 of 1000 ids  50 ids/s  3 failed  15 s left"
            ),
            (ProgressBar.State(done: 7, failed: 0, fraction: nil, total: nil), .milliseconds(100), 100, "7 ids"),
            (
                ProgressBar.State(done: 1, failed: 0, fraction: 1.5, total: nil), .seconds(9), 20,
                "[###################"
            ),
        ])
    func bar(_ state: ProgressBar.State, _ elapsed: Duration, _ width: Int, _ expected: String) {
        #expect(ProgressBar.line(state, after: elapsed, width: width) == expected)
    }

    @Test("A table's columns are aligned, and other people's text cannot move the cursor")
    func table() {
        var table = TextTable(["A", "B"])
        table.add(["long", "x"])
        table.add([.init("s", .red), .init("a\u{1B}[2J\nb")])
        table.add(["", ""])
        #expect(table.text == "A     B\nlong  x\ns     a [2J b\n")
    }

    @Test(
        "CSV is quoted where it must be",
        arguments: [
            (["a", "b"], "a,b\n"), (["a,b", "c\"d", "e\nf", ""], "\"a,b\",\"c\"\"d\",\"e\nf\",\n"),
            (["é", " x "], "é, x \n"),
        ])
    func csv(_ cells: [String], _ expected: String) {
        #expect(PredictionOutput.csvLine(cells) == expected)
    }
}
