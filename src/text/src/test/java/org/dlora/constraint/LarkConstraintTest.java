package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Random;
import org.dlora.constraint.grammar.ConstraintException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Constraints by grammars in Lark. */
class LarkConstraintTest {
    private static final ConstraintCompiler COMPILER =
            TestVocabulary.random(new Random(4)).compiler();

    /** Arithmetic as Lark's own example has it: its rules call themselves first. */
    private static final String CALCULATOR =
            """
            // A comment.
            ?start: sum
                  | NAME "=" sum    -> assign_var
            ?sum: product
                | sum "+" product   -> add
                | sum "-" product   -> sub
            ?product: atom
                | product "*" atom  -> mul
            ?atom: NUMBER           -> number
                 | "-" atom         -> neg
                 | NAME             -> var
                 | "(" sum ")"

            %import common.CNAME -> NAME
            %import common.NUMBER
            %import common.WS_INLINE
            %ignore WS_INLINE
            """;

    /** SQL as vLLM's example has it. */
    private static final String SQL =
            """
            start: select_statement
            select_statement: "SELECT" column "from" table "where" condition
            column: "col_1" | "col_2"
            table: "table_1" | "table_2"
            condition: column "=" number
            number: "1" | "2"
            """;

    private static final String JSON =
            """
            ?start: value
            ?value: object | array | ESCAPED_STRING | SIGNED_NUMBER | "true" | "false" | "null"
            array: "[" [value ("," value)*] "]"
            object: "{" [pair ("," pair)*] "}"
            pair: ESCAPED_STRING ":" value
            %import common (ESCAPED_STRING, SIGNED_NUMBER, WS)
            %ignore WS
            """;

    private static boolean accepts(String grammar, String text) {
        var constraint = COMPILER.compile(new ConstraintDefinition.Grammar(grammar));
        var state = constraint.accept(constraint.start(), text.getBytes(UTF_8));
        return state != null && state.isComplete();
    }

    @Test
    void examplesOfOthersAreServed() {
        assertThat(accepts(CALCULATOR, "x = (1.5 + y)*-z - 2")).isTrue();
        assertThat(accepts(CALCULATOR, "x = (1.5 + y*-z - 2")).isFalse();
        assertThat(accepts(SQL, "SELECTcol_1fromtable_2wherecol_2=1")).isTrue();
        assertThat(accepts(SQL, "SELECTcol_3")).isFalse();
        assertThat(accepts(JSON, " {\"a\": [1, -2.5e3, {}], \"b\" : null }\n")).isTrue();
        assertThat(accepts(JSON, "{\"a\": [1,]}")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    `start: "yes" | "no"`                       | no     | yesno
                    `other: "x"\nstart: other+`                 | xxx    | xy
                    `first: B\nB.2: "b" ~ 2..3`                 | bbb    | b
                    `start: "a" ~ 2`                            | aa     | aaa
                    `start: "a".."c"+`                          | abc    | ad
                    `start: "Ab"i`                              | aB     | ac
                    `start: /[0-9]+\\/x?/`                      | 12/x   | 12x
                    `start: ["-"] ("a" | "b")*`                 | -ab    | --
                    `start: item\n?item: "a"\n| "b"`            | b      | c
                    `start: 'it' "\\"" _WS?\n_WS: " "`          | it"    | it
                    `start: "(" start ")" |`                    | (())   | (()
                    `start: A A\nA: "a"\n%ignore " "`           | ` a  a ` | ab
                    `start: AB\nAB: "a" "b"\n%ignore " "`       | ` ab`  | a b
                    """)
    void grammarsAreServed(String grammar, String accepted, String rejected) {
        assertThat(accepts(grammar, accepted)).isTrue();
        assertThat(accepts(grammar, rejected)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    `just words`                            | a rule must begin with its name and ':'
                    `start: b`                              | uses 'b' without a definition
                    `start: "x"\nstart: "y"`                | line 2: 'start' is defined twice
                    `start: ("x"`                           | a group is not closed
                    `start: "x`                             | it ends too early
                    `start: "x" )`                          | ')' belongs to no rule
                    `start: A\nA: b\nb: "x"`                | a terminal uses the rule 'b'
                    `start: sep{a}`                         | templates such as 'sep{…}' are not supported
                    `start: "a"{2,3}`                       | in braces, as in GBNF, are not supported; write ~ 2..3
                    `start: "a"+ {2}`                       | in braces, as in GBNF, are not supported
                    `start: "a" <|call|>`                   | special tokens such as '<…>' are not supported
                    `start: <[12]>`                         | special tokens such as '<…>' are not supported
                    `start: WS\n%import common.WS\n%import common (INT, WS)` | line 3: %import gives 'WS', which is defined above
                    `WS: " "\nstart: WS\n%import common.WS` | another name, as in common.WS -> OTHER
                    `start: /a/x`                           | has the flags 'x'
                    `start: /(?=a)/`                        | lookaround
                    `start: "ab".."c"`                      | a range must go from one character
                    `start: "a" ~ 3..2`                     | must be ~ n or ~ n..m
                    `%declare A`                            | '%declare' is not supported
                    `%import python.NAME`                   | only terminals of 'common'
                    `%import common.NOTHING`                | 'common' has no terminal 'NOTHING'
                    `A: "x"`                                | The grammar has no rule
                    `start: other\nother: start "x" | "x"` | contains itself before anything else
                    `start: start "x"`                      | contains itself
                    """)
    void refusalsSayWhatIsWrong(String grammar, String message) {
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> COMPILER.compile(new ConstraintDefinition.Grammar(grammar)))
                .withMessageContaining(message);
    }

    /** No grammar of legal size takes long or overflows the stack. */
    @Test
    void hostileGrammarsAreRefusedInWords() {
        for (var grammar :
                new String[] {
                    "start: " + "(".repeat(30_000),
                    "start: \"x\"" + "*".repeat(30_000),
                    "start: ((\"a\" ~ 9999) ~ 9999) ~ 9999",
                    "?".repeat(60_000),
                    "start: \"a\"" + "\n%ignore \"a\"".repeat(4_000) + ")",
                    "x".repeat(70_000)
                }) {
            assertThatExceptionOfType(ConstraintException.class)
                    .isThrownBy(() -> COMPILER.compile(new ConstraintDefinition.Grammar(grammar)));
        }
    }
}
