/// RFC 8259, sections 2, 3 and 6: white space, literals, numbers.
extension JSONCase {
    static let whiteSpace =
        table(
            "2, white space", .accepted,
            [
                "<20>1", "<09>1", "<0A>1", "<0D>1", "1<20>", "1<09>", "1<0A>", "1<0D>", "<20 09 0A 0D>1<20 09 0A 0D>",
                "[<20>]", "[<0A>]", "{<09>}", "{<0D 0A>}", "[1<20>,<20>2]", "[<0A>1<0A>]", "{<20>\"a\":1}",
                "{\"a\"<09>:1}", "{\"a\":<0D>1}", "{\"a\":1<20>}", "{\"a\":1<0A>,<0A>\"b\":2}",
            ])
        + table(
            "2, what is no white space", .refused,
            [
                "<0B>1", "1<0B>", "<0C>1", "1<0C>", "<08>1", "<1A>1", "1<1A>", "<7F>1", "<1F>1",
                "<C2 A0>1", "1<C2 A0>", "<C2 85>1", "<E2 80 83>1", "<E2 80 A8>1", "1<E2 80 A9>", "<E3 80 80>1",
                "<E2 80 8B>1", "[<C2 A0>]", "{<0C>}", "[1<0B>,2]", "{\"a\"<C2 A0>:1}", "1<EF BB BF>",
            ])
        // Foundation guesses another encoding from a zero.
        + tableBeyondFoundation("2, what is no white space", .refused, ["<00>1", "1<00>"])

    static let literals =
        table("3, literals", .accepted, ["true", "false", "null", "[true,false,null]", "{\"a\":null}"])
        + table(
            "3, literals", .refused,
            [
                "True", "TRUE", "False", "FALSE", "Null", "NULL", "tRUE", "nil", "none", "None", "undefined", "t", "tr",
                "tru", "truee", "true1", "f", "fals", "falsee", "n", "nul", "nulll", "true false", "truefalse", "yes",
                "no",
                "NaN", "nan", "-NaN", "Infinity", "-Infinity", "+Infinity", "inf", "-inf", "[NaN]", "[Infinity]",
                "t<00>rue", "tr ue", "\"true", "'true'", "true,", "[tru]", "{\"a\":nul}", "<EF BD 94>rue",
            ])

    static let integers =
        table(
            "6, integers", .accepted,
            [
                "0", "-0", "1", "-1", "9", "10", "-10", "42", "1234567890", "9007199254740993", "9223372036854775807",
                "-9223372036854775808", "18446744073709551615", "[0]", "[-0]", "{\"a\":0}",
            ])
        // Foundation has no number that is as long.
        + tableBeyondFoundation(
            "6, integers of any length", .accepted,
            [
                "18446744073709551616", "-18446744073709551616", "123456789012345678901234567890",
                "1" + String(repeating: "0", count: 400), "-" + String(repeating: "9", count: 1_000),
            ])
        + table(
            "6, integers", .refused,
            [
                "-", "--1", "- 1", "-a", "-<00>", "+1", "+0", "00", "01", "-00", "-01", "007", "-012", "0 1", "1 0",
                "1-",
                "1-1", "1+1", "0x1", "0X1F", "0b1", "0o7", "1_000", "1,000,", "1'000", "1a", "1f", "1L", "1n", "$1",
                "#1",
                "<D9 A1>", "<EF BC 91>", "1<D9 A1>", "<E2 88 92>1", "[-]", "[01]", "[1 000]", "{\"a\":+1}", "{\"a\":-}",
                "1/2", "(1)", "1%",
            ])

    static let fractions =
        table(
            "6, fractions", .accepted,
            [
                "0.0", "-0.0", "0.5", "1.5", "-1.5", "1.0", "1.00", "10.01", "0.00001", "123.456", "3.141592653589793",
                "[0.1,0.2]",
            ])
        + tableBeyondFoundation(
            "6, fractions of any length", .accepted,
            [
                "0.12345678901234567890123456789", "1." + String(repeating: "3", count: 500),
                "0." + String(repeating: "0", count: 500) + "1",
            ])
        + table(
            "6, fractions", .refused,
            [
                ".", ".5", "-.5", "+.5", "1.", "-1.", "0.", "1..5", "1.5.", "1.5.5", "00.5", "01.5", "1.a", "1. 5",
                "1 .5",
                "1.-5", "1.+5", "1,5,", "1.5f", "[.5]", "[1.]", "{\"a\":.5}", "1.<00>", "-.", "0.-1",
            ])

    static let exponents =
        table(
            "6, exponents", .accepted,
            [
                "1e0", "1E0", "1e5", "1E5", "1e+5", "1E+5", "1e-5", "1E-5", "0e0", "0e1", "-0e-1", "0E+0", "1.5e3",
                "-1.25E-10", "1e00", "1e05", "1e-007", "1.7976931348623157e308", "2.2250738585072014e-308", "[1e2]",
            ])
        // No Double is as large, or none as small but zero.
        + tableBeyondFoundation(
            "6, huge exponents", .accepted,
            [
                "1e309", "-1e309", "1e400", "1e-400", "1e999999999", "1e-999999999", "0e999999999999999999999",
                "1.5e+00000000000000000000000001", "1e99999999999999999999999", "-1e-99999999999999999999999",
            ])
        + table(
            "6, exponents", .refused,
            [
                "e", "E5", "e5", "1e", "1E", "1e+", "1e-", "1E+", "1.e5", ".5e1", "1e+-5", "1e--5", "1e5.5", "1e1.0",
                "1ee5", "1e5e5", "1 e5", "1e 5", "1e+ 5", "-e5", "0e", "0e+", "0.e1", "1.5e", "1.5e+", "1ex", "1e0x1",
                "01e5", "1e<D9 A1>", "[1e]", "[1e+]", "{\"a\":1e-}",
            ])
}
