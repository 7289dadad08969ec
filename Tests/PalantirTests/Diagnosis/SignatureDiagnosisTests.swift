import Testing

@testable import Palantir

@Suite("A table's columns against a model's signature")
struct SignatureDiagnosisTests {
    private static func findings(
        _ inputs: [SignatureColumn], _ columns: [InspectedColumn], key: String = "id", timestamp: String? = nil,
        dialect: SQLDialect = .mysql, nulls: Set<String> = [], isView: Bool = false
    ) throws -> [Finding] {
        SignatureDiagnosis(
            remedy: Diagnosed.remedy, table: try Diagnosed.table(key: key, timestamp: timestamp),
            facts: Diagnosed.facts(
                columns, dialect: dialect, isView: isView, sample: TableSample(rows: 10, columnsWithNulls: nulls)),
            inputs: inputs
        ).findings()
    }

    private static let id = Diagnosed.column("id", nullable: false)

    @Test("Columns that fit are well, in every respect")
    func well() throws {
        let findings = try Self.findings(
            [SignatureColumn(name: "age", type: .long), SignatureColumn(name: "plan", type: .string)],
            [Self.id, Diagnosed.column("age"), Diagnosed.column("plan", "varchar(20)")])
        #expect(findings.troubled == [])
        #expect(findings.map(\.check) == [.columns, .columnTypes, .columnNulls, .extraColumns])
    }

    @Test(
        "Which types fit which input",
        arguments: [
            (.long, "bigint", true), (.long, "int", true), (.long, "tinyint(1)", true), (.long, "decimal(20,0)", true),
            (.long, "decimal(10,2)", false), (.long, "double", false), (.long, "varchar(9)", false),
            (.long, "datetime", false), (.integer, "smallint", true), (.integer, "text", false),
            (.double, "int", true), (.double, "double", true), (.double, "float", true),
            (.double, "decimal(10,2)", true),
            (.double, "text", false), (.double, "json", false), (.float, "double", true), (.float, "date", false),
            (.string, "varchar(9)", true), (.string, "text", true), (.string, "enum('a')", true),
            (.string, "datetime", true), (.string, "int", false), (.string, "double", false),
            (.boolean, "tinyint(1)", true), (.boolean, "bit(1)", true), (.boolean, "int", false),
            (.boolean, "bit(8)", false), (.datetime, "datetime", true), (.datetime, "date", true),
            (.datetime, "varchar(30)", true), (.datetime, "bigint", false), (.binary, "blob", true),
            (.binary, "text", false), (.other, "json", true), (.other, "int", true), (.double, "geometry", true),
        ] as [(SignatureColumn.InputType, String, Bool)])
    func types(_ type: SignatureColumn.InputType, _ column: String, _ fits: Bool) throws {
        let findings = try Self.findings(
            [SignatureColumn(name: "x", type: type)], [Self.id, Diagnosed.column("x", column)])
        #expect(findings.troubled == (fits ? [] : [.columnTypes]), "\(findings)")
    }

