package org.dlora.catalogue.served;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.catalogue.LazyAdapter;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContentChecksTest {
    /** Events in order. */
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final UploadPace pace = bytes -> log.add("paced " + bytes);

    @Test
    void validatesAllInOrderAndReportsBrokenOnes() {
        var broken =
                adapter(
                        "b",
                        () -> {
                            throw new LoadException("NaN");
                        });
        try (var checks = checks(adapter("a"), broken, adapter("c"))) {
            checks.start();
            done.join();
            assertThat(log)
                    .containsExactly(
                            "validated a",
                            "paced 1000",
                            "b#1 is broken: NaN",
                            "paced 1000",
                            "validated c",
                            "paced 1000",
                            "done");
        }
    }

    @Test
    void filesThatCannotBeReadAreNotBroken(@TempDir Path empty) {
        var unread = adapter("b", () -> JsonFile.read(empty.resolve("adapter_config.json")));
        try (var checks = checks(unread, adapter("c"))) {
            checks.start();
            done.join();
            assertThat(log).containsExactly("paced 1000", "validated c", "paced 1000", "done");
        }
    }

    @Test
    void knownContentIsNotReadAgain() {
        var known = adapter("known").knownAs("1");
        try (var checks = checks(known, adapter("a"))) {
            checks.start();
            done.join();
            assertThat(log).containsExactly("validated a", "paced 1000", "done");
        }
    }

    @Test
    void otherFailuresStopNothing() {
        var failing =
                adapter(
                        "b",
                        () -> {
                            throw new IllegalStateException("a test");
                        });
        var worse =
                adapter(
                        "c",
                        () -> {
                            throw new OutOfMemoryError("a test");
                        });
        try (var checks = checks(failing, worse, adapter("d"))) {
            checks.start();
            done.join();
            assertThat(log)
                    .containsExactly(
                            "paced 1000", "paced 1000", "validated d", "paced 1000", "done");
        }
    }

    @Test
    void noAdaptersAreDoneAtOnce() {
        try (var checks = checks()) {
            checks.start();
            done.join();
            assertThat(log).containsExactly("done");
        }
    }

    @Test
    void closeWaitsForTheAdapterThatIsValidatedAndBeginsNoOther() throws InterruptedException {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var slow =
                adapter(
                        "a",
                        () -> {
                            begun.countDown();
                            try {
                                goOn.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        var closing = new CountDownLatch(1);
        var checks = checks(slow, adapter("b"));
        checks.start();
        begun.await();
        var closed =
                Thread.ofPlatform()
                        .start(() -> {
                            closing.countDown();
                            checks.close();
                            log.add("closed");
                        });
        closing.await();
        while (closed.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertThat(log).isEmpty();
        goOn.countDown();
        closed.join();
        assertThat(log).containsExactly("validated a", "paced 1000", "closed");
        assertThat(done).isNotDone();
    }

    @Test
    void checksThatWereClosedOrNeverStartedDoNothing() {
        checks(adapter("a")).close();
        var checks = checks(adapter("a"));
        checks.close();
        checks.start();
        checks.close();
        assertThat(log).isEmpty();
    }

    /** An interrupt that a shutdown sends to its own thread must not free what is being read. */
    @Test
    void closeWaitsThroughInterrupts() {
        var checks = checks(adapter("a"));
        checks.start();
        Thread.currentThread().interrupt();
        checks.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(log).doesNotContain("validated b");
    }

    private ContentChecks checks(LazyAdapter... adapters) {
        return new ContentChecks(
                Arrays.stream(adapters)
                        .map(one -> new ServedAdapter(one.name() + "#1", one, Instant.EPOCH))
                        .toList(),
                pace,
                (adapter, problem) -> log.add(adapter.id() + " is broken: " + problem.getMessage()),
                () -> {
                    log.add("done");
                    done.complete(null);
                });
    }

    private LazyAdapter adapter(String name) {
        return adapter(name, () -> {});
    }

    /** Returns an adapter whose validation is logged when {@code validation} has returned. */
    private LazyAdapter adapter(String name, Runnable validation) {
        return new LazyAdapter(
                name,
                1000,
                () -> {
                    validation.run();
                    log.add("validated " + name);
                    return "1";
                });
    }
}
