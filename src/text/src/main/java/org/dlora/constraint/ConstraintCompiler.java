package org.dlora.constraint;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import org.dlora.constraint.grammar.Characters;
import org.dlora.constraint.grammar.CompileBudget;
import org.dlora.constraint.grammar.ConstraintException;
import org.dlora.constraint.grammar.Determinizer;
import org.dlora.constraint.grammar.Expr;
import org.dlora.constraint.grammar.Grammar;
import org.dlora.constraint.grammar.Rule;
import org.dlora.constraint.notation.GbnfParser;
import org.dlora.constraint.notation.LarkParser;
import org.dlora.constraint.regex.Regex;
import org.dlora.constraint.regex.TextEncoding;
import org.dlora.constraint.schema.SchemaCompiler;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Compiler of constraints for one vocabulary. It keeps those that were used last. Safe from any
 * thread.
 */
public final class ConstraintCompiler {
    /** The most characters of a schema, and of all choices together. */
    public static final int MAX_LENGTH = 256 << 10;

    private static final int MAX_CHOICES = 10_000;
    private static final int MAX_DEPTH = 16;
    private static final int SCHEMA_DEPTH = 200;

    /** The most memory of the constraints that no request uses, with all that they remember. */
    private static final long IDLE_BYTES = 128L << 20;

    /** The most memory of the constraints that requests use, and of what all remember. */
    private static final long USED_BYTES =
            Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    /** The most memory of the definitions whose refusals are remembered. */
    private static final long REFUSED_BYTES = 8L << 20;

    /** Most constraints that are compiled at once; others wait. */
    static final int MAX_AT_ONCE = 2;

    private static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(SCHEMA_DEPTH)
                                                    .maxNumberLength(100)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private final TokenTrie trie;
    private final CountedTexts counted;
    private final MemoryBudget remembered;
    private final Semaphore compiling = new Semaphore(MAX_AT_ONCE, true);
    private final Characters strings;
    private final KeptConstraints kept;
    private final RefusedConstraints refused = new RefusedConstraints(REFUSED_BYTES);

    /** Bytes that one may take: so one alone never keeps all others from being used. */
    private final long largest;

    public ConstraintCompiler(TokenTrie trie) {
        this(trie, IDLE_BYTES, USED_BYTES, USED_BYTES);
    }

    /**
     * @param idleBytes of constraints that no request uses
     * @param usedBytes of constraints that requests use, without what they remember
     * @param rememberedBytes of what all of them remember
     */
    ConstraintCompiler(TokenTrie trie, long idleBytes, long usedBytes, long rememberedBytes) {
        this.trie = trie;
        remembered = new MemoryBudget(rememberedBytes);
        largest = usedBytes / 4;
        kept = new KeptConstraints(idleBytes, usedBytes, remembered);
        strings = SchemaCompiler.strings(trie::isAvailable);
        counted = new CountedTexts(trie, strings);
    }

    /**
     * Returns a compiled constraint. Takes milliseconds unless it is kept; an interruption of the
     * thread ends it.
     *
     * @throws ConstraintException if it is malformed, too large, cannot be satisfied, or has what
     *     cannot be enforced
     * @throws CancellationException if the thread is interrupted, and not if it is kept
     */
    public Constraint compile(ConstraintDefinition definition) {
        var known = kept.find(definition);
        if (known != null) {
            return known;
        }
        refuseAgain(definition);
        acquire();
        try {
            known = kept.find(definition);
            if (known != null) {
                return known;
            }
            refuseAgain(definition);
            return CompileBudget.within(() -> compiled(definition));
        } catch (ConstraintException e) {
            refused.keep(definition, e);
            throw e;
        } finally {
            compiling.release();
        }
    }

    private void refuseAgain(ConstraintDefinition definition) {
        var refusal = refused.find(definition);
        if (refusal != null) {
            throw refusal;
        }
    }

    private void acquire() {
        try {
            compiling.acquire();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            CompileBudget.checkInterruption();
        }
    }

    /** Returns whether {@link #compile} returns at once. */
    public boolean isKept(ConstraintDefinition definition) {
        return kept.find(definition) != null;
    }

    /**
     * Compiles a constraint, and keeps it until the use is closed.
     *
     * @throws ConstraintException as {@link #compile}
     * @throws ConstraintMemoryException if those in use take too much memory beside it
     */
    public ConstraintUse use(ConstraintDefinition definition) {
        while (true) {
            var _ = compile(definition);
            var use = kept.use(definition);
            if (use != null) { // Others may have pushed it out at once.
                return use;
            }
        }
    }

