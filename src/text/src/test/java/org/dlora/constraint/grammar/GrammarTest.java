package org.dlora.constraint.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class GrammarTest {
    /** A chain of rules, each of which needs the one that is defined after it. */
    @Test
    void aLongChainOfRulesReachesItsEnd() {
        var rules = new ArrayList<Rule.Defined>();
        for (int i = 0; i < 20_000; i++) {
            rules.add(new Rule.Defined("r" + i));
        }
        for (int i = 0; i + 1 < rules.size(); i++) {
            rules.get(i).define(Expr.sequence(new Expr.Call(rules.get(i + 1)), Expr.text(")")));
        }
        rules.getLast().define(Expr.text("("));
        var grammar = Grammar.of(new Expr.Call(rules.getFirst()), _ -> true);
        assertThat(grammar.calls(grammar.start(rules.get(7)))).hasSize(1);
    }

    @Test
    void aRuleThatNeedsItselfHasNoEnd() {
        var rule = new Rule.Defined("");
        rule.define(Expr.sequence(Expr.text("("), new Expr.Call(rule), Expr.text(")")));
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> Grammar.of(new Expr.Call(rule), _ -> true))
                .withMessageContaining("without an end");
    }

    @Test
    void aRuleThatCallsItselfBeforeAByteIsRefused() {
        var one = new Rule.Defined("one");
        var other = new Rule.Defined("other");
        one.define(
                Expr.choice(Expr.text("x"), Expr.sequence(new Expr.Call(other), Expr.text("."))));
        other.define(Expr.choice(new Expr.Call(one), Expr.text("y")));
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> Grammar.of(new Expr.Call(one), _ -> true))
                .withMessageContaining("never begins")
                .satisfies(e -> assertThat(e.at()).isIn("one", "other"));
    }

    /** A call at the end of a rule needs no place to return to. */
    @Test
    void rulesThatEndWithEachOtherBegin() {
        var one = new Rule.Defined("one");
        var other = new Rule.Defined("other");
        one.define(Expr.choice(Expr.text("x"), new Expr.Call(other)));
        other.define(Expr.choice(new Expr.Call(one), Expr.text("y")));
        var grammar = Grammar.of(Expr.sequence(new Expr.Call(one), Expr.text(".")), _ -> true);
        assertThat(grammar.calls(grammar.root())).hasSize(1);
    }

    @Property(tries = 200)
    void aListHasItsTextsAlone(@ForAll long seed) {
        var random = new Random(seed);
        var texts = new TreeSet<String>();
        for (int i = 1 + random.nextInt(60); i > 0; i--) {
            texts.add(text(random));
        }
        var words = Words.of(texts.stream().map(text -> text.getBytes(UTF_8)).toList());
        var without = words.restrictedTo(b -> b != 'b');
        for (int i = 0; i < 300; i++) {
            var text = i < 100 ? texts.ceiling(text(random)) : text(random);
            if (text != null) {
                assertThat(has(words, text)).isEqualTo(texts.contains(text));
                assertThat(has(without, text))
                        .isEqualTo(texts.contains(text) && text.indexOf('b') < 0);
            }
        }
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            text.append("abé".charAt(random.nextInt(3)));
        }
        return text.toString();
    }

    private static boolean has(Words words, String text) {
        int node = 0;
        for (byte b : text.getBytes(UTF_8)) {
            node = words.next(node, b & 0xFF);
            if (node == Words.NONE) {
                return false;
            }
        }
        return words.accepts(node);
    }

    @Test
    void aTextOfAListMayBeTheBeginningOfAnother() {
        var words = Words.of(List.of("ab".getBytes(UTF_8), "a".getBytes(UTF_8)));
        int a = words.next(0, 'a');
        assertThat(words.accepts(a)).isTrue();
        assertThat(words.goesOn(a)).isTrue();
        assertThat(words.goesOn(words.next(a, 'b'))).isFalse();
    }
}
