package org.dlora.model.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.dlora.model.Golden;
import org.jspecify.annotations.Nullable;

class TokenStreamTest {
    private static @Nullable Tokenizer byteLevel;
    private static @Nullable Tokenizer byteFallback;

    private static Tokenizer opened(@Nullable Tokenizer tokenizer) {
        return requireNonNull(tokenizer);
    }

    @BeforeContainer
    static void open() {
        byteLevel = Tokenizer.open(Golden.model("llama-gqa"));
        byteFallback = Tokenizer.open(Golden.model("mistral"));
    }

    @AfterContainer
    static void close() {
        opened(byteLevel).close();
        opened(byteFallback).close();
    }

    @Property(tries = 500)
    void byteLevelTextEqualsDecodingAllAtOnceButForAnUnfinishedCharacter(
            @ForAll("tokens") int[] ids, @ForAll boolean skipSpecialTokens) {
        var streamed = streamed(opened(byteLevel), ids, skipSpecialTokens);
        assertThat(opened(byteLevel).decode(ids, skipSpecialTokens))
                .isIn(streamed, streamed + "\uFFFD");
    }

    @Property(tries = 500)
    void byteFallbackTextEqualsDecodingAllAtOnceButForInvalidBytes(
            @ForAll("tokens") int[] ids, @ForAll boolean skipSpecialTokens) {
        var whole = opened(byteFallback).decode(ids, skipSpecialTokens);
        var streamed = streamed(opened(byteFallback), ids, skipSpecialTokens);
        if (whole.indexOf('\uFFFD') < 0) {
            assertThat(streamed).isEqualTo(whole);
        } else if (streamed.indexOf('\uFFFD') < 0) {
            // All that is invalid is an unfinished character at the end.
            assertThat(IntStream.range(0, ids.length))
                    .anyMatch(end ->
                            opened(byteFallback)
                                    .decode(Arrays.copyOf(ids, end), skipSpecialTokens)
                                    .equals(streamed));
        }
    }

    @Property(tries = 500)
    void anyTextComesBackInWholeCharacters(@ForAll @Size(max = 60) String text) {
        // "▁" is SentencePiece's own sign for a space and comes back as one.
        var wellFormed = new String(text.getBytes(UTF_8), UTF_8).replace('▁', '_');
        var stream = opened(byteFallback).stream(true);
        var back = new StringBuilder();
        for (int id : opened(byteFallback).encode(wellFormed, true)) {
            var chunk = stream.next(id);
            assertThat(chunk.codePoints()).noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
            back.append(chunk);
        }
        assertThat(back.toString()).isEqualTo(wellFormed);
    }

    @Property(tries = 1000)
    void textAfterAPromptEqualsTheTextOfBothWithoutThePrompt(
            @ForAll boolean fallback,
            @ForAll("ordinaryTokens") int[] prompt,
            @ForAll("ordinaryTokens") int[] ids,
            @ForAll boolean skipSpecialTokens) {
        var tokenizer = opened(fallback ? byteFallback : byteLevel);
        var both = IntStream.concat(Arrays.stream(prompt), Arrays.stream(ids)).toArray();
        var before = text(tokenizer.stream(skipSpecialTokens), prompt);
        var after = tokenizer.streamAfter(prompt, skipSpecialTokens);
        assertThat(before + text(after, ids))
                .isEqualTo(streamed(tokenizer, both, skipSpecialTokens));
    }

    @Example
    void anAnswerThatEndsInsideACharacterHasNothingOfIt() {
        for (var tokenizer : List.of(opened(byteLevel), opened(byteFallback))) {
            var bytes = bytesAsTokens(tokenizer, "a😀");
            for (int end = 1; end < bytes.length; end++) {
                assertThat(streamed(tokenizer, Arrays.copyOf(bytes, end), true)).isEqualTo("a");
            }
        }
    }

