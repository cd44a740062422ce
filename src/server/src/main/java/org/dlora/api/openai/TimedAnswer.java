package org.dlora.api.openai;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationEvent.Prompt;
import org.dlora.replica.GenerationEvent.Token;
import org.dlora.replica.TokenLogprobs;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Answer of a call's one sequence, with the times of its tokens. */
final class TimedAnswer {
    private final Call call;
    private final long begun = System.nanoTime();
    private final StringBuilder text = new StringBuilder();
    private final List<ChatAnswer.Token> tokens = new ArrayList<>();
    private @Nullable Duration first;
    private @Nullable ChatAnswer whole;

    private TimedAnswer(Call call) {
        this.call = call;
    }

    static Mono<ChatAnswer> collect(Call call, Flux<RunningCall.Emission> emissions) {
        return emissions
                .collect(() -> new TimedAnswer(call), TimedAnswer::add)
                .map(TimedAnswer::whole);
    }

    private void add(RunningCall.Emission emission) {
        switch (emission.event()) {
            case Prompt _ -> {}
            case Token token -> {
                if (first == null) {
                    first = elapsed();
                }
                text.append(token.text());
                if (token.logprobs() != null) {
                    tokens.add(token(token.text(), token.logprobs()));
                }
            }
            case Finished finished -> {
                text.append(finished.text());
                whole = answer(finished);
            }
            case Failed failed -> throw ApiException.failed(failed);
        }
    }

    private ChatAnswer answer(Finished finished) {
        return new ChatAnswer(
                call.id(),
                call.model(),
                call.selected().label().orElse(null),
                text.toString(),
                Transcript.finishReason(finished.reason()),
                finished.promptTokens(),
                finished.outputTokens(),
                first,
                elapsed(),
                List.copyOf(tokens));
    }

    private ChatAnswer.Token token(String text, TokenLogprobs logprobs) {
        var tokenizer = call.served().tokenizer();
        return new ChatAnswer.Token(
                text,
                Logprob.finite(logprobs.token().logprob()),
                logprobs.top().stream()
                        .map(one ->
                                new ChatAnswer.Alternative(
                                        TokenText.of(tokenizer, one.token()),
                                        Logprob.finite(one.logprob())))
                        .toList());
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    private ChatAnswer whole() {
        if (whole == null) {
            throw new IllegalStateException("The sequence has not ended.");
        }
        return whole;
    }
}
