import Testing

@testable import Palantir

@Suite("A model's Python requirements")
struct PythonRequirementsTests {
    private static func parse(_ text: String, _ files: [String: String] = [:]) throws -> PythonRequirements {
        try PythonRequirements(text) { files[$0] }
    }

    private static func refusal(_ text: String, _ files: [String: String] = [:]) -> String? {
        do throws(PalantirError) {
            _ = try PythonRequirements(text) { files[$0] }
            return nil
        } catch {
            return error.cause
        }
    }

    @Test("Order, comments, blanks and names' spelling make no difference")
    func normalised() throws {
        let plain = try Self.parse("mlflow==3.17.2\npandas==2.3.3\nscikit-learn==1.7.2\nuvicorn\n")
        let other = try Self.parse(
            "# MLflow's\r\n\r\nScikit_Learn==1.7.2   # trained with\nuvicorn\n  pandas==2.3.3\nmlflow==3.17.2\npandas==2.3.3"
        )
        #expect(plain == other)
        #expect(plain.identity(python: "3.11.7 /usr") == other.identity(python: "3.11.7 /usr"))
        #expect(plain.text == "mlflow==3.17.2\npandas==2.3.3\nscikit-learn==1.7.2\nuvicorn\n")
    }

    @Test("Another version, another Python or another constraint is another environment")
    func told() throws {
        let one = try Self.parse("scikit-learn==1.7.1")
        #expect(one != (try Self.parse("scikit-learn==1.7.2")))
        #expect(one.identity(python: "3.11.7 /usr") != one.identity(python: "3.12.1 /usr"))
        #expect(one != (try Self.parse("scikit-learn==1.7.1\n-c constraints.txt", ["constraints.txt": "numpy<2"])))
    }

    @Test(
        "What serves models is added where it is missing",
        arguments: [
            ("", "mlflow-skinny<4\npandas<3\nuvicorn<1\n"),
            ("mlflow", "mlflow\npandas<3\nuvicorn<1\n"),
            ("mlflow-skinny==3.1", "mlflow-skinny==3.1\npandas<3\nuvicorn<1\n"),
            (
                "MLflow[extras] >= 3 ; python_version > '3.9'\nPandas~=2.2",
                "mlflow[extras] >= 3 ; python_version > '3.9'\npandas~=2.2\nuvicorn<1\n"
            ),
            ("mlflow-tracing", "mlflow-skinny<4\nmlflow-tracing\npandas<3\nuvicorn<1\n"),
        ])
    func added(_ text: String, _ whole: String) throws {
        #expect(try Self.parse(text).text == whole)
    }

    @Test("Files that it names are read, and lines that go on")
    func files() throws {
        let requirements = try Self.parse(
            "-c constraints.txt\n-r more.txt\n--extra-index-url=https://i/simple\nmlflow==3 \\\n  --hash=sha256:aa",
            [
                "constraints.txt": "NumPy<2\n", "more.txt": "uvicorn==0.40\n--requirement=deep/er.txt",
                "deep/er.txt": "pandas",
            ])
        #expect(
            requirements.text
                == "--extra-index-url https://i/simple\nmlflow==3 --hash=sha256:aa\npandas\nuvicorn==0.40\n")
        #expect(requirements.constraints == "numpy<2\n")
        #expect(try Self.parse("x").constraints == nil)
    }

    @Test(
        "What the hub does not follow is refused by name",
        arguments: [
            ("-e .", "the option -e"), ("--editable=.", "the option --editable"), ("--no-binary :all:", "--no-binary"),
            ("-r /etc/passwd", "\"/etc/passwd\""), ("-r ../other/requirements.txt", "artifacts do not hold"),
            ("-r missing.txt", "\"missing.txt\""), ("-r itself.txt", "names itself"), ("-c", "\"\""),
        ])
    func refused(_ text: String, _ reason: String) {
        let refusal = Self.refusal(text, ["itself.txt": "-r itself.txt", "/etc/passwd": "x"])
        #expect(refusal?.contains(reason) == true, "\(refusal ?? "nothing")")
    }
}