    @Example
    void aWordAfterAPromptKeepsItsSpace() {
        var tokenizer = opened(byteFallback);
        int the = tokenizer.encode("the", false)[0];
        assertThat(tokenizer.token(the)).startsWith("▁");
        assertThat(tokenizer.streamAfter(tokenizer.encode("a year", true), true).next(the))
                .startsWith(" ");
    }

    @Example
    void aWordAfterASpecialTokenBeginsATextAndHasNoSpace() {
        var tokenizer = opened(byteFallback);
        int the = tokenizer.encode("the", false)[0];
        for (int special : new int[] {1, 2}) {
            for (boolean skip : new boolean[] {true, false}) {
                var prompt = new int[] {1, the, special};
                assertThat(tokenizer.streamAfter(prompt, skip).next(the)).doesNotStartWith(" ");
            }
        }
        assertThat(tokenizer.streamAfter(new int[0], true).next(the)).doesNotStartWith(" ");
    }

    @Property
    void aCharacterThatBeginsInThePromptIsPartOfTheText(
            @ForAll("wideCharacters") String character,
            @ForAll @IntRange(min = 1, max = 3) int cut) {
        for (var tokenizer : List.of(opened(byteLevel), opened(byteFallback))) {
            var bytes = bytesAsTokens(tokenizer, "a" + character);
            int split = 1 + Math.min(cut, bytes.length - 2);
            var stream = tokenizer.streamAfter(Arrays.copyOf(bytes, split), true);
            assertThat(text(stream, Arrays.copyOfRange(bytes, split, bytes.length)))
                    .isEqualTo(character);
        }
    }

    /** Tokens of both vocabularies, with special ones and an unknown one. */
    @Provide
    Arbitrary<int[]> tokens() {
        return Arbitraries.integers().between(0, 480).array(int[].class).ofMaxSize(30);
    }

    @Provide
    Arbitrary<int[]> ordinaryTokens() {
        return Arbitraries.integers().between(3, 440).array(int[].class).ofMaxSize(12);
    }

    @Provide
    Arbitrary<String> wideCharacters() {
        return Arbitraries.integers()
                .between(0x80, Character.MAX_CODE_POINT)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .map(Character::toString);
    }

    @Property(tries = 1000)
    void aReopenedStreamContinuesAsTheFirst(
            @ForAll boolean fallback,
            @ForAll("tokens") int[] prompt,
            @ForAll("tokens") int[] ids,
            @ForAll @IntRange(max = 20) int cut,
            @ForAll boolean skipSpecialTokens) {
        var tokenizer = opened(fallback ? byteFallback : byteLevel);
        var first = tokenizer.streamAfter(prompt, skipSpecialTokens);
        var again = tokenizer.streamAfter(prompt, skipSpecialTokens);
        int told = Math.min(cut, ids.length);
        for (int i = 0; i < told; i++) {
            first.next(ids[i]);
            again.next(ids[i]);
        }
        for (int i = told; i < ids.length; i++) {
            assertThat(again.next(ids[i])).isEqualTo(first.next(ids[i]));
        }
    }

    /** The bytes of {@code text}, each as a token of its own. */
    private static int[] bytesAsTokens(Tokenizer tokenizer, String text) {
        var tokens = new HashMap<Byte, Integer>();
        for (int id = 0; id < tokenizer.vocabSize(); id++) {
            var bytes = tokenizer.tokenBytes(id);
            if (bytes.length == 1) {
                tokens.putIfAbsent(bytes[0], id);
            }
        }
        var bytes = text.getBytes(UTF_8);
        return IntStream.range(0, bytes.length)
                .map(i -> requireNonNull(tokens.get(bytes[i])))
                .toArray();
    }

    private static String streamed(Tokenizer tokenizer, int[] ids, boolean skipSpecialTokens) {
        var stream = tokenizer.stream(skipSpecialTokens);
        return text(stream, ids);
    }

    private static String text(TokenStream stream, int[] ids) {
        return Arrays.stream(ids).mapToObj(stream::next).collect(Collectors.joining());
    }
}
