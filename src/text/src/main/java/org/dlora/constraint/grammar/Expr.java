package org.dlora.constraint.grammar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;

/** Expression over bytes: the body of a {@link Rule}. */
public sealed interface Expr {
    /**
     * Most texts of a list that are nodes of their own, which the places of alternatives share; a
     * longer list is a rule.
     */
    int MAX_INLINE = 32;

    /** The empty text. */
    Expr EMPTY = new Bytes(new byte[0]);

    /** Exactly these bytes. */
    record Bytes(byte[] bytes) implements Expr {
        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes(var theirs) && Arrays.equals(bytes, theirs);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /** Byte from {@code low} to {@code high}, both included. */
    record Range(int low, int high) implements Expr {}

    /** Parts that follow one another. */
    record Sequence(List<Expr> parts) implements Expr {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** Choice of alternatives; nothing matches if there is none. */
    record Choice(List<Expr> alternatives) implements Expr {
        public Choice {
            alternatives = List.copyOf(alternatives);
        }
    }

    /**
     * Repetitions of a part.
     *
     * @param max {@link #UNBOUNDED} for no bound
     */
    record Repeat(Expr part, int min, int max) implements Expr {
        public static final int UNBOUNDED = Integer.MAX_VALUE;
    }

    /** Texts that a rule matches. */
    record Call(Rule rule) implements Expr {}

    static Expr text(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    static Expr sequence(Expr... parts) {
        return new Sequence(List.of(parts));
    }

    static Expr choice(Expr... alternatives) {
        return new Choice(List.of(alternatives));
    }

    static Expr choice(List<? extends Expr> alternatives) {
        return alternatives.size() == 1
                ? alternatives.getFirst()
                : new Choice(List.copyOf(alternatives));
    }

    /**
     * Returns a choice of alternatives. Alternatives that call a regular rule call one rule
     * together where it stays small, so that a text has one place within it.
     */
    static Expr united(List<Expr> alternatives) {
        var regular = new LinkedHashSet<Rule.Regular>();
        var others = new ArrayList<Expr>();
        for (var alternative : alternatives) {
            if (alternative instanceof Call(Rule.Regular rule)) {
                regular.add(rule);
            } else {
                others.add(alternative);
            }
        }
        var union =
                regular.size() < 2
                        ? null
                        : DfaUnion.of(regular.stream().map(Rule.Regular::dfa).toList());
        if (union == null) {
            return choice(alternatives);
        }
        others.add(new Call(new Rule.Regular(union)));
        return choice(others);
    }

    /** Returns a choice of texts, none of which is empty. */
    static Expr oneOf(List<Expr> texts) {
        var listed = new ArrayList<byte[]>();
        var others = new ArrayList<Expr>();
        for (var text : texts) {
            var bytes = new ByteArrayOutputStream();
            if (isBytes(text, bytes)) {
                listed.add(bytes.toByteArray());
            } else {
                others.add(text);
            }
        }
        if (listed.size() <= MAX_INLINE) {
            return choice(texts);
        }
        others.add(new Call(new Rule.Listed(Words.of(listed))));
        return choice(others);
    }

    /** Adds the bytes of an expression that matches one text; returns whether it does. */
    private static boolean isBytes(Expr expr, ByteArrayOutputStream to) {
        return switch (expr) {
            case Bytes(var bytes) -> {
                to.writeBytes(bytes);
                yield true;
            }
            case Sequence(var parts) -> parts.stream().allMatch(part -> isBytes(part, to));
            default -> false;
        };
    }

    static Expr optional(Expr part) {
        return new Repeat(part, 0, 1);
    }

    static Expr repeat(Expr part, int min, int max) {
        return new Repeat(part, min, max);
    }
}
