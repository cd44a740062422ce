package org.dlora.operate.adapters;

import java.util.List;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.operate.CommandRefusedException;

/** Limits of the golden prompts of a gate. */
public final class GateLimits {
    /** Tokens of an answer at most, of a prompt that names none. */
    public static final int USUAL_TOKENS = 64;

    public static final int MOST_TOKENS = 4096;
    public static final double MOST_DIVERGENCE = 1000;

    private GateLimits() {}

    /**
     * Checks prompts.
     *
     * @throws CommandRefusedException if there are too many, or one exceeds a limit
     */
    static void check(List<GateDraft> prompts) {
        if (prompts.isEmpty() || prompts.size() > Gate.MAX_PROMPTS) {
            throw CommandRefusedException.invalid(
                    "prompts",
                    "'prompts' must be an array of 1 to %d prompts, but is an array of %d."
                            .formatted(Gate.MAX_PROMPTS, prompts.size()));
        }
        for (int i = 0; i < prompts.size(); i++) {
            var prompt = prompts.get(i);
            var path = "prompts[" + i + "]";
            if (prompt.maxTokens() < 1 || prompt.maxTokens() > MOST_TOKENS) {
                throw wrong(
                        path + ".max_tokens",
                        "an integer from 1 to " + MOST_TOKENS,
                        String.valueOf(prompt.maxTokens()));
            }
            double bound = prompt.maxDivergence().orElse(0);
            if (!(bound >= 0 && bound <= MOST_DIVERGENCE)) {
                throw wrong(
                        path + ".max_divergence",
                        "a number from 0 to " + (int) MOST_DIVERGENCE,
                        String.valueOf(bound));
            }
        }
    }

    private static CommandRefusedException wrong(String path, String expected, String found) {
        return CommandRefusedException.invalid(
                path, "'%s' must be %s, but is %s.".formatted(path, expected, found));
    }
}
