package org.dlora.catalogue.gate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/** Answer to one golden prompt. It is read after {@link #await}. */
final class GateAnswer implements GenerationListener {
    private final List<Token> tokens = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private List<TokenLogprobs> promptLogprobs = List.of();
    private @Nullable GenerationEvent last;

    @Override
    public void on(GenerationEvent event) {
        switch (event) {
            case Prompt(var logprobs) -> promptLogprobs = logprobs;
            case Token token -> tokens.add(token);
            case Finished _, Failed _ -> {
                last = event;
                ended.countDown();
            }
        }
    }

    /** Returns whether the last event has come in time. */
    boolean await(Duration patience) throws InterruptedException {
        return ended.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns the last event. */
    GenerationEvent last() {
        if (last == null) {
            throw new IllegalStateException("The answer has not ended");
        }
        return last;
    }

    String text() {
        var text = new StringBuilder();
        tokens.forEach(token -> text.append(token.text()));
        if (last instanceof Finished end) {
            text.append(end.text());
        }
        return text.toString();
    }

    List<Token> tokens() {
        return tokens;
    }

    /** Returns the log-probabilities of the prompt's last {@code count} tokens. */
    List<TokenLogprobs> lastOfPrompt(int count) {
        return promptLogprobs.subList(promptLogprobs.size() - count, promptLogprobs.size());
    }
}
