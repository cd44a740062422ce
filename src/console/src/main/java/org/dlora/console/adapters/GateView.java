package org.dlora.console.adapters;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GatePrompt;
import org.jspecify.annotations.Nullable;

/**
 * The gate of an adapter with the fields of its form.
 *
 * @param hash of the gate in force; empty if there is none
 * @param prompts with fields; those that a form cannot hold are kept as they are
 */
record GateView(String hash, List<Prompt> prompts) {

    /**
     * A golden prompt.
     *
     * @param index in the gate, from 0
     * @param isChat whether it is the message of a user, and not the begin of a text
     * @param isKept whether a form cannot hold it: it has several messages, or recorded tokens
     * @param text the prompt, or its messages in words
     * @param expected answer; null if tokens are compared
     * @param divergence nats; null if the text is compared
     */
    record Prompt(
            int index,
            boolean isChat,
            boolean isKept,
            String text,
            int maxTokens,
            @Nullable String expected,
            @Nullable Double divergence) {
        static Prompt of(int index, GatePrompt prompt) {
            var messages = prompt.messages();
            boolean isPlain =
                    prompt.recorded().isEmpty()
                            && (messages.isEmpty()
                                    || (messages.size() == 1
                                            && messages.getFirst().role().equals("user")));
            return new Prompt(
                    index,
                    !messages.isEmpty(),
                    !isPlain,
                    messages.isEmpty()
                            ? prompt.text()
                            : isPlain
                                    ? messages.getFirst().content()
                                    : messages.stream()
                                            .map(one -> one.role() + ": " + one.content())
                                            .collect(Collectors.joining("\n")),
                    prompt.maxTokens(),
                    prompt.expected().orElse(null),
                    prompt.recorded().map(GatePrompt.RecordedTokens::maxDivergence).orElse(null));
        }
    }

    static GateView of(@Nullable Gate gate) {
        if (gate == null) {
            return new GateView("", List.of());
        }
        var prompts = new ArrayList<Prompt>();
        for (int i = 0; i < gate.prompts().size(); i++) {
            prompts.add(Prompt.of(i, gate.prompts().get(i)));
        }
        return new GateView(gate.hash(), prompts);
    }
}
