import Palantir
import Testing

@Suite("The signature in a file `MLmodel`", .timeLimit(.minutes(1)))
struct ModelSignatureTests {
    @Test("It is found among the rest")
    func found() throws {
        let text = """
            artifact_path: model
            flavors:
              python_function: {loader_module: mlflow.sklearn, env: {conda: conda.yaml}}
            signature:
              inputs: '[{"type": "long", "name": "tenure * 2", "required": true}]'
              outputs: '[{"type": "double", "required": true}]'
              params: null
            utc_time_created: '2025-01-01 10:00:00.000000'
            """
        let signature = try #require(ModelSignature(mlmodel: text))
        #expect(signature.inputs == #"[{"type": "long", "name": "tenure * 2", "required": true}]"#)
        #expect(signature.outputs == #"[{"type": "double", "required": true}]"#)
    }

    @Test(
        "There is none, or it cannot be read",
        arguments: [
            "", "a: 1", "signature: null", "signature: text", "signature: [1]", "- signature", "{", "a: *b",
            "a: 1\na: 2",
            "signature: {inputs: x", "%", "\u{0}", "signature: {a: 1}\n---\n: :", "&a [*a]",
        ])
    func absent(_ text: String) {
        #expect(ModelSignature(mlmodel: text) == nil)
    }

    @Test("Nesting without end is refused, also on a task's small stack", arguments: ["[", "{a: ", "- ", "? ", "{? ["])
    func deep(_ open: String) async {
        for levels in [900, 100_000] {
            let text = "signature: {}\nx: " + String(repeating: open, count: levels)
            #expect(await Task { ModelSignature(mlmodel: text) }.value == nil)
        }
    }

    @Test("A thousand levels that are closed end well on a task's small stack")
    func deepAndClosed() async {
        let levels = 990
        let text = "signature: {}\nx: \(String(repeating: "[", count: levels))\(String(repeating: "]", count: levels))"
        #expect(await Task { ModelSignature(mlmodel: text) }.value != nil)
    }

    @Test("Aliases of aliases as a key are not unfolded")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(ModelSignature(mlmodel: text + "? *a12\n: 1\nsignature: {}") == nil)
        #expect(ModelSignature(mlmodel: "a: &a [x]\n? *a\n: 1\nsignature: {inputs: y}")?.inputs == "y")
    }

    @Test("A file that is larger than any signature is not read")
    func large() {
        let text = "signature: {inputs: x}\n#" + String(repeating: "x", count: ModelSignature.maximumMLmodelBytes)
        #expect(ModelSignature(mlmodel: text) == nil)
    }
}