    private Constraint compiled(ConstraintDefinition definition) {
        Grammar grammar;
        try {
            grammar = Grammar.of(expr(definition, 0), trie::isAvailable);
        } catch (StackOverflowError _) {
            throw new ConstraintException(
                    "", "The constraint is nested too deep. Use fewer levels.");
        }
        long bytes = definition.bytes() + grammar.bytes();
        if (bytes > largest) {
            throw new ConstraintException(
                    "",
                    "The constraint takes %,d KiB of memory, but at most %,d. Use fewer or simpler patterns."
                            .formatted(bytes / 1024, largest / 1024));
        }
        var places = new GrammarPlaces(grammar, trie.paths().longest(), remembered);
        Constraint constraint;
        try {
            constraint =
                    new Constraint(
                            places,
                            new TokenMasks(trie, counted, remembered),
                            bytes,
                            this::relieve);
        } catch (ArithmeticException e) {
            places.leave();
            throw new ConstraintException("", String.valueOf(e.getMessage()));
        }
        return kept.keep(definition, constraint);
    }

    /** Returns about the bytes that all constraints remember. */
    long rememberedBytes() {
        return remembered.used();
    }

    private void relieve() {
        if (remembered.isExceeded()) {
            kept.relieve();
        }
    }

    private Expr expr(ConstraintDefinition definition, int depth) {
        if (depth > MAX_DEPTH) {
            throw new ConstraintException(
                    "", "The constraint is nested more than %d deep.".formatted(MAX_DEPTH));
        }
        return switch (definition) {
            case ConstraintDefinition.JsonSchema(var schema) ->
                    SchemaCompiler.compile(parse(schema), strings);
            case ConstraintDefinition.JsonObject() -> SchemaCompiler.anyObject(strings);
            case ConstraintDefinition.Regex(var pattern) ->
                    new Expr.Call(
                            new Rule.Regular(
                                    Determinizer.dfa(Regex.whole(pattern, TextEncoding.PLAIN))));
            case ConstraintDefinition.Grammar(var grammar) ->
                    LarkParser.isLark(grammar)
                            ? LarkParser.parse(grammar)
                            : GbnfParser.parse(grammar);
            case ConstraintDefinition.Choice(var choices) -> choice(choices);
            case ConstraintDefinition.Text(var text) -> Expr.text(text);
            case ConstraintDefinition.Sequence(var parts) -> new Expr.Sequence(all(parts, depth));
            case ConstraintDefinition.AnyOf(var alternatives) ->
                    Expr.united(all(alternatives, depth));
            case ConstraintDefinition.Repeated(var part, var min, var max, var separator) ->
                    repeated(rule(expr(part, depth + 1)), min, max, Expr.text(separator));
        };
    }

    private List<Expr> all(List<ConstraintDefinition> parts, int depth) {
        var exprs = new ArrayList<Expr>();
        parts.forEach(part -> exprs.add(expr(part, depth + 1)));
        return exprs;
    }

    private static Expr rule(Expr body) {
        var rule = new Rule.Defined("");
        rule.define(body);
        return new Expr.Call(rule);
    }

    private static Expr repeated(Expr part, int min, @Nullable Integer max, Expr separator) {
        int most = max == null ? Expr.Repeat.UNBOUNDED : max;
        if (min < 0 || most < Math.max(1, min)) {
            throw new ConstraintException(
                    "", "A part must be repeated 0 to n times, not %d to %s.".formatted(min, max));
        }
        var some =
                Expr.sequence(
                        part,
                        Expr.repeat(
                                Expr.sequence(separator, part),
                                Math.max(0, min - 1),
                                most == Expr.Repeat.UNBOUNDED ? most : most - 1));
        return min == 0 ? Expr.optional(some) : some;
    }

    private static Expr choice(List<String> choices) {
        long length = choices.stream().mapToLong(String::length).sum();
        if (choices.isEmpty() || choices.size() > MAX_CHOICES || length > MAX_LENGTH) {
            throw new ConstraintException(
                    "",
                    "There are %d choices of %d characters together; 1 to %d choices of at most %d are allowed."
                            .formatted(choices.size(), length, MAX_CHOICES, MAX_LENGTH));
        }
        if (choices.contains("")) {
            throw new ConstraintException("", "A choice must not be empty.");
        }
        return Expr.oneOf(choices.stream().map(Expr::text).toList());
    }

    private static JsonNode parse(String schema) {
        if (schema.length() > MAX_LENGTH) {
            throw new ConstraintException(
                    "",
                    "The schema has %d characters; at most %d are allowed."
                            .formatted(schema.length(), MAX_LENGTH));
        }
        try {
            return JSON.readTree(schema);
        } catch (JacksonException e) {
            throw new ConstraintException(
                    "", "The schema is not JSON, or nested too deep: " + e.getOriginalMessage());
        } catch (NumberFormatException _) {
            throw new ConstraintException(
                    "", "The schema has a number whose exponent is too far from 0.");
        }
    }
}
