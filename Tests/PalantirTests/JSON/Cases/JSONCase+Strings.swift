/// RFC 8259, sections 7 and 8: strings, their escapes, and UTF-8.
extension JSONCase {
    static let plainStrings =
        table(
            "7, strings", .accepted,
            [
                "\"\"", "\"a\"", "\" \"", "\"abc def\"", "\"'\"", "\"/\"", "\"<7F>\"", "\"{}[]:,\"", "\"null\"",
                "\"1\"",
                "\"//\"", "\"/* */\"", "\"<3C>html<3E>\"", "[\"a\",\"b\"]",
                "\"" + String(repeating: "x", count: 511) + "\"",
            ])
        + table(
            "7, strings", .refused,
            [
                "\"", "\"a", "a\"", "\"a\"\"", "\"a\" \"b\"", "\"a\"b", "''", "'a'", "`a`", "abc", "\"a'", "'a\"",
                "\"\"\"",
                "\"\"a\"\"", "[\"a]", "[a]", "[\"a\" \"b\"]", "<E2 80 9C>a<E2 80 9D>", "\"a<00>", "\"\\\"",
                "\"\\\\\\\"",
            ])

    /// U+0000 to U+001F must be escaped.
    static let controlCharacters =
        (UInt8(0)..<0x20).flatMap { byte in
            let hexadecimal = String(byte, radix: 16)
            return table(
                "7, a bare control character", .refused, ["\"<\(hexadecimal)>\"", "{\"k<\(hexadecimal)>\":1}"])
        }

    static let escapes =
        table(
            "7, escapes", .accepted,
            [
                #""\"""#, #""\\""#, #""\/""#, #""\b""#, #""\f""#, #""\n""#, #""\r""#, #""\t""#, #""\"\\\/\b\f\n\r\t""#,
                #""a\nb""#, #""\\n""#, #""\\\\""#, #""\\\"""#, #""\u0041""#, #""\u0000""#, #""\u001f""#, #""\u001F""#,
                #""\u007f""#, #""\u00e9""#, #""\u00E9""#, #""\u20ac""#, #""\uABCD""#, #""\uabcd""#, #""\uffff""#,
                #""\uFFFE""#, #""\ufdd0""#, #""\ufeff""#, #""\u2028\u2029""#, #""\u0022""#, #""\u005c""#, #""\u005C""#,
                #""\u0041\u0042""#, #""x\u0041y""#, #""é\u00e9""#,
            ])
        + table(
            "7, escapes", .refused,
            [
                #""\""#, #""\x""#, #""\x41""#, #""\a""#, #""\e""#, #""\v""#, #""\0""#, #""\1""#, #""\'""#, #""\U0041""#,
                #""\N""#, #""\B""#, #""\ ""#, #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u 041""#, #""\u004""#,
                #""\u00G1""#, #""\u00-1""#, #""\u+041""#, #""\u{41}""#, #""\uXYZW""#, #""\u004g""#, #""\u"#, #""\u00"#,
                #""\u0041"#, #""\\\""#, #""a\"#, #""\u0x41""#, "\"\\<00>\"", "\"\\<0A>\"", "\"\\<C3 A9>\"",
                "\"\\<80>\"",
                "\"\\u00<C3 A9>\"", "\"\\u<EF BC 90>041\"", #"\u0041"#, #"[\n]"#, #"\"a\""#, #"{"\x":1}"#,
                #"{"\u12":1}"#,
            ])

