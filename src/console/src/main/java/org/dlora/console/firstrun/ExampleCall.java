package org.dlora.console.firstrun;

import java.net.URI;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** A call that a shell sends as it is. */
final class ExampleCall {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TEXT = "The quick brown fox";

    private ExampleCall() {}

    /**
     * Returns a line for a shell.
     *
     * @param server address that the browser used
     * @param model name of the base model or of an adapter
     * @param isChat whether the model has a chat template
     */
    static String curl(URI server, String model, boolean isChat) {
        var base = server.getScheme() + "://" + server.getRawAuthority();
        var body =
                isChat
                        ? JSON.writeValueAsString(
                                new Chat(model, List.of(new Message("user", TEXT)), 0))
                        : JSON.writeValueAsString(new Completion(model, TEXT, 0));
        return "curl %s -H 'Content-Type: application/json' -d %s"
                .formatted(
                        quoted(base + (isChat ? "/v1/chat/completions" : "/v1/completions")),
                        quoted(body));
    }

    private record Message(String role, String content) {}

    private record Chat(String model, List<Message> messages, int temperature) {}

    private record Completion(String model, String prompt, int temperature) {}

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
