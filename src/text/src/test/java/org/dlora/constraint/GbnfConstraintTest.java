package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Random;
import org.dlora.constraint.grammar.ConstraintException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Constraints by grammars in GBNF. */
class GbnfConstraintTest {
    private static final TestVocabulary VOCABULARY = TestVocabulary.random(new Random(4));
    private static final ConstraintCompiler COMPILER = VOCABULARY.compiler();

    /** Arithmetic and SQL as vLLM's and llama.cpp's examples have them. */
    private static final String ARITHMETIC =
            """
            # A comment.
            root  ::= (expr "=" ws term "\\n")+
            expr  ::= term ([-+*/] term)*
            term  ::= ident | num |
                      "(" ws expr ")" ws
            ident ::= [a-z] [a-z0-9_]* ws   # Another one.
            num   ::= [0-9]+ ws
            ws    ::= [ \\t\\n]*
            """;

    private static final String SQL =
            """
            root ::= select_statement
            select_statement ::= "SELECT " column " from " table " where " condition
            column ::= "col_1 " | "col_2 "
            table ::= "table_1 " | "table_2 "
            condition ::= column "= " number
            number ::= "1 " | "2 "
            """;

    private static boolean accepts(String grammar, String text) {
        var constraint = COMPILER.compile(new ConstraintDefinition.Grammar(grammar));
        var state = constraint.accept(constraint.start(), text.getBytes(UTF_8));
        return state != null && state.isComplete();
    }

    @Test
    void examplesOfOthersAreServed() {
        assertThat(accepts(ARITHMETIC, "(a1 +2)*x= 7\nb=b\n")).isTrue();
        assertThat(accepts(ARITHMETIC, "(a1 +2*x= 7\n")).isFalse();
        assertThat(accepts(SQL, "SELECT col_1  from table_2  where col_2 = 1 ")).isTrue();
        assertThat(accepts(SQL, "SELECT col_3 ")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    ~root ::= "yes" | "no"~                    | no      | yesno
                    ~root ::= [a-c]{2} [^a]{0,1}~              | abz     | aba
                    ~root ::= "a"{2,}~                         | aaaa    | a
                    ~root ::= ("a" | "b" "c")? "d"~            | bcd     | bd
                    ~root ::= [\\x41-\\u0043é-]+~              | ABé-C   | D
                    ~root ::= "\\"" . "\\""~                   | "😀"    | "ab"
                    ~root ::= [\\]\\[^]+ ""~                   | ][^     | a
                    ~root ::= "(" root ")" root | ""~          | (()())  | (()
                    ~root ::= num op root ";" | num\nnum ::= [0-9]\nop ::= "+"~ | 1+2+3;; | 1+2+3;
                    ~list ::= "," root\nroot ::= "x" list?~    | x,x,x   | x,
                    """)
    void grammarsAreServed(String grammar, String accepted, String rejected) {
        assertThat(accepts(grammar, accepted)).isTrue();
        assertThat(accepts(grammar, rejected)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
"""
                    ~start: "yes"
root ::= "no"~      | a rule must begin with its name and '::='
                    ~a ::= "x"~                           | no rule 'root'
                    ~root ::= b~                          | uses the rule 'b' without a definition
                    ~root ::= "x"\nroot ::= "y"~          | line 2: the rule 'root' is defined twice
                    ~root ::= ("x"~                       | a group is not closed
                    ~root ::= "x)~                        | it ends too early
                    ~root ::= "x" )~                      | ')' belongs to no rule
                    ~root ::= "\\q"~                      | there is no escape '\\q'
                    ~root ::= [b-a]~                      | a range of a class runs backwards
                    ~root ::= []~                         | a class has no character
                    ~root ::= "x"{3,2}~                   | must be {n}, {n,} or {n,m}
                    ~root ::= "x"{99999}~                 | a repetition is above 10000
                    ~root ::= %~                          | '%' is neither a text
                    ~root ::= root "x" | "x"~             | contains itself before anything else
                    ~root ::= ws root "x" | "x"\nws ::= " "?~ | contains itself before anything else
                    ~root ::= "x" root~                   | No text can satisfy the constraint
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
                    "root ::= " + "(".repeat(30_000),
                    "root ::= \"x\"" + "*".repeat(30_000),
                    "root ::= ((\"a\"{9999}){9999}){9999}",
                    "x".repeat(70_000)
                }) {
            assertThatExceptionOfType(ConstraintException.class)
                    .isThrownBy(() -> COMPILER.compile(new ConstraintDefinition.Grammar(grammar)));
        }
    }

    @Test
    void masksHaveTheTokensThatAreAccepted() {
        var constraint = COMPILER.compile(new ConstraintDefinition.Grammar(ARITHMETIC));
        var random = new Random(6);
        for (int walk = 0; walk < 3; walk++) {
            var state = constraint.start();
            for (int i = 0; i < 20 && state != null && !state.isEnd(); i++) {
                var allowed = VOCABULARY.allowed(constraint, state).stream().toList();
                var mask = constraint.mask(state);
                assertThat(allowed).isNotEmpty().allMatch(mask::allows);
                for (int id = 0; id < VOCABULARY.size(); id++) {
                    assertThat(mask.allows(id)).isEqualTo(allowed.contains(id));
                }
                state = constraint.accept(state, allowed.get(random.nextInt(allowed.size())));
            }
        }
    }
}
