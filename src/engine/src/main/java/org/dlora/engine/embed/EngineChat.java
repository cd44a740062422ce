package org.dlora.engine.embed;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A conversation that an adapter or the base model answers.
 *
 * @param adapter name of the adapter; empty for the base model
 * @param messages each with {@code role} and {@code content}, as chat templates read them
 * @param maxTokens most tokens of the answer; empty = as many as the model allows
 * @param temperature 0 = the likeliest token each time
 * @param seed of the sampling; empty = another one each time
 */
public record EngineChat(
        String adapter,
        List<Map<String, String>> messages,
        OptionalInt maxTokens,
        double temperature,
        OptionalLong seed) {

    public EngineChat {
        messages = List.copyOf(messages);
    }

    /** Returns the conversation of one message of a user, to be answered greedily. */
    public static EngineChat of(String adapter, String text) {
        return new EngineChat(
                adapter,
                List.of(Map.of("role", "user", "content", text)),
                OptionalInt.empty(),
                0,
                OptionalLong.empty());
    }

    /** Returns a copy with a limit of the answer. */
    public EngineChat withMaxTokens(int tokens) {
        return new EngineChat(adapter, messages, OptionalInt.of(tokens), temperature, seed);
    }

    /** Returns a copy whose answer is sampled. */
    public EngineChat sampled(double atTemperature, long withSeed) {
        return new EngineChat(
                adapter, messages, maxTokens, atTemperature, OptionalLong.of(withSeed));
    }
}
