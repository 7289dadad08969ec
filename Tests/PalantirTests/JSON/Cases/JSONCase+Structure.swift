/// RFC 8259, sections 2, 4 and 5: objects, arrays, and a text as a whole.
extension JSONCase {
    static let objects =
        table(
            "4, objects", .accepted,
            [
                "{}", #"{"a":1}"#, #"{"":0}"#, #"{"a":1,"b":2}"#, #"{"a":{}}"#, #"{"a":{"b":{"c":[]}}}"#,
                #"{"a":[{"b":1}]}"#,
                #"{"a b":1}"#, #"{"\n":1}"#, #"{"a":"}"}"#, #"{"a":"{"}"#, #"{"0":0,"00":0}"#, #"{"a":1,"A":2}"#,
                #"{"a":null,"b":true,"c":1.5,"d":"x","e":[],"f":{}}"#,
            ])
        + table(
            "4, objects", .refused,
            [
                "{", "}", "{{}}", "{{", "{}}", #"{"a"}"#, #"{"a":}"#, #"{"a" 1}"#, #"{"a",1}"#, #"{"a"::1}"#,
                #"{"a":1"#,
                #"{"a":"#, #"{"a""#, #"{"a"#, #"{,"a":1}"#, "{,}", "{:}", "{1}", #"{"a":1,,"b":2}"#,
                #"{"a":1 "b":2}"#, #"{"a":1;"b":2}"#, "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{{}:1}",
                #"{"a":1]"#, #"{"a"=1}"#, #"{"a"=>1}"#, #"{"a":1,"b"}"#, #"{"a":1,"b":}"#, #"{"a":1,2}"#, #"{"a":1 2}"#,
                #"{"a":[}"#, #"{"a":{}"#, #"{"a":1}}"#, #"{"a":1},"#, #""a":1"#, #"{"a":1/* */}"#, #"{"a":1//x"#,
                #"{...}"#, #"{"a":b}"#, #"("a":1)"#,
            ])
        // Foundation takes a comma before the end.
        + tableBeyondFoundation(
            "4, a comma before the end", .refused, [#"{"a":1,}"#, #"{"a":1 , }"#, #"{"a":{},}"#, #"{"a":{"b":1,}}"#])

    static let arrays =
        table(
            "5, arrays", .accepted,
            [
                "[]", "[1]", "[1,2]", "[[]]", "[[],[]]", "[[[[]]]]", "[1,\"a\",null,true,{},[]]", "[\"]\"]", "[\"[\"]",
                "[{}]", "[{},{}]", "[0,-0,0.0]",
            ])
        + table(
            "5, arrays", .refused,
            [
                "[", "]", "[[]", "[]]", "[1", "[1,", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[1}",
                "[}", "[[}]", "[\"a\":1]", "[1,2", "[\"a\"", "[\"a", "(1)", "(1,2)", "[1],", "[1],[2]", "[1][2]",
                "[...]",
                "[1,...]", "[/* */]", "[1//]", "[#]", "[*]", "[-]", "[,,]", "[{]", "[{]}", "[undefined]",
            ])
        + tableBeyondFoundation(
            "5, a comma before the end", .refused, ["[1,]", "[[],]", "[1 , ]", "[[1,]]", "[1,2,]"])

    static let keys =
        table(
            "4, keys that only look alike", .accepted,
            [
                #"{"a":1,"A":1}"#, #"{"é":1,"e":1}"#, "{\"<C3 A9>\":1,\"e<CC 81>\":1}", #"{"a":1,"a ":1}"#,
                #"{"a":{"a":1}}"#, #"[{"a":1},{"a":1}]"#, #"{"1":1,"01":1}"#, #"{"k":1,"\u212a":1}"#,
            ])
        // Foundation takes one of the two.
        + tableBeyondFoundation(
            "4, keys that stand twice", .acceptedOfModels,
            [
                #"{"a":1,"a":1}"#, #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"a":3}"#, #"{"":1,"":2}"#, #"{"a":1,"\u0061":2}"#,
                #"{"\u00e9":1,"é":2}"#, #"{"\/":1,"/":2}"#, #"{"\n":1,"\u000a":2}"#, #"{"x":{"a":1,"a":2}}"#,
                #"[{"a":1,"a":2}]"#, #"{"\ud83d\ude00":1,"<F0 9F 98 80>":2}"#,
            ])

    static let texts =
        table("2, a text is one value of any kind", .accepted, ["null", "\"a\"", "-1.5", "[]", "{}"])
        + table(
            "2, a text is one value", .refused,
            [
                "", " ", "<0A>", "<00>", "<00 00 00 00>", "1 2", "1,2 ", "{} {}", "[] []", "{}[]", "null null",
                "1<0A>2",
                "{}<00>", "[]<00>", "<00>{}", ",", ":", ",1", ":1", "1:", "// a<0A>1", "/* a */1", "1 // a",
                "1 /* a */",
                "# a<0A>1", "1 # a", "<3C>html<3E>", "<3C>", "x", "*", "&a 1", "--- 1", "...", "!", "@", "~", "|", ";1",
                "\\", "\\u0031", "1;", "[1];", "({})", "<1E>1", ")]}',<0A>1",
            ])
        // RFC 8259, section 8.1: it must not be added; Foundation takes it.
        + tableBeyondFoundation(
            "8.1, a byte order mark", .refused, ["<EF BB BF>", "<EF BB BF>1", "<EF BB BF>{}", "<EF BB BF EF BB BF>1"])
        // Foundation guesses other encodings from the zeros; between systems JSON is UTF-8.
        + tableBeyondFoundation(
            "8.1, other encodings", .refused,
            [
                "<31 00>", "<00 31>", "<FE FF 00 31>", "<FF FE 31 00>", "<FF FE 00 00 31 00 00 00>", "<00 00 00 31>",
                "<31 00 00 00>", "<5B 00 5D 00>", "<00 5B 00 5D>", "<22 00 E9 00 22 00>",
            ])
}
