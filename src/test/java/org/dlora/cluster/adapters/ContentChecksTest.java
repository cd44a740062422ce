package org.dlora.cluster.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.dlora.adapter.AdapterUploader;
import org.dlora.adapter.AdapterWeights;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.UploadPace;
import org.dlora.device.MemoryReservation;
import org.dlora.tensor.JsonFile;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContentChecksTest {
    /** What has happened, in order. */
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final UploadPace pace = bytes -> log.add("paced " + bytes);

    @Test
    void validatesAllInOrderAndReportsBrokenOnes() {
        var broken =
                new Content(
                        "b",
                        () -> {
                            throw new LoadException("NaN");
                        });
        try (var checks = checks(new Content("a", null), broken, new Content("c", null))) {
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
        var unread = new Content("b", () -> JsonFile.read(empty.resolve("adapter_config.json")));
        try (var checks = checks(unread, new Content("c", null))) {
            checks.start();
            done.join();
            assertThat(log).containsExactly("paced 1000", "validated c", "paced 1000", "done");
        }
    }

    @Test
    void knownContentIsNotReadAgain() {
        var known = new Content("known", null);
        known.version = "1";
        try (var checks = checks(known, new Content("a", null))) {
            checks.start();
            done.join();
            assertThat(log).containsExactly("validated a", "paced 1000", "done");
        }
    }

    @Test
    void whatFailsForAnotherReasonStopsNothing() {
        var failing =
                new Content(
                        "b",
                        () -> {
                            throw new IllegalStateException("a test");
                        });
        var worse =
                new Content(
                        "c",
                        () -> {
                            throw new OutOfMemoryError("a test");
                        });
        try (var checks = checks(failing, worse, new Content("d", null))) {
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
                new Content(
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
        var checks = checks(slow, new Content("b", null));
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
        checks(new Content("a", null)).close();
        var checks = checks(new Content("a", null));
        checks.close();
        checks.start();
        checks.close();
        assertThat(log).isEmpty();
    }

    /** An interrupt that a shutdown sends to its own thread must not free what is being read. */
    @Test
    void closeWaitsThroughInterrupts() {
        var checks = checks(new Content("a", null));
        checks.start();
        Thread.currentThread().interrupt();
        checks.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(log).doesNotContain("validated b");
    }

    private ContentChecks checks(Content... adapters) {
        return new ContentChecks(
                Arrays.stream(adapters)
                        .map(one -> new ServedAdapter(one.name + "#1", one, Instant.EPOCH))
                        .toList(),
                pace,
                (adapter, problem) -> log.add(adapter.id() + " is broken: " + problem.getMessage()),
                () -> {
                    log.add("done");
                    done.complete(null);
                });
    }

    /** An adapter whose validation is set. */
    private final class Content implements RegisteredAdapter {
        private final String name;
        private final @Nullable Runnable validation;
        private @Nullable String version;

        Content(String name, @Nullable Runnable validation) {
            this.name = name;
            this.validation = validation;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Path folder() {
            return Path.of(name);
        }

        @Override
        public long bytes() {
            return 1000;
        }

        @Override
        public List<String> warnings() {
            return List.of();
        }

        @Override
        public Optional<String> version() {
            return Optional.ofNullable(version);
        }

        @Override
        public String validate() {
            if (validation != null) {
                validation.run();
            }
            log.add("validated " + name);
            return "1";
        }

        @Override
        public AdapterWeights upload(
                AdapterUploader to, MemoryReservation memory, UploadPace unused) {
            throw new UnsupportedOperationException();
        }
    }
}
