package org.dlora.catalogue.versions;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A golden prompt as an administrator gives it. Without an expectation, the version that the
 * adapter's name stands for answers it, and its answer becomes the expectation.
 *
 * @param messages of a chat; empty for a text completion
 * @param text prompt of a text completion; empty for a chat
 * @param maxTokens most output tokens
 * @param expected the whole answer
 * @param recorded tokens with log-probabilities
 * @param maxDivergence nats; present if log-probabilities are to be recorded and compared
 */
public record GateDraft(
        List<GatePrompt.GateMessage> messages,
        String text,
        int maxTokens,
        Optional<String> expected,
        Optional<GatePrompt.RecordedTokens> recorded,
        OptionalDouble maxDivergence) {

    public GateDraft {
        messages = List.copyOf(messages);
    }

    /** Returns whether it has an expectation. */
    public boolean isComplete() {
        return expected.isPresent() || recorded.isPresent();
    }

    /**
     * Returns the prompt with its own expectation.
     *
     * @throws IllegalArgumentException if it has none
     */
    public GatePrompt complete() {
        return new GatePrompt(messages, text, maxTokens, expected, recorded);
    }

    /**
     * Returns whether a prompt is this one, with the same criterion or an answer recorded for it.
     */
    public boolean isMetBy(GatePrompt prompt) {
        if (isComplete()) {
            return complete().equals(prompt);
        }
        boolean isSamePrompt =
                messages.equals(prompt.messages())
                        && text.equals(prompt.text())
                        && maxTokens == prompt.maxTokens();
        return isSamePrompt
                && (maxDivergence.isPresent()
                        ? prompt.recorded()
                                .filter(known ->
                                        known.maxDivergence() == maxDivergence.getAsDouble())
                                .isPresent()
                        : prompt.expected().isPresent());
    }

    /** Returns the prompt with an expected text. */
    public GatePrompt expecting(String answer) {
        return new GatePrompt(messages, text, maxTokens, Optional.of(answer), Optional.empty());
    }

    /** Returns the prompt with recorded tokens. */
    public GatePrompt expecting(GatePrompt.RecordedTokens tokens) {
        return new GatePrompt(messages, text, maxTokens, Optional.empty(), Optional.of(tokens));
    }
}
