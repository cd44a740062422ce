package org.dlora.constraint.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Dfa;
import org.dlora.constraint.grammar.DfaBuilder;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.regex.CodePoints;
import org.dlora.constraint.regex.TextEncoding;

/**
 * Strings, white space and other tokens of JSON texts (RFC 8259). Strings are well-formed UTF-8
 * with all escapes of JSON; an escaped surrogate comes with its partner.
 */
final class JsonText {
    /** At most one space or line feed between two tokens, so that a text cannot go on for ever. */
    static final Expr SPACE = Expr.optional(Expr.choice(Expr.text(" "), Expr.text("\n")));

    static final Expr NULL = Expr.text("null");
    static final Expr BOOLEAN = Expr.choice(Expr.text("true"), Expr.text("false"));
    static final Expr QUOTE = Expr.text("\"");

    /** State of {@link #strings} between two characters. */
    static final int BOUNDARY = 1;

    private JsonText() {}

    /** Returns the automaton of all strings, quotes included. */
    static Dfa strings() {
        var dfa = new DfaBuilder();
        int start = dfa.state(false);
        int boundary = dfa.state(false); // BOUNDARY
        int end = dfa.state(true);
        dfa.edge(start, '"', '"', boundary);
        dfa.edge(boundary, 0x20, 0x7F, boundary).edge(boundary, '"', '"', end);
        characters(dfa, boundary);
        escapes(dfa, boundary);
        return dfa.build();
    }

    private static void characters(DfaBuilder dfa, int boundary) {
        int one = dfa.state(false);
        int two = dfa.state(false);
        int three = dfa.state(false);
        dfa.edge(one, 0x80, 0xBF, boundary);
        dfa.edge(two, 0x80, 0xBF, one);
        dfa.edge(three, 0x80, 0xBF, two);
        int afterE0 = dfa.state(false);
        int afterEd = dfa.state(false);
        int afterF0 = dfa.state(false);
        int afterF4 = dfa.state(false);
        dfa.edge(afterE0, 0xA0, 0xBF, one);
        dfa.edge(afterEd, 0x80, 0x9F, one);
        dfa.edge(afterF0, 0x90, 0xBF, two);
        dfa.edge(afterF4, 0x80, 0x8F, two);
        dfa.edge(boundary, 0xC2, 0xDF, one);
        dfa.edge(boundary, 0xE0, 0xEF, two);
        dfa.edge(boundary, 0xE0, 0xE0, afterE0).edge(boundary, 0xED, 0xED, afterEd);
        dfa.edge(boundary, 0xF0, 0xF0, afterF0).edge(boundary, 0xF1, 0xF3, three);
        dfa.edge(boundary, 0xF4, 0xF4, afterF4);
    }

    private static void escapes(DfaBuilder dfa, int boundary) {
        int backslash = dfa.state(false);
        dfa.edge(boundary, '\\', '\\', backslash);
        for (char c : "\"\\/bfnrt".toCharArray()) {
            dfa.edge(backslash, c, c, boundary);
        }
        int last = dfa.state(false);
        int second = dfa.state(false);
        int first = dfa.state(false);
        int unit = dfa.state(false);
        hex(dfa, last, boundary);
        hex(dfa, second, last);
        hex(dfa, first, second);
        dfa.edge(backslash, 'u', 'u', unit);
        hex(dfa, unit, first);
        int afterD = dfa.state(false);
        both(dfa, unit, 'd', afterD);
        dfa.edge(afterD, '0', '7', second);
        surrogates(dfa, boundary, afterD);
    }

    /** The pair of a high and a low surrogate, behind its first D. */
    private static void surrogates(DfaBuilder dfa, int boundary, int afterD) {
        int highSecond = dfa.state(false);
        int highLast = dfa.state(false);
        dfa.edge(afterD, '8', '9', highSecond);
        both(dfa, afterD, 'a', highSecond);
        both(dfa, afterD, 'b', highSecond);
        hex(dfa, highSecond, highLast);
        int next = dfa.state(false);
        hex(dfa, highLast, next);
        int backslash = dfa.state(false);
        int unit = dfa.state(false);
        int low = dfa.state(false);
        int lowSecond = dfa.state(false);
        int lowLast = dfa.state(false);
        dfa.edge(next, '\\', '\\', backslash).edge(backslash, 'u', 'u', unit);
        both(dfa, unit, 'd', low);
        for (char c = 'c'; c <= 'f'; c++) {
            both(dfa, low, c, lowSecond);
        }
        hex(dfa, lowSecond, lowLast);
        hex(dfa, lowLast, boundary);
    }

    private static void hex(DfaBuilder dfa, int from, int to) {
        dfa.edge(from, '0', '9', to).edge(from, 'a', 'f', to).edge(from, 'A', 'F', to);
    }

    private static void both(DfaBuilder dfa, int from, char letter, int to) {
        char upper = Character.toUpperCase(letter);
        dfa.edge(from, letter, letter, to).edge(from, upper, upper, to);
    }

    /** Returns a string with the given text, in its one spelling without needless escapes. */
    static Expr literal(String text) {
        return Expr.sequence(QUOTE, TextEncoding.JSON.encode(text), QUOTE);
    }

    /** Returns the bytes of a string with the given text. */
    static byte[] literalBytes(String text) {
        return ('"' + TextEncoding.JSON.spelled(text) + '"').getBytes(UTF_8);
    }

    /** Returns the strings whose content is {@code content}. */
    static Expr quoted(Expr content) {
        return Expr.sequence(QUOTE, content, QUOTE);
    }

    /** Returns the strings, in their one spelling, that are none of {@code texts}. */
    static Dfa otherThan(List<String> texts) {
        var all =
                Determinizer.dfa(
                        quoted(
                                Expr.repeat(
                                        TextEncoding.JSON.encode(CodePoints.ALL),
                                        0,
                                        Expr.Repeat.UNBOUNDED)));
        var literals = new ArrayList<Expr>();
        texts.forEach(text -> literals.add(literal(text)));
        return texts.isEmpty() ? all : all.minus(Determinizer.dfa(Expr.choice(literals)));
    }
}
