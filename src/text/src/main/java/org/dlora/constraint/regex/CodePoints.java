package org.dlora.constraint.regex;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A set of Unicode characters, as ascending ranges that neither overlap nor touch. Surrogates are
 * none.
 */
public record CodePoints(List<Span> spans) {
    private static final int FIRST_SURROGATE = 0xD800;
    private static final int LAST_SURROGATE = 0xDFFF;

    /** All characters. */
    public static final CodePoints ALL = of(new Span(0, Character.MAX_CODE_POINT));

    /** Characters from {@code low} to {@code high}, both included. */
    public record Span(int low, int high) {}

    public CodePoints {
        spans = List.copyOf(spans);
    }

    public static CodePoints of(Span... spans) {
        return of(List.of(spans));
    }

    static CodePoints of(char... characters) {
        var spans = new ArrayList<Span>();
        for (char c : characters) {
            spans.add(new Span(c, c));
        }
        return of(spans);
    }

    static CodePoints of(List<Span> spans) {
        var sorted = new ArrayList<Span>();
        spans.stream()
                .flatMap(span -> withoutSurrogates(span).stream())
                .sorted(Comparator.comparingInt(Span::low))
                .forEach(span -> {
                    if (!sorted.isEmpty() && span.low() <= sorted.getLast().high() + 1) {
                        var last = sorted.removeLast();
                        sorted.add(new Span(last.low(), Math.max(last.high(), span.high())));
                    } else {
                        sorted.add(span);
                    }
                });
        return new CodePoints(sorted);
    }

    private static List<Span> withoutSurrogates(Span span) {
        var parts = new ArrayList<Span>();
        if (span.low() < FIRST_SURROGATE) {
            parts.add(new Span(span.low(), Math.min(span.high(), FIRST_SURROGATE - 1)));
        }
        if (span.high() > LAST_SURROGATE) {
            parts.add(new Span(Math.max(span.low(), LAST_SURROGATE + 1), span.high()));
        }
        return parts;
    }

    public CodePoints or(CodePoints other) {
        var all = new ArrayList<>(spans);
        all.addAll(other.spans);
        return of(all);
    }

    /** Returns the characters that are not in this set. */
    public CodePoints not() {
        var rest = new ArrayList<Span>();
        int next = 0;
        for (var span : spans) {
            if (span.low() > next) {
                rest.add(new Span(next, span.low() - 1));
            }
            next = span.high() + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            rest.add(new Span(next, Character.MAX_CODE_POINT));
        }
        return of(rest);
    }

    boolean isEmpty() {
        return spans.isEmpty();
    }
}
