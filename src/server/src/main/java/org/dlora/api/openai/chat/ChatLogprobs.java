package org.dlora.api.openai.chat;

import java.util.List;
import org.dlora.api.openai.answer.Logprob;
import org.dlora.api.openai.answer.TokenNames;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/** Log-probabilities in the chat endpoint's format. */
public record ChatLogprobs(List<Entry> content, @Nullable String refusal) {

    public record Entry(String token, float logprob, int[] bytes, List<Alternative> topLogprobs) {}

    public record Alternative(String token, float logprob, int[] bytes) {}

    static ChatLogprobs of(TokenNames names, List<TokenLogprobs> logprobs) {
        return new ChatLogprobs(logprobs.stream().map(l -> entry(names, l)).toList(), null);
    }

    private static Entry entry(TokenNames names, TokenLogprobs logprobs) {
        var chosen = alternative(names, logprobs.token());
        return new Entry(
                chosen.token(),
                chosen.logprob(),
                chosen.bytes(),
                logprobs.top().stream().map(e -> alternative(names, e)).toList());
    }

    private static Alternative alternative(TokenNames names, TokenLogprobs.Entry entry) {
        return new Alternative(
                names.of(entry.token()),
                Logprob.finite(entry.logprob()),
                names.bytes(entry.token()));
    }
}
