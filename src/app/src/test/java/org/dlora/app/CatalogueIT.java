package org.dlora.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The catalogue of a server that is killed at random moments between and within changes. After each
 * start it has every change that was answered, and the one that was being made whole or not at all;
 * one of the manifest is made after the start. What it serves is what it says. {@code
 * -Ddlora.test.kills} sets the number of kills, {@code -Ddlora.test.seed} the changes and moments.
 */
class CatalogueIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Path DEMO = TestFiles.demo();
    private static final int KILLS =
            Integer.getInteger("dlora.test.kills", Boolean.getBoolean("dlora.test.long") ? 4 : 2);
    private static final int CHANGES = 6;

    @TempDir Path folder;
    private final long seed = Long.getLong("dlora.test.seed", 16);
    private final Random random = new Random(seed);

    /** Text that the adapter of each weights' hash answers. */
    private final Map<String, String> answers = new HashMap<>();

    @Test
    void catalogueAndAnswersAgreeAfterEachKill() throws Exception {
        System.out.println("CatalogueIT: -Ddlora.test.seed=" + seed);
        var changes = new RandomChanges(random, folder.resolve("manifest.yml"), DEMO);
        for (var content : RandomChanges.CONTENTS) {
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
        Optional<RandomChanges.Change> pending = Optional.empty();
        for (int kill = 1; kill <= KILLS; kill++) {
            try (var server = start(kill)) {
                known = restored(server, known, pending);
                for (int i = 0; i < CHANGES; i++) {
                    var change = changes.next(known);
                    var answer = change.begin().apply(server).join();
                    assertThat(answer.statusCode())
                            .as("%s: %s", change, answer.body())
                            .isIn(change.expected());
                    known = state(server);
                }
                assertAnswers(server, known);
                var next = changes.next(known);
                beginAndKill(server, next);
                pending = Optional.of(next);
            }
        }
        try (var server = start(KILLS + 1)) {
            var _ = restored(server, known, pending);
            removeAll(server, changes);
        }
    }

    /** Begins a change, and kills the server at a random moment of it. */
    private void beginAndKill(ServerProcess server, RandomChanges.Change change) {
        var begun = change.begin().apply(server);
        LockSupport.parkNanos(random.nextLong(change.spread().toNanos()));
        server.kill();
        try {
            var _ = begun.join();
        } catch (CompletionException _) {
            // The server has gone before it could answer.
        }
    }

    /** Returns what a server has: what the killed one knew, with its pending change or without. */
    private Map<String, JsonNode> restored(
            ServerProcess server,
            Map<String, JsonNode> known,
            Optional<RandomChanges.Change> pending)
            throws Exception {
        var found = state(server);
        assertAnswers(server, found);
        if (!found.equals(known)) {
            var others = new TreeMap<>(known);
            var foundOthers = new TreeMap<>(found);
            pending.ifPresent(change -> {
                others.remove(change.name());
                foundOthers.remove(change.name());
            });
            assertThat(foundOthers).as("%s", pending).isEqualTo(others);
        }
        return found;
    }

    /** Uploaded files do not outlast their adapters. */
    private void removeAll(ServerProcess server, RandomChanges changes) throws Exception {
        var unwanted = changes.unwanted().begin().apply(server).join();
        assertThat(unwanted.statusCode()).isEqualTo(200);
        for (var name : state(server).keySet()) {
            var gone = server.send("DELETE", "/admin/adapters/" + name, "");
            assertThat(gone.statusCode()).as(gone.body()).isEqualTo(204);
        }
        assertThat(state(server)).isEmpty();
        await().atMost(Duration.ofMinutes(2)).until(() -> contents().isEmpty());
    }

    /** Returns the names of folders in the store of adapters. */
    private List<String> contents() throws IOException {
        try (var found = Files.list(folder.resolve("home").resolve("adapters"))) {
            return found.map(one -> String.valueOf(one.getFileName()))
                    .filter(name -> name.length() == 64)
                    .toList();
        }
    }

    private Path root() {
        return folder.resolve("root");
    }

    private ServerProcess start(int number) throws IOException {
        return ServerProcess.start(
                folder.resolve("log" + number),
                List.of(
                        "--dlora.model=" + DEMO.resolve("model").toAbsolutePath(),
                        "--dlora.adapters.roots=" + root(),
                        "--dlora.home=" + folder.resolve("home"),
                        "--dlora.store=auto",
                        "--dlora.adapters.manifest=" + folder.resolve("manifest.yml"),
                        "--dlora.adapters.manifest-interval=50ms",
                        "--dlora.weights-cache=off"),
                CatalogueIT::awaitManifest);
    }

    /** Waits for the catalogue of a server, and then for its manifest. */
    private static void awaitManifest(ServerProcess server) {
        server.awaitCatalogue();
        await().atMost(Duration.ofMinutes(2))
                .until(() ->
                        JSON.readTree(server.get("/admin/manifest").body())
                                .get("state")
                                .asString()
                                .equals("applied"));
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
        for (var content : RandomChanges.CONTENTS) {
            var load = RandomChanges.load("learned", content).begin().apply(server).join();
            assertThat(load.statusCode()).as(load.body()).isEqualTo(200);
            var versions = server.get("/admin/adapters/learned/versions").body();
            var last = JSON.readTree(versions).get("versions");
            answers.put(
                    last.get(last.size() - 1).get("weights").asString(), text(server, "learned"));
        }
        assertThat(server.send("DELETE", "/admin/adapters/learned", "").statusCode())
                .isEqualTo(204);
        assertThat(answers.values()).doesNotHaveDuplicates().hasSize(RandomChanges.CONTENTS.size());
    }

    /** A pin outlasts an unload, at once as after a restart. */
    private static void reloadPinned(ServerProcess server) throws Exception {
        var name = RandomChanges.NAMES.getFirst();
        var load = RandomChanges.load(name, RandomChanges.CONTENTS.getFirst());
        for (var change :
                List.of(load, RandomChanges.pin(name), RandomChanges.unload(name), load)) {
            assertThat(change.begin().apply(server).join().statusCode()).isEqualTo(200);
        }
        assertThat(requireNonNull(state(server).get(name)).get("pinned").asBoolean()).isTrue();
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
