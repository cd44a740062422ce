package org.dlora.api.openai;

import java.util.List;
import org.dlora.model.Tokenizer;
import org.dlora.replica.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/** Log-probabilities in the chat endpoint's format. */
public record ChatLogprobs(List<Entry> content, @Nullable String refusal) {

    public record Entry(String token, float logprob, int[] bytes, List<Alternative> topLogprobs) {}

    public record Alternative(String token, float logprob, int[] bytes) {}

    static ChatLogprobs of(Tokenizer tokenizer, List<TokenLogprobs> logprobs) {
        return new ChatLogprobs(logprobs.stream().map(l -> entry(tokenizer, l)).toList(), null);
    }

    private static Entry entry(Tokenizer tokenizer, TokenLogprobs logprobs) {
        var chosen = alternative(tokenizer, logprobs.token());
        return new Entry(
                chosen.token(),
                chosen.logprob(),
                chosen.bytes(),
                logprobs.top().stream().map(e -> alternative(tokenizer, e)).toList());
    }

    private static Alternative alternative(Tokenizer tokenizer, TokenLogprobs.Entry entry) {
        return new Alternative(
                TokenText.of(tokenizer, entry.token()),
                Logprob.finite(entry.logprob()),
                TokenText.bytes(tokenizer, entry.token()));
    }
}
