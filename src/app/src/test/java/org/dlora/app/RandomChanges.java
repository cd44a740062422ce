package org.dlora.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.dlora.catalogue.source.unpack.Archives;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Random changes of a server's catalogue: by calls, by uploads, and by its manifest. */
final class RandomChanges {
    static final List<String> CONTENTS = List.of("upper", "rot13", "reverse", "title");
    static final List<String> NAMES = List.of("upper", "team/sql", "law");

    /** The adapter that the manifest names; calls leave it alone. */
    private static final String WANTED = "wanted";

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration OF_A_CALL = Duration.ofMillis(30);
    private static final Duration OF_AN_UPLOAD = Duration.ofMillis(150);
    private static final Duration OF_A_MANIFEST = Duration.ofMillis(400);
    private static final List<Integer> DONE = List.of(200, 201, 204);

    private final Random random;
    private final Path manifest;
    private final Path demo;

    /**
     * A change of one adapter.
     *
     * @param words what it is, for messages
     * @param begin begins it at a server; the future has the answer once it is made
     * @param expected statuses of the answer
     * @param spread time within which it is usually made
     */
    record Change(
            String name,
            String words,
            Function<ServerProcess, CompletableFuture<HttpResponse<String>>> begin,
            List<Integer> expected,
            Duration spread) {
        @Override
        public String toString() {
            return words;
        }
    }

    /**
     * @param manifest file; it is written with nothing wanted
     * @param demo folder with the contents
     */
    RandomChanges(Random random, Path manifest, Path demo) throws IOException {
        this.random = random;
        this.manifest = manifest;
        this.demo = demo;
        Files.writeString(manifest, "adapters: []\n");
    }

    private static Change call(String name, String method, String path, String body) {
        return new Change(
                name,
                method + " " + path + " " + body,
                server -> server.begin(method, path, body),
                DONE,
                OF_A_CALL);
    }

    static Change load(String name, String content) {
        return call(
                name,
                "POST",
                "/v1/load_lora_adapter",
                "{\"lora_name\": \"%s\", \"lora_path\": \"pool/%s\", \"load_inplace\": true}"
                        .formatted(name, content));
    }

    static Change unload(String name) {
        return call(
                name, "POST", "/v1/unload_lora_adapter", "{\"lora_name\": \"%s\"}".formatted(name));
    }

    static Change pin(String name) {
        return call(name, "POST", "/admin/adapters/" + name + "/pin", "{}");
    }

    private Change upload(String name, String content) {
        var archive = archive(content);
        return new Change(
                name,
                "upload of " + content + " as " + name,
                server -> server.beginUpload(name, content + ".zip", archive),
                DONE,
                OF_AN_UPLOAD);
    }

