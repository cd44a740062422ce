package org.dlora.api.admin.history;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.model.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * One ended request with all that is kept of it.
 *
 * @param parameters JSON of its sampling and stop parameters
 * @param promptHash SHA-256 of the prompt's token ids, null if not kept
 * @param tokenHashes a hash for each output token, over it and all before: 16 hexadecimal digits
 * @param tokenLogprobs log-probabilities of the answer's tokens, null unless it asked for them
 * @param prompt text of the prompt's tokens, null unless texts are kept
 * @param answer null unless texts are kept
 * @param answerTokens ids of the answer's tokens, null unless texts are kept
 * @param course its interruptions, in order
 * @param shadow null if it had none
 */
@JsonNaming(SnakeCaseStrategy.class)
record RequestDetailBody(
        @JsonUnwrapped EndedRequest request,
        @JsonRawValue String parameters,
        @Nullable String promptHash,
        List<String> tokenHashes,
        float @Nullable [] tokenLogprobs,
        @Nullable String prompt,
        int @Nullable [] promptTokenIds,
        @Nullable String answer,
        int @Nullable [] answerTokens,
        List<Mark> course,
        @Nullable ShadowedBody shadow) {

    /**
     * An interruption of the request, or its end.
     *
     * @param kind {@code preempted}, {@code moved}, {@code arrived}, {@code lost}, {@code rescued}
     *     or {@code resumed}
     * @param replica that has the request from then on; where it moves to; or that was lost
     */
    record Mark(Instant at, String kind, String replica) {}

    static RequestDetailBody of(
            RequestRecord row, Tokenizer tokenizer, @Nullable ShadowedBody shadow) {
        var text = row.text();
        return new RequestDetailBody(
                row.ended(),
                row.parameters(),
                row.promptHash(),
                hashes(row.tokenHashes()),
                row.logprobs(),
                text == null ? null : tokenizer.decode(text.prompt(), false),
                text == null ? null : text.prompt(),
                text == null ? null : text.answer(),
                text == null ? null : text.tokens(),
                row.course().stream()
                        .map(mark -> new Mark(mark.at(), mark.kind().word(), mark.replica()))
                        .toList(),
                shadow);
    }

    private static List<String> hashes(byte[] chain) {
        return IntStream.range(0, chain.length / TokenChain.BYTES)
                .mapToObj(i ->
                        HexFormat.of()
                                .formatHex(chain, i * TokenChain.BYTES, (i + 1) * TokenChain.BYTES))
                .toList();
    }
}
