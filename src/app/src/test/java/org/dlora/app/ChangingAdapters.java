package org.dlora.app;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.dlora.app.AdapterCalls.Answer;

/**
 * Random requests to adapters whose names get other contents meanwhile, go and come back. Folders
 * are refused and adapters evicted in between. Each answer must be that of a content that its name
 * had when the request was accepted.
 */
final class ChangingAdapters {
    /** Folder of sound adapters, below a root. */
    static final String POOL = "pool";

    /** Folder of {@link BrokenFolders}, below a root. */
    static final String BROKEN = "bad";

    private static final int REQUESTS = 5_000;
    private static final int CHANGES = 60;

    /** Requests from one change to the next. */
    private static final int PAUSE = REQUESTS / CHANGES;

    private static final int IN_FLIGHT = 32;
    private static final String RESERVED =
            "dlora_memory_reserved_bytes{memory=\"host\",use=\"adapters\"}";

    private final AdapterCalls calls;
    private final LearnedAnswers learned;
    private final List<String> names;
    private final Random random;
    private final Map<String, NameHistory> histories = new LinkedHashMap<>();

    /** Requests that may begin: they keep step with the changes. */
    private final Semaphore begun = new Semaphore(2 * PAUSE);

    private final Semaphore answered = new Semaphore(0);
    private final AtomicInteger accepted = new AtomicInteger();

    /**
     * @param names of adapters that are served with the content of the same name
     */
    ChangingAdapters(AdapterCalls calls, LearnedAnswers learned, List<String> names, long seed) {
        this.calls = calls;
        this.learned = learned;
        this.names = names;
        random = new Random(seed);
        names.forEach(name -> histories.put(name, new NameHistory(name)));
    }

    void run() throws Exception {
        var jobs = new ArrayList<Callable<String>>();
        for (int i = 0; i < REQUESTS; i++) {
            var name = names.get(random.nextInt(names.size()));
            int prompt = random.nextInt(LearnedAnswers.PROMPTS.size());
            boolean isStream = random.nextBoolean();
            jobs.add(() -> {
                begun.acquire();
                try {
                    return problem(name, prompt, isStream);
                } finally {
                    answered.release();
                }
            });
        }
        try (var clients = Executors.newFixedThreadPool(IN_FLIGHT);
                var others = Executors.newCachedThreadPool()) {
            var changes = others.submit(() -> change(others));
            var problems = new ArrayList<String>();
            for (var job : clients.invokeAll(jobs)) {
                problems.add(job.get());
            }
            changes.get();
            assertThat(problems).hasSize(REQUESTS).allMatch(String::isEmpty);
        }
    }

    private NameHistory history(String name) {
        return requireNonNull(histories.get(name));
    }

    /** Sends a request; returns what is wrong with its answer, empty if nothing is. */
    private String problem(String name, int prompt, boolean isStream) throws Exception {
        var text = LearnedAnswers.PROMPTS.get(prompt);
        var answer = calls.ask(name, text, LearnedAnswers.TOKENS, isStream);
        return problem(name, answer, content -> learned.answer(content, prompt));
    }

    private String problem(String name, Answer answer, UnaryOperator<String> expected) {
        var possible = history(name).possible(answer.sent(), answer.accepted());
        boolean isRight =
                switch (answer.status()) {
                    case 200 -> {
                        accepted.incrementAndGet();
                        yield possible.stream()
                                .filter(content -> !content.equals(NameHistory.ABSENT))
                                .map(expected)
                                .anyMatch(answer.text()::equals);
                    }
                    case 404 -> possible.contains(NameHistory.ABSENT);
                    default -> false;
                };
        return isRight ? "" : "%s, one of %s: %s".formatted(name, possible, answer);
    }

    /** Changes adapters, one after another, beside the requests. */
    private Void change(ExecutorService others) throws Exception {
        try {
            for (int i = 0; i < CHANGES; i++) {
                answered.acquire(PAUSE / 2);
                var name = names.get(random.nextInt(names.size()));
                switch (i % 4) {
                    case 0 -> besideStreams(name, others, () -> replace(name, true));
                    case 1 -> besideStreams(name, others, () -> unload(name));
                    case 2 -> refuse(name);
                    default -> evict();
                }
                answered.acquire(PAUSE / 2);
                if (history(name).now().equals(NameHistory.ABSENT)) {
                    replace(name, false);
                }
                assertThat(calls.metric(RESERVED))
                        .isLessThanOrEqualTo(2.0 * learned.adapterBytes());
                begun.release(PAUSE);
            }
            return null;
        } finally {
            begun.release(REQUESTS);
        }
    }

