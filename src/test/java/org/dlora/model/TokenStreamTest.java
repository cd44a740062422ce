package org.dlora.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
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
    void byteLevelTextIsWhatDecodingAllAtOnceGives(
            @ForAll @Size(max = 40) @IntRange(max = 447) int[] ids,
            @ForAll boolean skipSpecialTokens) {
        assertThat(streamed(opened(byteLevel), ids, skipSpecialTokens))
                .isEqualTo(opened(byteLevel).decode(ids, skipSpecialTokens));
    }

    @Property(tries = 500)
    void byteFallbackTextIsWhatDecodingAllAtOnceGivesButForInvalidBytes(
            @ForAll @Size(max = 40) @IntRange(max = 479) int[] ids,
            @ForAll boolean skipSpecialTokens) {
        var whole = opened(byteFallback).decode(ids, skipSpecialTokens);
        var streamed = streamed(opened(byteFallback), ids, skipSpecialTokens);
        if (whole.indexOf('\uFFFD') < 0) {
            assertThat(streamed).isEqualTo(whole);
        } else {
            assertThat(streamed).contains("\uFFFD");
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
        assertThat(stream.flush()).isEmpty();
        assertThat(back.toString()).isEqualTo(wellFormed);
    }

    private static String streamed(Tokenizer tokenizer, int[] ids, boolean skipSpecialTokens) {
        var stream = tokenizer.stream(skipSpecialTokens);
        return Arrays.stream(ids).mapToObj(stream::next).collect(Collectors.joining())
                + stream.flush();
    }
}
