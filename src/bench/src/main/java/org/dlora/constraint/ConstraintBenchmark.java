package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Masks and states of a document of a schema of 50 properties, and its compilation, at a vocabulary
 * of 150,000 tokens. Strings of bounded and unbounded lengths, nested objects and lists.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class ConstraintBenchmark {
    private static final int VOCABULARY = 150_000;
    private static final int TOKENS = 400;

    private ConstraintCompiler compiler;
    private final List<ConstraintDefinition> definitions = new ArrayList<>();
    private int next;
    private Constraint constraint;
    private final long[] words = new long[(VOCABULARY + 63) / 64];
    private final List<ConstraintState> states = new ArrayList<>();
    private final List<Integer> tokens = new ArrayList<>();

    @Setup
    public void setUp() {
        var trie = vocabulary();
        compiler = new ConstraintCompiler(trie, 0, Long.MAX_VALUE, Long.MAX_VALUE);
        for (var title : List.of("one", "other")) {
            definitions.add(new ConstraintDefinition.JsonSchema(schema(title)));
        }
        constraint = new ConstraintCompiler(trie).compile(definitions.getFirst());
        var random = new Random(1);
        var state = constraint.start();
        while (tokens.size() < TOKENS) {
            if (state.isEnd()) {
                state = constraint.start();
            }
            var mask = constraint.mask(state);
            int token = random.nextInt(VOCABULARY);
            while (!mask.allows(token)) {
                token = (token + 1) % VOCABULARY;
            }
            states.add(state);
            tokens.add(token);
            state = Objects.requireNonNull(constraint.accept(state, token));
        }
    }

    private static TokenTrie vocabulary() {
        var random = new Random(2);
        var tokens = new ArrayList<byte[]>();
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        var letters = "etaoinshrdlucmfwypvbgkjqxz ETA,.\":{}[]0123456789_-\n\\é世";
        int[] points = letters.codePoints().toArray();
        while (tokens.size() < VOCABULARY) {
            var text = new StringBuilder(random.nextInt(3) == 0 ? " " : "");
            for (int n = 2 + random.nextInt(8); n > 0; n--) {
                double skewed = random.nextDouble() * random.nextDouble();
                text.appendCodePoint(points[(int) (skewed * points.length)]);
            }
            tokens.add(text.toString().getBytes(UTF_8));
        }
        return TokenTrie.of(VOCABULARY, tokens::get);
    }

    private static String schema(String title) {
        var kinds =
                List.of(
                        "{\"type\":\"string\"}",
                        "{\"type\":\"string\",\"maxLength\":80,\"minLength\":3}",
                        "{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000}",
                        "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\"},\"tag\":{\"enum\":[\"a\",\"b\"]}},\"required\":[\"id\"]}}",
                        "{\"anyOf\":[{\"type\":\"string\",\"format\":\"date-time\"},{\"type\":\"null\"}]}");
        return "{\"title\":\"%s\",\"type\":\"object\",\"properties\":{".formatted(title)
                + IntStream.range(0, 50)
                        .mapToObj(i -> "\"property_" + i + "\":" + kinds.get(i % kinds.size()))
                        .collect(Collectors.joining(","))
                + "},\"required\":[\"property_0\",\"property_7\"]}";
    }

    /** A mask as bits, whose parts are cached, as of the second document on. */
    @Benchmark
    @OperationsPerInvocation(TOKENS)
    public void mask(Blackhole hole) {
        states.forEach(state -> hole.consume(bits(state)));
    }

    /** A mask as bits in the first document of a constraint. */
    @Benchmark
    @OperationsPerInvocation(TOKENS)
    public void firstMask(Blackhole hole) {
        constraint.forget();
        states.forEach(state -> hole.consume(bits(state)));
    }

    private long[] bits(ConstraintState state) {
        Arrays.fill(words, 0);
        constraint.mask(state).addTo(words);
        return words;
    }

    @Benchmark
    @OperationsPerInvocation(TOKENS)
    public void accept(Blackhole hole) {
        for (int i = 0; i < TOKENS; i++) {
            hole.consume(constraint.accept(states.get(i), tokens.get(i)));
        }
    }

    /** Compilation alone, without the masks; the last constraint is let go. */
    @Benchmark
    public Constraint compile() {
        next = 1 - next;
        return compiler.compile(definitions.get(next));
    }
}
