package org.dlora.app;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The greedy answers of adapters, each alone in the memory.
 *
 * @param answers of each adapter to the prompts
 * @param streams of each adapter, a long answer to the first prompt
 * @param adapterBytes memory that each of the adapters takes
 */
record LearnedAnswers(
        Map<String, List<String>> answers, Map<String, String> streams, long adapterBytes) {
    static final List<String> PROMPTS =
            List.of("The quick brown fox", "pack my box", "five old cats", "Jump over that");
    static final int TOKENS = 8;
    static final int STREAM_TOKENS = 60;

    static LearnedAnswers learn(AdapterCalls calls, List<String> names) throws Exception {
        var answers = new HashMap<String, List<String>>();
        var streams = new HashMap<String, String>();
        for (var name : names) {
            for (var other : calls.resident()) {
                assertThat(calls.administer(other, "evict").status()).isEqualTo(200);
            }
            await().atMost(30, SECONDS).until(() -> calls.metric("dlora_adapter_bytes") == 0);
            assertThat(calls.administer(name, "load").status()).isEqualTo(200);
            var texts = new ArrayList<String>();
            for (var prompt : PROMPTS) {
                texts.add(calls.ask(name, prompt, TOKENS, false).text());
            }
            answers.put(name, texts);
            streams.put(name, calls.ask(name, PROMPTS.getFirst(), STREAM_TOKENS, false).text());
            assertThat(calls.resident()).containsExactly(name);
        }
        for (int i = 0; i < PROMPTS.size(); i++) {
            int prompt = i;
            assertThat(answers.values().stream().map(texts -> texts.get(prompt)))
                    .doesNotHaveDuplicates();
        }
        return new LearnedAnswers(answers, streams, (long) calls.metric("dlora_adapter_bytes"));
    }

    /** Returns the answer of {@code adapter} to prompt {@code prompt}. */
    String answer(String adapter, int prompt) {
        return requireNonNull(answers.get(adapter)).get(prompt);
    }

    /** Returns the long answer of {@code adapter} to the first prompt. */
    String stream(String adapter) {
        return requireNonNull(streams.get(adapter));
    }
}
