package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Masks of constraints whose states share parts, against the tokens that are accepted. */
class MaskTest {
    private static final TestVocabulary VOCABULARY = TestVocabulary.random(new Random(11));
    private static final int TOKENS = 120;

    static List<ConstraintDefinition> constraints() {
        var constraints = new ArrayList<ConstraintDefinition>();
        for (var regex :
                List.of(
                        "[a-z \":,]{150,200}",
                        "([a-z]{3}[0-9\"]){40,80}x?",
                        "(a|b|[c-z\" ]{2}){100}",
                        ".{120}\\}?")) {
            constraints.add(new ConstraintDefinition.Regex(regex));
        }
        for (var schema :
                List.of(
                        "{\"type\":\"string\",\"minLength\":20,\"maxLength\":25}",
                        "{\"type\":\"string\",\"pattern\":\"^[a-z ]*$\",\"maxLength\":30}",
                        "{\"type\":\"string\",\"pattern\":\"^(ab|[c-e]{3})+\",\"maxLength\":12}",
                        "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":2},\"minItems\":5,\"maxItems\":9}",
                        "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":3}}}}",
                        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"ab\":{\"type\":\"integer\"},\"b\":{\"type\":\"string\"}}}},\"b\":{\"type\":\"string\",\"maxLength\":1}}}",
                        "{\"enum\":[%s]}"
                                .formatted(
                                        IntStream.range(0, 200)
                                                .mapToObj(i -> "\"w%d\",%d".formatted(i * 7, i))
                                                .collect(Collectors.joining(","))))) {
            constraints.add(new ConstraintDefinition.JsonSchema(schema));
        }
        constraints.add(
                new ConstraintDefinition.Choice(
                        IntStream.range(0, 3000).mapToObj(i -> "a" + i * 31 + "\": ").toList()));
        constraints.add(new ConstraintDefinition.JsonObject());
        return constraints;
    }

    @ParameterizedTest
    @MethodSource("constraints")
    void masksHaveTheAcceptedTokens(ConstraintDefinition definition) {
        var constraint = VOCABULARY.compiler().compile(definition);
        for (int seed = 0; seed < 2; seed++) {
            var random = new Random(seed);
            var state = constraint.start();
            for (int i = 0; i < TOKENS && !state.isEnd(); i++) {
                var allowed = VOCABULARY.allowed(constraint, state);
                var mask = constraint.mask(state);
                assertThat(masked(mask)).isEqualTo(allowed).isNotEmpty();
                assertThat(written(mask)).isEqualTo(allowed);
                var next = List.copyOf(allowed).get(random.nextInt(allowed.size()));
                state = requireNonNull(constraint.accept(state, next));
            }
        }
    }

    private static Set<Integer> masked(TokenMask mask) {
        return IntStream.range(0, VOCABULARY.size() + 100)
                .filter(mask::allows)
                .boxed()
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<Integer> written(TokenMask mask) {
        var words = new long[VOCABULARY.size() / 64 + 2];
        mask.addTo(words);
        return IntStream.range(0, 64 * words.length)
                .filter(token -> (words[token >> 6] & (1L << token)) != 0)
                .boxed()
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @ParameterizedTest
    @MethodSource("constraints")
    void masksDoNotDependOnForgottenStates(ConstraintDefinition definition) {
        var constraint = VOCABULARY.compiler().compile(definition);
        var other = VOCABULARY.compiler().compile(definition);
        var random = new Random(3);
        var state = constraint.start();
        var fresh = other.start();
        for (int i = 0; i < TOKENS && !state.isEnd(); i++) {
            if (i % 3 == 0) {
                constraint.forget();
            }
            var allowed = masked(constraint.mask(state));
            assertThat(allowed).isEqualTo(masked(other.mask(fresh)));
            var next = List.copyOf(allowed).get(random.nextInt(allowed.size()));
            state = requireNonNull(constraint.accept(state, next));
            fresh = requireNonNull(other.accept(fresh, next));
        }
    }

    @Test
    void theRestOfTokensIsATrieOfItsOwn() {
        var texts = List.of("aX", "bX", "bXY", "bZ", "cX", "a", "abXa");
        var trie = TokenTrie.of(texts.size(), id -> texts.get(id).getBytes(UTF_8)).paths();
        var nodes = new ArrayList<Integer>();
        for (int node = 1; node < trie.size(); node++) {
            if (trie.depth(node) == 1 && trie.byteOf(node) != 'c') {
                nodes.add(node);
            }
        }
        var rest = trie.behind(nodes.stream().mapToInt(Integer::intValue).toArray());
        assertThat(paths(rest)).containsExactly("X", "XY", "Z", "b", "bX", "bXa");
        var tokens = new TokenSet.Builder();
        rest.addTokens(1, tokens);
        assertThat(tokens.build(400).has(0) && tokens.build(400).has(1)).isTrue();
        assertThat(tokens.build(400).has(4)).isFalse();
    }

    private static List<String> paths(ByteTrie trie) {
        var paths = new ArrayList<String>();
        var path = new StringBuilder();
        for (int node = 1; node < trie.size(); node++) {
            path.setLength(trie.depth(node) - 1);
            path.append((char) trie.byteOf(node));
            paths.add(path.toString());
        }
        return paths;
    }
}