    static let surrogates =
        table(
            "7, surrogate pairs", .accepted,
            [
                #""\ud83d\ude00""#, #""\uD83D\uDE00""#, #""\uD83d\uDe00""#, #""\ud800\udc00""#, #""\udbff\udfff""#,
                #""a\ud83d\ude00b""#, #""\ud83d\ude00\ud83d\ude00""#, #"{"\ud83d\ude00":1}"#,
            ])
        // By the grammar a string; no character. Foundation refuses it, and so do we where a text is read: ids, names, keys.
        + tableBeyondFoundation(
            "7, half of a surrogate pair", .accepted,
            [
                #""\ud800""#, #""\udbff""#, #""\udc00""#, #""\udfff""#, #""\udc00\ud800""#, #""\ude00\ud83d""#,
                #""\ud800\ud800""#, #""\ud800a""#, #""\ud800\u0041""#, #""\ud800\n""#, #""\ud800\ud83d\ude00""#,
                #""\udc00\udc00""#, #""x\ud83d""#, #""\ud83dx\ude00""#, #""\uD800\\udc00""#,
            ])
        + tableBeyondFoundation(
            "7, half of a surrogate pair in a key", .acceptedOfModels,
            [#"{"\ud800":1}"#, #"{"\udc00":1}"#, #"{"\ude00\ud83d":1}"#, #"[{"\ud800x":1}]"#, #"{"a":{"\udfff":1}}"#])
        + table(
            "7, half of a surrogate pair, and a broken escape", .refused,
            [#""\ud83d\u""#, #""\ud83d\ude0""#, #""\ud83d\x""#, #""\ud83d\""#, #""\ud83d\ude"#, #""\ud83"#])

    static let validUTF8 =
        table(
            "8.1, UTF-8", .accepted,
            [
                "\"<C2 80>\"", "\"<C3 A9>\"", "\"<DF BF>\"", "\"<E0 A0 80>\"", "\"<E1 80 80>\"", "\"<E2 82 AC>\"",
                "\"<EC BF BF>\"", "\"<ED 80 80>\"", "\"<ED 9F BF>\"", "\"<EE 80 80>\"", "\"<EF BF BD>\"",
                "\"<F0 90 80 80>\"", "\"<F0 9F 98 80>\"", "\"<F1 80 80 80>\"", "\"<F3 BF BF BF>\"", "\"<F4 8F BF BF>\"",
                // Within a string noncharacters are characters like others.
                "\"<EF BF BE>\"", "\"<EF BF BF>\"", "\"<EF B7 90>\"", "\"<F0 9F BF BF>\"",
                "\"<E2 80 A8>\"", "\"<C2 85>\"", "\"e<CC 81>\"", "{\"<C3 A9>\":\"<E2 82 AC>\"}",
                "\"<C3 A9>\\n<C3 A9>\"",
            ])
        // So is a byte order mark, which Foundation leaves out.
        + tableBeyondFoundation("8.1, UTF-8", .accepted, ["\"<EF BB BF>\"", "\"<EF BB BF>a\"", "{\"<EF BB BF>\":1}"])

    /// Each class of table 3-7 of the Unicode standard, in a string and in a key.
    static let invalidUTF8 = [
        // Continuation bytes without a lead.
        "80", "BF", "80 80", "A9 C3", "41 80",
        // Overlong forms.
        "C0 80", "C0 AF", "C1 81", "C1 BF", "E0 80 80", "E0 80 AF", "E0 9F BF", "F0 80 80 80", "F0 80 80 AF",
        "F0 8F BF BF",
        // Surrogates.
        "ED A0 80", "ED AF BF", "ED B0 80", "ED BF BF", "ED A0 BD ED B8 80",
        // Beyond U+10FFFF, and leads that there are not.
        "F4 90 80 80", "F4 BF BF BF", "F5 80 80 80", "F7 BF BF BF", "F8 88 80 80 80", "FC 84 80 80 80 80", "FE", "FF",
        "FE FF", "FF FE",
        // Cut off, by a letter, by a lead, by the string's end.
        "C3", "C3 41", "C3 C3 A9", "E2", "E2 82", "E2 41 AC", "E2 82 41", "E2 E2 82 AC", "F0", "F0 9F", "F0 9F 98",
        "F0 9F 98 41", "F0 41 98 80", "F0 9F 41 80", "C2 5C 6E", "E2 82 5C",
    ].flatMap { table("8.1, no UTF-8", .refused, ["\"<\($0)>\"", "{\"<\($0)>\":1}"]) }
}
