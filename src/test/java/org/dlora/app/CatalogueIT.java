package org.dlora.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The catalogue of a server that is killed at random moments between and within changes. After each
 * start it has every change that was answered, and the one that was being made whole or not at all.
 * What it serves is what it says. {@code -Ddlora.test.kills} sets the number of kills.
 */
class CatalogueIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Path DEMO = Path.of("src/main/resources/demo");
    private static final List<String> CONTENTS = List.of("upper", "rot13", "reverse", "title");
    private static final List<String> NAMES = List.of("upper", "team/sql", "law");
    private static final int KILLS = Integer.getInteger("dlora.test.kills", 4);
    private static final int CHANGES = 6;
    private static final int SPREAD = 30_000_000;

    @TempDir Path folder;
    private final Random random = new Random(16);

    /** Text that the adapter of each weights' hash answers. */
    private final Map<String, String> answers = new HashMap<>();

    private record Change(String name, String method, String path, String body) {}

    @Test
    void catalogueAndAnswersAgreeAfterEachKill() throws Exception {
        for (var content : CONTENTS) {
            copy(
                    DEMO.resolve("adapters").resolve(content),
                    root().resolve("pool").resolve(content));
        }
        copy(DEMO.resolve("adapters/upper"), root().resolve("upper"));
        Map<String, JsonNode> known;
        try (var server = start(0)) {
            learn(server);
            reloadPinned(server);
            known = state(server);
        }
        for (int kill = 1; kill <= KILLS; kill++) {
            Change pending;
            try (var server = start(kill)) {
                assertThat(state(server)).as("start %d", kill).isEqualTo(known);
                for (int i = 0; i < CHANGES; i++) {
                    var change = change(known);
                    var answer = server.send(change.method(), change.path(), change.body());
                    assertThat(answer.statusCode())
                            .as("%s: %s", change, answer.body())
                            .isIn(200, 204);
                    known = state(server);
                }
                assertAnswers(server, known);
                pending = change(known);
                var begun = server.begin(pending.method(), pending.path(), pending.body());
                LockSupport.parkNanos(random.nextInt(SPREAD));
                server.kill();
                try {
                    var _ = begun.join();
                } catch (CompletionException _) {
                    // The server has gone before it could answer.
                }
            }
            try (var server = start(kill)) {
                var found = state(server);
                assertAnswers(server, found);
                if (!found.equals(known)) {
                    var others = new TreeMap<>(known);
                    var foundOthers = new TreeMap<>(found);
                    others.remove(pending.name());
                    foundOthers.remove(pending.name());
                    assertThat(foundOthers).as("%s", pending).isEqualTo(others);
                }
                known = found;
            }
        }
    }

    private Path root() {
        return folder.resolve("root");
    }

    /** Starts a server, and waits for its database, which a busy machine opens late. */
    private ServerProcess start(int number) throws IOException {
        var server = process(number);
        await().atMost(Duration.ofMinutes(2))
                .until(() -> server.get("/admin/audit").statusCode() == 200);
        return server;
    }

    private ServerProcess process(int number) throws IOException {
        return new ServerProcess(
                folder.resolve("log" + number),
                List.of(
                        "--dlora.model=" + DEMO.resolve("model").toAbsolutePath(),
                        "--dlora.adapters.roots=" + root(),
                        "--dlora.home=" + folder.resolve("home"),
                        "--dlora.store=auto",
                        "--dlora.weights-cache=off"));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (var file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** Learns what each content answers, under a name that goes again. */
    private void learn(ServerProcess server) throws Exception {
        for (var content : CONTENTS) {
            var load = load("learned", content);
            assertThat(server.send(load.method(), load.path(), load.body()).statusCode())
                    .isEqualTo(200);
            var versions = server.get("/admin/adapters/learned/versions").body();
            var last = JSON.readTree(versions).get("versions");
            answers.put(
                    last.get(last.size() - 1).get("weights").asString(), text(server, "learned"));
        }
        assertThat(server.send("DELETE", "/admin/adapters/learned", "").statusCode())
                .isEqualTo(204);
        assertThat(answers.values()).doesNotHaveDuplicates().hasSize(CONTENTS.size());
    }

    /** A pin outlasts an unload, at once as after a restart. */
    private static void reloadPinned(ServerProcess server) throws Exception {
        var name = NAMES.getFirst();
        var load = load(name, CONTENTS.getFirst());
        var changes =
                List.of(
                        load,
                        new Change(name, "POST", "/admin/adapters/" + name + "/pin", "{}"),
                        new Change(
                                name,
                                "POST",
                                "/v1/unload_lora_adapter",
                                "{\"lora_name\": \"%s\"}".formatted(name)),
                        load);
        for (var change : changes) {
            assertThat(server.send(change.method(), change.path(), change.body()).statusCode())
                    .isEqualTo(200);
        }
        assertThat(requireNonNull(state(server).get(name)).get("pinned").asBoolean()).isTrue();
    }

    private static Change load(String name, String content) {
        return new Change(
                name,
                "POST",
                "/v1/load_lora_adapter",
                "{\"lora_name\": \"%s\", \"lora_path\": \"pool/%s\", \"load_inplace\": true}"
                        .formatted(name, content));
    }

    private Change change(Map<String, JsonNode> known) {
        var name = NAMES.get(random.nextInt(NAMES.size()));
        var adapter = known.get(name);
        if (adapter == null) {
            return load(name, CONTENTS.get(random.nextInt(CONTENTS.size())));
        }
        var at = "/admin/adapters/" + name;
        var versions = new ArrayList<Integer>();
        adapter.get("ready").forEach(number -> versions.add(number.intValue()));
        int version = versions.get(random.nextInt(versions.size()));
        int last = versions.getLast();
        var shadow = last == version ? "" : ", \"shadow\": " + last;
        return switch (random.nextInt(10)) {
            case 0 ->
                    new Change(
                            name,
                            "POST",
                            "/v1/unload_lora_adapter",
                            "{\"lora_name\": \"%s\"}".formatted(name));
            case 1 -> new Change(name, "POST", at + "/pin", "{}");
            case 2 -> new Change(name, "POST", at + "/unpin", "{}");
            case 3 ->
                    new Change(
                            name,
                            "PUT",
                            at,
                            "{\"description\": \"%d\", \"tags\": [\"a\"]}"
                                    .formatted(random.nextInt(9)));
            case 4 ->
                    new Change(
                            name,
                            "PUT",
                            at + "/aliases/champion",
                            "{\"versions\": {\"%d\": 1}%s}".formatted(version, shadow));
            case 5 ->
                    new Change(
                            name,
                            "PUT",
                            at + "/aliases",
                            "{\"versions\": {\"%d\": 1}}".formatted(version));
            case 8 -> new Change(name, "PUT", at + "/gate", gate(random.nextInt(2)));
            case 9 ->
                    adapter.get("gate").asString().isEmpty()
                            ? new Change(name, "PUT", at + "/gate", gate(2))
                            : new Change(name, "DELETE", at + "/gate", "");
            case 6 ->
                    new Change(name, "PUT", at, "{\"share\": %d}".formatted(2 + random.nextInt(9)));
            default -> load(name, CONTENTS.get(random.nextInt(CONTENTS.size())));
        };
    }

    /** Returns a gate that every version passes. */
    private static String gate(int token) {
        return "{\"prompts\": [{\"prompt\": \"a\", \"tokens\": [%d], \"logprobs\": [0], \"max_divergence\": 1000}]}"
                .formatted(token);
    }

    /** Returns what lasts of each served adapter. */
    private static Map<String, JsonNode> state(ServerProcess server) throws Exception {
        var state = new TreeMap<String, JsonNode>();
        for (var adapter : JSON.readTree(server.get("/admin/adapters").body()).get("adapters")) {
            var name = adapter.get("name").asString();
            var kept = JSON.createObjectNode();
            for (var member :
                    List.of("description", "tags", "owner", "share", "pinned", "aliases")) {
                kept.set(member, adapter.get(member));
            }
            var versions = server.get("/admin/adapters/" + name + "/versions").body();
            var ready = kept.putArray("ready");
            var gate = server.get("/admin/adapters/" + name + "/gate");
            kept.put(
                    "gate",
                    gate.statusCode() == 200
                            ? JSON.readTree(gate.body()).get("hash").asString()
                            : "");
            var results = kept.putObject("results");
            var weights = kept.putObject("weights");
            for (var version : JSON.readTree(versions).get("versions")) {
                if (!version.get("state").asString().equals("retired")) {
                    ready.add(version.get("number").intValue());
                    weights.set(version.get("number").asString(), version.get("weights"));
                    results.set(version.get("number").asString(), version.get("gate"));
                }
            }
            state.put(name, kept);
        }
        return state;
    }

    /** Asks each name and alias, and compares the answer with that of the version's weights. */
    private void assertAnswers(ServerProcess server, Map<String, JsonNode> state) throws Exception {
        for (var entry : state.entrySet()) {
            for (var alias : entry.getValue().get("aliases")) {
                var suffix = alias.get("alias").asString();
                var model = entry.getKey() + (suffix.isEmpty() ? "" : "@" + suffix);
                var number = ((ObjectNode) alias.get("versions")).propertyNames().iterator().next();
                var weights = entry.getValue().get("weights").path(number).asString("");
                assertThat(text(server, model)).as(model).isEqualTo(answers.get(weights));
            }
        }
    }

    private static String text(ServerProcess server, String model) {
        var body =
                "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"The quick brown fox\"}], \"temperature\": 0}"
                        .formatted(model);
        var answer = server.send("POST", "/v1/chat/completions", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-DLoRA-Adapter").orElse(""))
                .startsWith(model.split("@", -1)[0] + "@");
        return Example.text(answer.body(), false);
    }
}
