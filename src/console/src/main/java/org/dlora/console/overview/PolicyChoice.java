package org.dlora.console.overview;

import java.util.Arrays;
import java.util.List;
import org.dlora.scheduling.policy.PolicyKind;

/**
 * A policy as the page offers it.
 *
 * @param words one sentence on what it does
 */
record PolicyChoice(String name, String words) {

    /** Lists all policies. */
    static List<PolicyChoice> all() {
        return Arrays.stream(PolicyKind.values())
                .map(kind -> new PolicyChoice(kind.label(), words(kind)))
                .toList();
    }

    private static String words(PolicyKind kind) {
        return switch (kind) {
            case UNMERGED ->
                    "Runs requests of all adapters in one batch, in the order of arrival, and merges nothing.";
            case MERGED ->
                    "Merges the adapter of the oldest request and runs its requests alone; a baseline to compare with.";
            case DLORA_PAPER ->
                    "Merges an adapter with many requests and goes back by credits, as the dLoRA paper has it.";
            case DLORA ->
                    "Merges an adapter when that is predicted to give more tokens per second, with a fair share for all others.";
        };
    }
}