    @Test("A type that keeps the values is told as SQL, one that may not is not")
    func changes() throws {
        func fix(_ type: SignatureColumn.InputType, _ column: String, _ dialect: SQLDialect) throws -> String? {
            try Self.findings(
                [SignatureColumn(name: "x", type: type)], [Self.id, Diagnosed.column("x", column)], dialect: dialect
            )[.columnTypes]?.remedy
        }
        #expect(try fix(.double, "text", .mysql) == "ALTER TABLE `shop`.`users` MODIFY COLUMN `x` DOUBLE;")
        let copied = try fix(.long, "text", .sqlite)
        #expect(
            copied == """
                ALTER TABLE "users" RENAME COLUMN "x" TO "x_old"; ALTER TABLE "users" ADD COLUMN "x" INTEGER; \
                UPDATE "users" SET "x" = "x_old"; ALTER TABLE "users" DROP COLUMN "x_old";
                """)
        #expect(try fix(.long, "double", .mysql)?.contains("Log the model with x as double") == true)
        #expect(try fix(.long, "decimal(10,2)", .mysql)?.contains("ALTER") == false)
    }

    @Test("A column that is missing is told with the SQL that adds it")
    func missing() throws {
        let findings = try Self.findings([SignatureColumn(name: "ten`ure", type: .long)], [Self.id])
        #expect(findings.troubled == [.columns])
        #expect(findings[.columns]?.severity == .error)
        #expect(findings[.columns]?.remedy == "ALTER TABLE `shop`.`users` ADD COLUMN `ten``ure` BIGINT;")
    }

    @Test("A column that differs in case alone is to be renamed, since JSON's names compare exactly")
    func renamed() throws {
        let findings = try Self.findings(
            [SignatureColumn(name: "Age", type: .long)], [Self.id, Diagnosed.column("age")], dialect: .sqlite)
        #expect(findings[.columns]?.remedy == #"ALTER TABLE "users" RENAME COLUMN "age" TO "Age";"#)
    }

    @Test("An optional input may be missing, and its column hold NULLs")
    func optional() throws {
        let input = SignatureColumn(name: "age", type: .long, isRequired: false)
        #expect(try Self.findings([input], [Self.id]).troubled == [])
        let withNulls = try Self.findings([input], [Self.id, Diagnosed.column("age")], nulls: ["age"])
        #expect(withNulls.troubled == [])
    }

    @Test("NULLs that the model was not logged to take are told, others are not")
    func nulls() throws {
        let columns = [Self.id, Diagnosed.column("age"), Diagnosed.column("note", "text")]
        let inputs = [SignatureColumn(name: "age", type: .long)]
        #expect(try Self.findings(inputs, columns, nulls: ["note"]).troubled == [])
        let findings = try Self.findings(inputs, columns, nulls: ["age", "note"])
        #expect(findings.troubled == [.columnNulls])
        #expect(
            findings[.columnNulls]?.remedy == "UPDATE `shop`.`users` SET `age` = <value> WHERE `age` IS NULL;")
    }

    @Test("The key stands under `id` too, and another column of that name does not count")
    func keyAsID() throws {
        let input = SignatureColumn(name: "id", type: .string)
        let columns = [
            Diagnosed.column("customer", "varchar(20)", nullable: false), Diagnosed.column("id", "bigint"),
        ]
        #expect(try Self.findings([input], columns, key: "customer").troubled == [])
        let number = SignatureColumn(name: "id", type: .long)
        #expect(try Self.findings([number], columns, key: "customer").troubled == [.columnTypes])
    }

    @Test("A few columns more than the model wants are no trouble, a great many are, with the view that spares them")
    func extras() throws {
        let inputs = [SignatureColumn(name: "age", type: .long)]
        func columns(_ count: Int) -> [InspectedColumn] {
            [Self.id, Diagnosed.column("age"), Diagnosed.column("at", "datetime")]
                + (0..<count).map { Diagnosed.column("c\($0)") }
        }
        #expect(try Self.findings(inputs, columns(9), timestamp: "at").troubled == [])
        let findings = try Self.findings(inputs, columns(30), timestamp: "at")
        #expect(findings.troubled == [.extraColumns])
        #expect(
            findings[.extraColumns]?.remedy == """
                CREATE VIEW `shop`.`users_for_churn` AS SELECT `id`, `age`, `at` FROM `shop`.`users`; \
                MlflowClient().set_registered_model_tag("churn", "feature_store", "users_for_churn")
                """)
    }

    @Test(
        "Signatures as MLflow writes them",
        arguments: [
            (
                #"[{"type":"long","name":"a","required":true},{"type":"double","name":"b","required":false}]"#,
                [
                    SignatureColumn(name: "a", type: .long),
                    SignatureColumn(name: "b", type: .double, isRequired: false),
                ]
            ),
            (
                #"[{"name":"a","type":"string","optional":true}]"#,
                [SignatureColumn(name: "a", type: .string, isRequired: false)]
            ),
            (
                #"[{"name":"a\"b","type":"array","items":{"type":"long"}}]"#,
                [SignatureColumn(name: "a\"b", type: .other)]
            ),
            (#"[{"type":"tensor","tensor-spec":{"dtype":"float64","shape":[-1,4]}}]"#, nil),
            (#"[{"type":"string"}]"#, nil), ("[]", nil), ("{}", nil), ("not JSON", nil), (nil, nil),
        ] as [(String?, [SignatureColumn]?)])
    func parsed(_ text: String?, _ expected: [SignatureColumn]?) {
        #expect(SignatureColumn.inputs(of: ModelSignature(inputs: text, outputs: nil)) == expected)
    }
}
