package org.dlora.catalogue.versions;

import java.util.List;
import java.util.Optional;

/**
 * A golden prompt with its criterion: the expected text, or the recorded tokens.
 *
 * @param messages of a chat; empty for a text completion
 * @param text prompt of a text completion; empty for a chat
 * @param maxTokens most output tokens
 * @param expected the whole answer; empty if the criterion is {@code recorded}
 * @param recorded tokens whose log-probabilities are compared; empty if the criterion is {@code
 *     expected}
 */
public record GatePrompt(
        List<GateMessage> messages,
        String text,
        int maxTokens,
        Optional<String> expected,
        Optional<RecordedTokens> recorded) {

    public GatePrompt {
        messages = List.copyOf(messages);
        if (messages.isEmpty() == text.isEmpty() || expected.isPresent() == recorded.isPresent()) {
            throw new IllegalArgumentException(
                    "A golden prompt has messages or a text, and an expected text or recorded tokens");
        }
    }

    /** A message of a chat. */
    public record GateMessage(String role, String content) {}

    /**
     * Tokens of an answer with their log-probabilities in the model that gave it.
     *
     * @param tokens ids, at least one
     * @param logprobs natural logarithm of each token's probability, of the raw logits
     * @param maxDivergence largest difference to a log-probability that passes, nats
     */
    public record RecordedTokens(
            List<Integer> tokens, List<Double> logprobs, double maxDivergence) {
        public RecordedTokens {
            tokens = List.copyOf(tokens);
            logprobs = List.copyOf(logprobs);
            if (tokens.isEmpty() || tokens.size() != logprobs.size()) {
                throw new IllegalArgumentException(
                        "Recorded tokens need a log-probability each, given were %d tokens and %d log-probabilities"
                                .formatted(tokens.size(), logprobs.size()));
            }
        }
    }
}