    private byte[] archive(String content) {
        var files = new HashMap<String, byte[]>();
        try (var found = Files.list(demo.resolve("adapters").resolve(content))) {
            for (var file : found.toList()) {
                files.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Archives.zip(files);
    }

    private String content() {
        return CONTENTS.get(random.nextInt(CONTENTS.size()));
    }

    /** Returns the edit of the manifest after which nothing is wanted of it. */
    Change unwanted() {
        return edit("adapters: [{name: %s, served: false}]".formatted(WANTED));
    }

    private Change edited() {
        return switch (random.nextInt(5)) {
            case 0 -> unwanted();
            case 1 ->
                    edit(
                            "adapters:\n- name: %s\n  versions: {old: pool/%s, new: pool/%s}\n  route: new\n  aliases: {champion: old}"
                                    .formatted(WANTED, content(), content()));
            case 2 ->
                    edit(
                            "adapters:\n- {name: %s, source: pool/%s, gate: %s}"
                                    .formatted(WANTED, content(), gate(random.nextInt(3))));
            default ->
                    edit(
                            "adapters:\n- {name: %s, source: pool/%s, description: d%d, tags: [a], pinned: %s, share: %d}"
                                    .formatted(
                                            WANTED,
                                            content(),
                                            random.nextInt(9),
                                            random.nextBoolean(),
                                            1 + random.nextInt(9)));
        };
    }

    private Change edit(String yaml) {
        return new Change(
                WANTED,
                yaml,
                server -> {
                    write(yaml);
                    return CompletableFuture.supplyAsync(() -> applied(server, yaml));
                },
                DONE,
                OF_A_MANIFEST);
    }

    private void write(String yaml) {
        try {
            var next = Files.writeString(manifest.resolveSibling("next.yml"), yaml);
            Files.move(next, manifest, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the manifest is applied. */
    private static HttpResponse<String> applied(ServerProcess server, String yaml) {
        return await().atMost(Duration.ofMinutes(2))
                .until(
                        () -> server.get("/admin/manifest"),
                        answer -> {
                            var report = JSON.readTree(answer.body());
                            return report.path("hash").asString("").equals(hash(yaml))
                                    && report.path("state").asString("").equals("applied");
                        });
    }

    private static String hash(String yaml) {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha.digest(yaml.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns a change that the server can make.
     *
     * @param known what lasts of each served adapter
     */
    Change next(Map<String, JsonNode> known) {
        if (random.nextInt(5) == 0) {
            return edited();
        }
        var name = NAMES.get(random.nextInt(NAMES.size()));
        var adapter = known.get(name);
        if (adapter == null) {
            return random.nextBoolean() ? load(name, content()) : upload(name, content());
        }
        var at = "/admin/adapters/" + name;
        var versions = new ArrayList<Integer>();
        adapter.get("ready").forEach(number -> versions.add(number.intValue()));
        int version = versions.get(random.nextInt(versions.size()));
        int last = versions.getLast();
        var shadow = last == version ? "" : ", \"shadow\": " + last;
        return switch (random.nextInt(14)) {
            case 0 -> unload(name);
            case 1 -> pin(name);
            case 2 -> call(name, "POST", at + "/unpin", "{}");
            case 3 ->
                    call(
                            name,
                            "PUT",
                            at,
                            "{\"description\": \"%d\", \"tags\": [\"a\"]}"
                                    .formatted(random.nextInt(9)));
            case 4 ->
                    call(
                            name,
                            "PUT",
                            at + "/aliases/champion",
                            "{\"versions\": {\"%d\": 1}%s}".formatted(version, shadow));
            case 5 ->
                    call(
                            name,
                            "PUT",
                            at + "/aliases",
                            "{\"versions\": {\"%d\": 1}}".formatted(version));
            case 6 -> call(name, "PUT", at, "{\"share\": %d}".formatted(2 + random.nextInt(9)));
            case 7 -> call(name, "PUT", at + "/gate", gate(random.nextInt(2)));
            case 8 ->
                    adapter.get("gate").asString().isEmpty()
                            ? call(name, "PUT", at + "/gate", gate(2))
                            : call(name, "DELETE", at + "/gate", "");
            case 9, 10 -> rollBack(name, at, adapter);
            case 11, 12 -> upload(name, content());
            default -> load(name, content());
        };
    }

    /** Returns the rollback of an alias, or the load of content where none had another route. */
    private Change rollBack(String name, String at, JsonNode adapter) {
        for (var alias : adapter.get("aliases")) {
            if (!alias.get("earlier").isEmpty()) {
                // The version of the earlier route may have been retired.
                return new Change(
                        name,
                        "rollback of " + name,
                        server ->
                                server.begin(
                                        "POST",
                                        at + "/rollback",
                                        "{\"alias\": %s}".formatted(alias.get("alias"))),
                        List.of(200, 409),
                        OF_A_CALL);
            }
        }
        return load(name, content());
    }

    /** Returns a gate that every version passes. */
    private static String gate(int token) {
        return "{\"prompts\": [{\"prompt\": \"a\", \"tokens\": [%d], \"logprobs\": [0], \"max_divergence\": 1000}]}"
                .formatted(token);
    }
}
