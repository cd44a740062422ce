package org.dlora.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** A vocabulary of all bytes and of pieces of JSON, some of which end inside a character. */
final class TestVocabulary {
    private static final int PIECES = 3000;
    private static final int MAX_TOKENS = 600;

    private final List<byte[]> tokens;

    private TestVocabulary(List<byte[]> tokens) {
        this.tokens = tokens;
    }

    static TestVocabulary random(RandomGenerator random) {
        var tokens = new ArrayList<byte[]>();
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        var pieces = new LinkedHashSet<List<Byte>>();
        var texts = SchemaCase.all().stream().flatMap(one -> one.valid().stream()).toList();
        while (pieces.size() < PIECES) {
            byte[] text = texts.get(random.nextInt(texts.size())).getBytes(UTF_8);
            int from = random.nextInt(text.length);
            int to = Math.min(text.length, from + 2 + random.nextInt(6));
            if (to - from > 1 || random.nextInt(100) == 0) {
                pieces.add(boxed(Arrays.copyOfRange(text, from, to)));
            }
        }
        pieces.forEach(piece -> tokens.add(unboxed(piece)));
        tokens.add("\": \"".getBytes(UTF_8)); // A second token of some bytes.
        tokens.add("ab".getBytes(UTF_8));
        tokens.add("ab".getBytes(UTF_8));
        return new TestVocabulary(tokens);
    }

    private static List<Byte> boxed(byte[] bytes) {
        var list = new ArrayList<Byte>();
        for (byte b : bytes) {
            list.add(b);
        }
        return list;
    }

    private static byte[] unboxed(List<Byte> list) {
        var bytes = new byte[list.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = list.get(i);
        }
        return bytes;
    }

    int size() {
        return tokens.size();
    }

    byte[] token(int id) {
        return tokens.get(id);
    }

    ConstraintCompiler compiler() {
        return new ConstraintCompiler(TokenTrie.of(tokens.size(), tokens::get));
    }

    /** Returns the tokens of a text, cut at random places. */
    List<Integer> split(String text, RandomGenerator random) {
        byte[] bytes = text.getBytes(UTF_8);
        var split = new ArrayList<Integer>();
        for (int at = 0; at < bytes.length; ) {
            var fitting = new ArrayList<Integer>();
            for (int id = 0; id < tokens.size(); id++) {
                var token = tokens.get(id);
                if (at + token.length <= bytes.length
                        && Arrays.equals(token, Arrays.copyOfRange(bytes, at, at + token.length))) {
                    fitting.add(id);
                }
            }
            int id = fitting.get(random.nextInt(fitting.size()));
            split.add(id);
            at += tokens.get(id).length;
        }
        return split;
    }

    /** Returns the tokens that the mask of a state should have, one by one. */
    Set<Integer> allowed(Constraint constraint, ConstraintState state) {
        var allowed = new LinkedHashSet<Integer>();
        for (int id = 0; id < tokens.size(); id++) {
            if (constraint.accept(state, id) != null) {
                allowed.add(id);
            }
        }
        return allowed;
    }

    String text(List<Integer> ids) {
        var bytes = new ByteArrayOutputStream();
        ids.forEach(id -> bytes.writeBytes(tokens.get(id)));
        return bytes.toString(UTF_8);
    }

    /** Returns a text by random tokens; empty if it has not ended after many. */
    Optional<String> walk(Constraint constraint, RandomGenerator random) {
        var state = constraint.start();
        var ids = new ArrayList<Integer>();
        while (!state.isEnd() && (!state.isComplete() || random.nextBoolean())) {
            var mask = constraint.mask(state);
            var allowed = new ArrayList<Integer>();
            for (int id = 0; id < tokens.size(); id++) {
                if (mask.allows(id)) {
                    allowed.add(id);
                }
            }
            assertThat(allowed).as(text(ids)).isNotEmpty();
            int token = choose(allowed, random);
            state = constraint.accept(state, token);
            if (state == null) {
                return fail("A token of the mask was not accepted");
            }
            ids.add(token);
            if (ids.size() == MAX_TOKENS) {
                return Optional.empty();
            }
        }
        return Optional.of(text(ids));
    }

    /** Chooses what ends strings, arrays and objects in half of the cases. */
    static int choose(List<Integer> allowed, RandomGenerator random) {
        var ends =
                allowed.stream()
                        .filter(id -> id == '"' || id == '}' || id == ']' || id == 'n')
                        .toList();
        var from = ends.isEmpty() || random.nextInt(2) == 0 ? allowed : ends;
        return from.get(random.nextInt(from.size()));
    }
}