    /** Gives a name another content, at random. */
    private Void replace(String name, boolean inPlace) throws Exception {
        var history = history(name);
        int next = names.indexOf(history.now()) + 1 + random.nextInt(names.size() - 1);
        var content = names.get(next % names.size());
        history.changes(content, System.nanoTime());
        var answer = calls.load(name, POOL + "/" + content, inPlace);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        history.changed(System.nanoTime());
        return null;
    }

    private Void unload(String name) throws Exception {
        var history = history(name);
        history.changes(NameHistory.ABSENT, System.nanoTime());
        assertThat(calls.unload(name).status()).isEqualTo(200);
        history.changed(System.nanoTime());
        return null;
    }

    /** Makes a change while streams run that were accepted before it. */
    private void besideStreams(String name, ExecutorService others, Callable<Void> change)
            throws Exception {
        var prompt = LearnedAnswers.PROMPTS.getFirst();
        int tokens = LearnedAnswers.STREAM_TOKENS;
        var first = new CompletableFuture<Void>();
        var second = new CompletableFuture<Void>();
        var streams =
                List.of(
                        others.submit(() -> calls.follow(name, prompt, tokens, first)),
                        others.submit(() -> calls.follow(name, prompt, tokens, second)));
        first.join();
        second.join();
        change.call();
        for (var stream : streams) {
            assertThat(problem(name, stream.get(), learned::stream)).isEmpty();
        }
    }

    /** Loads folders that are broken, in place of {@code name} and under a new name. */
    private void refuse(String name) throws Exception {
        var models = calls.server().models();
        for (var broken : BrokenFolders.Kind.values()) {
            for (var wanted : List.of(name, "new")) {
                var answer = calls.load(wanted, broken.path(BROKEN, name), true);
                assertThat(answer.status()).as(answer.text()).isEqualTo(400);
                assertThat(answer.text()).contains(broken.words());
            }
        }
        assertThat(calls.server().models()).isEqualTo(models);
        assertThat(calls.adapters().get("broken")).isEmpty();
    }

    /** Evicts a resident adapter, unless it has gone or is loaded again meanwhile. */
    private void evict() throws Exception {
        var resident = calls.resident();
        if (!resident.isEmpty()) {
            var name = resident.get(random.nextInt(resident.size()));
            assertThat(calls.administer(name, "evict").status()).isIn(200, 409);
        }
    }

    /** Checks that nothing is lost and nothing left, and unloads all adapters. */
    void checkBooks() throws Exception {
        await().atMost(30, SECONDS)
                .untilAsserted(() -> {
                    assertThat(calls.metric("dlora_requests_running")).isZero();
                    assertThat(calls.metric("dlora_requests_waiting")).isZero();
                    assertThat(calls.metric("dlora_kv_usage")).isZero();
                    assertThat(calls.metric(RESERVED)).isEqualTo(residentBytes());
                });
        assertThat(calls.metric("dlora_adapter_requests_total")).isEqualTo(accepted.get());
        assertThat(calls.metric("dlora_adapter_evictions_total")).isGreaterThan(REQUESTS / 20.0);
        for (var name : names) {
            assertThat(calls.unload(name).status()).isEqualTo(200);
        }
        await().atMost(30, SECONDS)
                .untilAsserted(() -> {
                    assertThat(calls.metric("dlora_adapter_bytes")).isZero();
                    assertThat(calls.metric(RESERVED)).isZero();
                });
        assertThat(calls.adapters().get("adapters")).isEmpty();
    }

    private double residentBytes() throws Exception {
        double bytes = 0;
        for (var adapter : calls.adapters().get("adapters")) {
            assertThat(adapter.get("waiting").asInt()).isZero();
            assertThat(adapter.get("running").asInt()).isZero();
            bytes += adapter.get("bytes").asLong();
        }
        assertThat(bytes).isEqualTo(calls.metric("dlora_adapter_bytes"));
        return bytes;
    }
}
