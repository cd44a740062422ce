package org.dlora.constraint;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.constraint.grammar.ConstraintException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The compiler keeps the constraints that were used last, within a bound of memory. */
class ConstraintCompilerTest {
    private static final int KEPT_BYTES = 400_000;

    private final ConstraintCompiler compiler =
            new ConstraintCompiler(
                    TokenTrie.of(256, id -> new byte[] {(byte) id}),
                    KEPT_BYTES,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE);

    @Test
    void smallConstraintsAreKept() {
        var first = compiler.compile(new ConstraintDefinition.Text("first"));
        for (int i = 0; i < 20; i++) {
            compiler.compile(new ConstraintDefinition.Text("text " + i));
        }
        assertThat(compiler.compile(new ConstraintDefinition.Text("first"))).isSameAs(first);
    }

    /** Vocabularies lack first bytes of characters that no text had, as SmolLM2's does. */
    @Test
    void missingFirstBytesLeaveOtherCharacters() {
        var trie =
                TokenTrie.of(256, id -> id == 0xF1 || id == 0xF2 ? null : new byte[] {(byte) id});
        var compiled = new ConstraintCompiler(trie).compile(new ConstraintDefinition.Text("ü中😀"));
        var state = compiled.start();
        for (byte b : "ü中😀".getBytes(StandardCharsets.UTF_8)) {
            state = requireNonNull(compiled.accept(state, b & 0xFF));
        }
        assertThat(state.isComplete()).isTrue();
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() ->
                        new ConstraintCompiler(trie)
                                .compile(new ConstraintDefinition.Text("\ud980\udc00")));
    }

    /** The refusal itself is thrown again: nothing is compiled for it. */
    @Test
    void aRefusalIsRemembered() {
        var refused = new ConstraintDefinition.Regex("((a?){99}){99}(b|c)*b(b|c){20}");
        var first = refusal(refused);
        assertThat(refusal(new ConstraintDefinition.Regex(refused.pattern()))).isSameAs(first);
    }

    /** Large definitions push the refusals of others out. */
    @Test
    void refusalsAreBoundedByTheirMemory() {
        var first = refusal(new ConstraintDefinition.Regex("(?=a)"));
        for (int i = 0; i < 40; i++) {
            refusal(new ConstraintDefinition.JsonSchema("7".repeat(200_000) + i));
        }
        assertThat(refusal(new ConstraintDefinition.Regex("(?=a)"))).isNotSameAs(first);
    }

    private ConstraintException refusal(ConstraintDefinition definition) {
        return catchThrowableOfType(ConstraintException.class, () -> compiler.compile(definition));
    }

    @Test
    void anInterruptedThreadDoesNotWaitForACompilation() {
        Thread.currentThread().interrupt();
        try {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> compiler.compile(new ConstraintDefinition.Text("new")));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(compiler.compile(new ConstraintDefinition.Text("new"))).isNotNull();
    }

    static List<ConstraintDefinition> large() {
        return List.of(
                new ConstraintDefinition.JsonSchema(
                        "{\"type\":\"null\",\"description\":\"%s\"}"
                                .formatted("x".repeat(220_000))),
                new ConstraintDefinition.Regex("(ab|[c-e]{2}){3000}"),
                new ConstraintDefinition.Text("x".repeat(1700)));
    }

    /** The definition's text, the automata and the nodes take memory alike. */
    @ParameterizedTest
    @MethodSource("large")
    void aLargeConstraintLeavesNoRoomForOthers(ConstraintDefinition large) {
        var first = compiler.compile(new ConstraintDefinition.Text("first"));
        var kept = compiler.compile(large);
        assertThat(kept.bytes()).isGreaterThan(KEPT_BYTES);
        assertThat(compiler.compile(large)).isSameAs(kept);
        assertThat(compiler.compile(new ConstraintDefinition.Text("first"))).isNotSameAs(first);
    }

    /** States that texts add to a constraint are counted, and freed together with it. */
    @Test
    void statesAndMasksAreCountedWithTheirConstraint() {
        var first = compiler.compile(new ConstraintDefinition.Text("first"));
        var used = compiler.compile(new ConstraintDefinition.Text("used ".repeat(60)));
        long before = used.bytes();
        var state = used.start();
        for (byte b : "used ".repeat(60).getBytes(StandardCharsets.UTF_8)) {
            assertThat(used.mask(state).allows(b)).isTrue();
            state = requireNonNull(used.accept(state, b));
        }
        assertThat(state.isComplete()).isTrue();
        assertThat(used.bytes()).isGreaterThan(before + 300 * 1200).isGreaterThan(KEPT_BYTES);
        assertThat(first.bytes()).isLessThan(10_000);
        assertThat(compiler.compile(new ConstraintDefinition.Text("used ".repeat(60))))
                .isSameAs(used);
        assertThat(compiler.compile(new ConstraintDefinition.Text("first"))).isNotSameAs(first);
    }

    /** Each pattern is small enough alone. */
    @Test
    void thePatternsOfAConstraintHaveOneBudget() {
        assertThat(compiler.compile(new ConstraintDefinition.JsonSchema(patterns(2)))).isNotNull();
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(
                        () -> compiler.compile(new ConstraintDefinition.JsonSchema(patterns(50))))
                .withMessageContaining("too complex together");
    }

    private static String patterns(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"p%d\":{\"pattern\":\"^[a-z]{%d}_$\"}".formatted(i, 9000 + i))
                .collect(Collectors.joining(",", "{\"type\":\"object\",\"properties\":{", "}}"));
    }

    @Test
    void aFewAreCompiledAtOnce() throws Exception {
        var definition = new ConstraintDefinition.Regex("(ab|[c-e]{2}){2000}");
        var compiled = Collections.newSetFromMap(new IdentityHashMap<Constraint, Boolean>());
        try (var threads = Executors.newFixedThreadPool(8)) {
            Callable<Constraint> compile = () -> compiler.compile(definition);
            var all = threads.invokeAll(Collections.nCopies(8, compile));
            for (var one : all) {
                compiled.add(one.get());
            }
        }
        assertThat(compiled).hasSizeLessThanOrEqualTo(ConstraintCompiler.MAX_AT_ONCE);
    }

    /** A request's constraint is never compiled again while the request runs. */
    @Test
    void constraintsInUseAreKeptWhateverComes() {
        var definition = new ConstraintDefinition.Regex("(ab|[c-e]{2}){1000}");
        var use = compiler.use(definition);
        var used = compiler.compile(definition);
        large().forEach(compiler::compile);
        assertThat(compiler.compile(definition)).isSameAs(used);
        use.close();
        use.close();
        large().forEach(compiler::compile);
        assertThat(compiler.compile(definition)).isNotSameAs(used);
    }

    @Test
    void memoryOfConstraintsInUseIsBounded() {
        var bounded = bounded(1_000_000);
        var uses = new ArrayList<ConstraintUse>();
        var texts =
                IntStream.range(0, 20)
                        .mapToObj(i -> new ConstraintDefinition.Text((i + " ").repeat(300)))
                        .toList();
        assertThatExceptionOfType(ConstraintMemoryException.class)
                .isThrownBy(() -> texts.forEach(text -> uses.add(bounded.use(text))))
                .withMessageContaining("the limit is 976 KiB")
                .withMessageContaining("Try again shortly");
        assertThat(uses).hasSizeGreaterThanOrEqualTo(4);
        var refused = texts.get(uses.size());
        uses.add(bounded.use(texts.getFirst()));
        uses.removeFirst().close();
        assertThatExceptionOfType(ConstraintMemoryException.class)
                .isThrownBy(() -> bounded.use(refused));
        uses.forEach(ConstraintUse::close);
        bounded.use(refused).close();
    }

    /** No constraint alone keeps all others from being used. */
    @Test
    void aConstraintTakesAtMostAQuarterOfTheBound() {
        var bounded = bounded(500_000);
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> bounded.compile(new ConstraintDefinition.Text("x".repeat(1700))))
                .withMessageContaining("KiB of memory, but at most 122.");
    }

    private static ConstraintCompiler bounded(long usedBytes) {
        return new ConstraintCompiler(
                TokenTrie.of(256, id -> new byte[] {(byte) id}),
                KEPT_BYTES,
                usedBytes,
                Long.MAX_VALUE);
    }

    /** However many there are, and each within its own bound. */
    @Test
    void memoryOfAllIsBounded() {
        long limit = 1_500_000;
        var bounded =
                new ConstraintCompiler(
                        TokenTrie.of(256, id -> new byte[] {(byte) id}),
                        Long.MAX_VALUE,
                        Long.MAX_VALUE,
                        limit);
        var all =
                IntStream.range(0, 6)
                        .mapToObj(i -> bounded.compile(new ConstraintDefinition.Text(text(i))))
                        .toList();
        for (int i = 0; i < 6; i++) {
            var constraint = all.get(i);
            var state = constraint.start();
            for (byte b : text(i).getBytes(StandardCharsets.UTF_8)) {
                assertThat(constraint.mask(state).allows(b)).isTrue();
                state = requireNonNull(constraint.accept(state, b));
                assertThat(all.stream().mapToLong(Constraint::rememberedBytes).sum())
                        .isLessThanOrEqualTo(limit);
            }
            assertThat(state.isComplete()).isTrue();
        }
    }

    @Test
    void refusedRequestsLeaveNoMemory() {
        var alternatives =
                IntStream.rangeClosed(1, 129)
                        .mapToObj("{\"type\":\"string\",\"maxLength\":%d}"::formatted)
                        .collect(Collectors.joining(","));
        var schema = new ConstraintDefinition.JsonSchema("{\"anyOf\":[" + alternatives + "]}");
        long before = compiler.rememberedBytes();
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(ConstraintException.class)
                    .isThrownBy(() -> compiler.compile(schema));
        }
        assertThat(compiler.rememberedBytes()).isEqualTo(before);
    }

    private static String text(int i) {
        return ("text " + i).repeat(100);
    }
}
