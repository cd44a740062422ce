package org.dlora.catalogue.versions;

import java.util.List;

/**
 * Golden prompts of an adapter. A version gets requests that do not name it only after it has
 * answered all of them as expected.
 *
 * @param prompts in the order in which they are run
 */
public record Gate(List<GatePrompt> prompts) {
    /** Most prompts of a gate. */
    public static final int MAX_PROMPTS = 64;

    /**
     * @throws IllegalArgumentException if there is no prompt, or there are too many; the message is
     *     a sentence without a full stop
     */
    public Gate {
        if (prompts.isEmpty() || prompts.size() > MAX_PROMPTS) {
            throw new IllegalArgumentException(
                    "A gate needs 1 to %d prompts, given were %d"
                            .formatted(MAX_PROMPTS, prompts.size()));
        }
        prompts = List.copyOf(prompts);
    }

    /** Returns a hash of all prompts and criteria: 64 characters of lower-case hex. */
    public String hash() {
        return ContentDigest.of("gate 1\n" + this);
    }
}
