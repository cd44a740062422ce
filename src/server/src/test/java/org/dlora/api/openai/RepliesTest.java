package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.ChatCompletionsTest.chat;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.replica.request.FinishReason;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests of the threads on which answers are made. */
class RepliesTest extends ApiTest {

    /** A reason to stop that remembers who wrote it. */
    private record Stop(AtomicReference<@Nullable Thread> writer) {
        @JsonValue
        String text() {
            writer.set(Thread.currentThread());
            return "END";
        }
    }

    /** Issue 12: megabytes of log-probabilities kept all connections of an event loop waiting. */
    @Test
    void wholeAnswersAreNotWrittenAsJsonOnAnEventLoop() {
        var stop = new Stop(new AtomicReference<>());
        engine.answer(Events.token('a'), Events.finished(FinishReason.STOP, "", stop, 5, 0, 1));
        var answer = ask("/v1/chat/completions", chat("demo", ""));
        assertThat(answer.at("/choices/0/stop_reason").asString()).isEqualTo("END");
        assertThat(String.valueOf(stop.writer().get())).contains("answers-");
    }
}
