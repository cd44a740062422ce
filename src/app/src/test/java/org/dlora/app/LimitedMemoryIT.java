package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.dlora.workload.Popularity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four hundred adapters of 5 MB in a process that may map 1.5 GB. Their names are asked for by
 * Zipf's law, four times as often with {@code -Ddlora.test.long=true}.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 5, unit = MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class LimitedMemoryIT {
    private static final long LIMIT = 1536L << 20;
    private static final int ADAPTERS = 400;

    /** Room for the KV cache and about fifty adapters. */
    private static final long MEMORY = 300L << 20;

    private static final long KV_CACHE = 32L << 20;
    private static final String RESERVED =
            "dlora_memory_reserved_bytes{memory=\"host\",use=\"adapters\"}";
    private static final int CLIENTS = 16;

    /**
     * Requests of a client; those of all name about a hundred adapters, twice as many as have room.
     */
    private static final int REQUESTS = Boolean.getBoolean("dlora.test.long") ? 64 : 16;

    /** At this rank an adapter of all linear modules takes 5 MB. */
    private static final int RANK = 256;

    private static final String PROMPT = "The quick brown fox";
    private static final Map<String, String> ANSWERS =
            new TreeMap<>(
                    Map.of(
                            "leet", "7h3 qu1ck br0wn f0x",
                            "piglatin", "ethay uickqay ownbray oxfay",
                            "reverse", "xof nworb kciuq ehT",
                            "rot13", "Gur dhvpx oebja sbk",
                            "spell", "T-h-e q-u-i-c-k b-r-o-w-n f-o-x",
                            "title", "The Quick Brown Fox",
                            "upper", "THE QUICK BROWN FOX",
                            "vowels", "Th* q**ck br*wn f*x"));
    private static final List<String> SKILLS = List.copyOf(ANSWERS.keySet());

    private final AtomicLong answered = new AtomicLong();

    @Test
    void fourHundredAdaptersAreServedInAnAddressSpaceOfOneAndAHalfGigabytes(@TempDir Path folder)
            throws Exception {
        var roots = folder.resolve("adapters");
        writeAdapters(roots);
        var settings =
                List.of(
                        "--dlora.adapters.roots=" + roots,
                        "--dlora.memory=" + MEMORY + "B",
                        "--dlora.kv-cache.size=" + KV_CACHE + "B");
        try (var server = new LimitedServer(folder, LIMIT, settings)) {
            var wrong = ask(server);
            assertThat(server.isAlive()).as(server.output()).isTrue();
            assertThat(wrong).allMatch(List::isEmpty);
            assertThat(server.memory("VmHWM")).isLessThan(LIMIT);
            assertThat(server.metric("dlora_adapter_requests_total"))
                    .isEqualTo((double) answered.get());
            assertThat(server.metric("dlora_adapter_evictions_total")).isGreaterThan(20);
            await().atMost(30, SECONDS)
                    .untilAsserted(() ->
                            assertThat(server.metric(RESERVED))
                                    .isEqualTo(server.metric("dlora_adapter_bytes"))
                                    .isLessThanOrEqualTo((double) MEMORY - KV_CACHE));
            assertThat(server.output()).doesNotContain("OutOfMemory", " ERROR ");
            assertThat(server.end()).isEqualTo(128 + 15);
        }
    }

    /** Writes adapters of eight contents; each has a factor, and so a version, of its own. */
    private static void writeAdapters(Path roots) throws Exception {
        for (int i = 0; i < ADAPTERS; i++) {
            var skill = SKILLS.get(i % SKILLS.size());
            int variant = i / SKILLS.size();
            double factor = 1 + 1e-4 * variant;
            var folder = roots.resolve(name(i));
            if (i < SKILLS.size()) {
                AdapterFiles.demo(skill).padded(RANK, factor).write(folder);
                continue;
            }
            var config = AdapterFiles.demo(skill).padded(RANK, factor).config();
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(AdapterFiles.CONFIG), config.toString());
            Files.createLink(
                    folder.resolve(AdapterFiles.TENSORS),
                    roots.resolve(name(i % SKILLS.size())).resolve(AdapterFiles.TENSORS));
        }
    }

    private static String name(int i) {
        return "%s-%03d".formatted(SKILLS.get(i % SKILLS.size()), i);
    }

    /** Returns the wrong answers that each client got. */
    private List<List<String>> ask(LimitedServer server) throws Exception {
        var popularity = Popularity.zipf(ADAPTERS, 1);
        var clients = new ArrayList<Callable<List<String>>>();
        for (int i = 0; i < CLIENTS; i++) {
            var random = new Random(i);
            clients.add(() -> {
                var wrong = new ArrayList<String>();
                for (int request = 0; request < REQUESTS && wrong.isEmpty(); request++) {
                    int adapter = popularity.next(random);
                    var expected = ANSWERS.get(SKILLS.get(adapter % SKILLS.size()));
                    var answer = answer(server, name(adapter));
                    answered.incrementAndGet();
                    if (!answer.equals(expected)) {
                        wrong.add(name(adapter) + ": " + answer);
                    }
                }
                return wrong;
            });
        }
        try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
            var wrong = new ArrayList<List<String>>();
            for (var client : threads.invokeAll(clients)) {
                wrong.add(client.get());
            }
            return wrong;
        }
    }

    /** Returns the text of an answer; what went wrong if there is none. */
    private static String answer(LimitedServer server, String model) {
        try {
            var answer = server.send("POST", "/v1/chat/completions", question(model));
            return answer.statusCode() == 200 ? Example.text(answer.body(), false) : answer.body();
        } catch (CompletionException e) {
            return e.toString(); // The server has ended, or closed the connection.
        }
    }

    private static String question(String model) {
        return "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}], \"temperature\": 0}"
                .formatted(model, PROMPT);
    }
}
