package org.dlora.app.wiring;

import org.dlora.api.openai.call.ServedModel;
import org.dlora.app.device.Plural;
import org.springframework.core.env.Environment;

/**
 * The log line that ends the start: address, models, and a request to try.
 *
 * @param leftOut adapters that could not be served
 */
record Announcement(ServedModel served, int leftOut, Environment environment) {
    private static final int NAMES_SHOWN = 20;

    @Override
    public String toString() {
        var url = ServerUrl.of(environment);
        var adapters = served.models().adapters();
        var names =
                String.join(", ", adapters.stream().limit(NAMES_SHOWN).map(a -> a.name()).toList());
        var more = adapters.size() > NAMES_SHOWN ? ", …" : "";
        var model = adapters.isEmpty() ? served.models().servedName() : adapters.getFirst().name();
        return "Ready at "
                + url
                + " with model "
                + served.models().servedName()
                + " and "
                + (adapters.isEmpty()
                        ? "no adapters"
                        : Plural.of(adapters.size(), "adapter") + " (" + names + more + ")")
                + (leftOut == 0 ? "" : ", " + leftOut + " left out as the warnings above say")
                + ". Try: curl "
                + url
                + "/v1/chat/completions -H 'Content-Type: application/json' -d '{\"model\": \""
                + model
                + "\", \"messages\": [{\"role\": \"user\", \"content\": \"The quick brown fox\"}], \"temperature\": 0}'";
    }
}
