package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls of a client that uses and changes the adapters of a {@link RunningServer}. */
record AdapterCalls(RunningServer server) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String CHAT = "/v1/chat/completions";

    /**
     * An answer to a question, or a refusal.
     *
     * @param text of the answer; the body of a refusal
     * @param sent time before the call
     * @param accepted time at which it had been accepted
     */
    record Answer(int status, String text, long sent, long accepted) {}

    /** Asks, and waits for the whole answer. */
    Answer ask(String model, String prompt, int tokens, boolean stream) throws Exception {
        long sent = System.nanoTime();
        var answer = server.post(CHAT, question(model, prompt, tokens, stream));
        long done = System.nanoTime();
        var text = answer.statusCode() == 200 ? Example.text(answer.body(), stream) : answer.body();
        return new Answer(answer.statusCode(), text, sent, done);
    }

    /** Asks for a stream; completes {@code begun} at its first line, when it has been accepted. */
    Answer follow(String model, String prompt, int tokens, CompletableFuture<Void> begun)
            throws Exception {
        long sent = System.nanoTime();
        var accepted = begun.thenApply(_ -> System.nanoTime());
        var answer = server.stream(CHAT, question(model, prompt, tokens, true), begun);
        return new Answer(200, Example.text(answer, true), sent, accepted.join());
    }

    private static String question(String model, String prompt, int tokens, boolean stream) {
        var body = JSON.createObjectNode();
        body.put("model", model).put("temperature", 0).put("max_tokens", tokens);
        body.put("ignore_eos", true).put("stream", stream);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return body.toString();
    }

    /** Loads an adapter; returns the status and the words of the answer. */
    Answer load(String name, String path, boolean inPlace) throws Exception {
        var body = JSON.createObjectNode();
        body.put("lora_name", name).put("lora_path", path).put("load_inplace", inPlace);
        return change("/v1/load_lora_adapter", body.toString());
    }

    Answer unload(String name) throws Exception {
        return change(
                "/v1/unload_lora_adapter",
                JSON.createObjectNode().put("lora_name", name).toString());
    }

    /** Does {@code action} to an adapter, such as {@code evict}. */
    Answer administer(String name, String action) throws Exception {
        return change("/admin/adapters/" + name + "/" + action, "{}");
    }

    private Answer change(String path, String body) throws Exception {
        long sent = System.nanoTime();
        var answer = server.post(path, body);
        return new Answer(answer.statusCode(), answer.body(), sent, System.nanoTime());
    }

    /** Returns {@code GET /admin/adapters}. */
    JsonNode adapters() throws Exception {
        return JSON.readTree(server.get("/admin/adapters").body());
    }

    /** Returns the names of the resident adapters. */
    List<String> resident() throws Exception {
        return adapters()
                .get("adapters")
                .valueStream()
                .filter(one -> one.get("state").asString().equals("resident"))
                .map(one -> one.get("name").asString())
                .collect(Collectors.toList());
    }

    /** Returns the sum of all series that begin with {@code start}. */
    double metric(String start) throws Exception {
        return metric(start, "");
    }

    /** Returns the sum of all series that begin with {@code start} and have a label. */
    double metric(String start, String label) throws Exception {
        var answer = server.get("/actuator/prometheus");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body()
                .lines()
                .filter(line -> line.startsWith(start) && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
