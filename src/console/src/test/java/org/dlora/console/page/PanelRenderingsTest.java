package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.dlora.api.web.ApiException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.HttpStatus;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** Panels in the time of the test, with the fragment of a failed one as their own. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PanelRenderingsTest {
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-01-02T03:04:05Z"));
    private final Sinks.Many<Long> ticks = Sinks.many().multicast().directBestEffort();
    private final PanelRenderings renderings =
            new PanelRenderings(new PageRenderer(), ticks.asFlux(), now::get);
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private @Nullable Disposable stream;

    /** Panel of a text. */
    private record Panel(Supplier<String> text) implements LivePanel {
        @Override
        public String name() {
            return "test";
        }

        @Override
        public String template() {
            return "parts";
        }

        @Override
        public String fragment() {
            return "failed";
        }

        @Override
        public Map<String, ?> values(String subject) {
            return Map.of("reason", text.get());
        }
    }

    private void open(Supplier<String> text) {
        stream = renderings.of("user:ann", "test:a", new Panel(text), "a").subscribe(seen::add);
    }

    @AfterEach
    void close() {
        if (stream != null) {
            stream.dispose();
        }
    }

    /** Ticks until a rendering has come that has {@code words}. */
    private void tickUntil(String words) {
        await().until(() -> {
            var _ = ticks.tryEmitNext(0L);
            return !seen.isEmpty() && seen.getLast().contains(words);
        });
    }

    /** Issue 18: the page after a change of the policy showed the one before for a second. */
    @Test
    void aPageThatComesLaterGetsNoEarlierRendering() {
        var text = new AtomicReference<>("before");
        open(text::get);
        await().until(() -> !seen.isEmpty());
        text.set("after");
        var later = new CopyOnWriteArrayList<String>();
        var second =
                renderings
                        .of("user:bob", "test:a", new Panel(text::get), "a")
                        .subscribe(later::add);
        try {
            tickUntil("after");
            await().until(() -> !later.isEmpty());
            assertThat(later).noneMatch(html -> html.contains("before"));
        } finally {
            second.dispose();
        }
    }

    @Test
    void pagesThatComeAndGoAtOnceSeeNoError() {
        var failures = new ConcurrentLinkedQueue<Throwable>();
        try (var clients = Executors.newFixedThreadPool(2)) {
            for (int i = 0; i < 2; i++) {
                var user = "user:" + i;
                clients.execute(() -> {
                    for (int j = 0; j < 10_000; j++) {
                        renderings
                                .of(user, "test:a", new Panel(() -> "figures"), "a")
                                .subscribe(_ -> {}, failures::add)
                                .dispose();
                    }
                });
            }
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void panelThatFailsSaysWhyAndComesBack() {
        var text = new AtomicReference<Supplier<String>>(() -> "figures");
        open(() -> text.get().get());
        tickUntil("figures");
        text.set(() -> {
            throw ApiException.of(HttpStatus.NOT_FOUND, "There is no replica <7>.");
        });
        tickUntil("There is no replica &lt;7&gt;. This part is tried again each second");
        text.set(() -> {
            throw new UnsupportedOperationException("a defect of the test");
        });
        tickUntil("The server failed; its log says why. This part is tried again");
        assertThat(seen.getLast()).doesNotContain("a defect");
        text.set(() -> "figures");
        tickUntil("figures");
    }

    @Test
    void panelThatIsNotRenderedIsLate() {
        var entered = new CountDownLatch(1);
        var held = new CountDownLatch(1);
        var isHeld = new AtomicReference<>(false);
        open(() -> {
            if (isHeld.get()) {
                entered.countDown();
                hold(held);
            }
            return "figures";
        });
        tickUntil("figures");
        isHeld.set(true);
        await().until(() -> {
            var _ = ticks.tryEmitNext(0L);
            return entered.getCount() == 0;
        });
        now.updateAndGet(at -> at.plusSeconds(9));
        assertThat(renderings.late(List.of("test:a", "other"))).isEmpty();
        now.updateAndGet(at -> at.plusSeconds(3));
        assertThat(renderings.late(List.of("test:a"))).containsExactly(Map.entry("test:a", 12L));
        isHeld.set(false);
        held.countDown();
        await().until(() -> {
            var _ = ticks.tryEmitNext(0L);
            return renderings.late(List.of("test:a")).isEmpty();
        });
    }

    @Test
    void panelThatTakesLongPausesForLonger() {
        var here =
                new PanelRenderings(
                        new PageRenderer(), ticks.asFlux(), now::get, Schedulers.immediate());
        var count = new AtomicInteger();
        var panel =
                new Panel(() -> {
                    now.updateAndGet(at -> at.plusMillis(400));
                    return "figures " + count.incrementAndGet();
                });
        stream = here.of("user:ann", "test:a", panel, "a").subscribe(seen::add);
        assertThat(count).hasValue(1);
        now.updateAndGet(at -> at.plusMillis(3_500));
        var _ = ticks.tryEmitNext(0L);
        assertThat(count).as("renderings before a pause of 3.6 s ended").hasValue(1);
        now.updateAndGet(at -> at.plusMillis(100));
        var _ = ticks.tryEmitNext(0L);
        assertThat(count).hasValue(2);
        assertThat(seen.getLast()).contains("figures 2");
    }

    @Test
    void aUserWithManyPanelsKeepsNoOtherFromShowingOne() {
        var open = new ArrayList<Disposable>();
        for (int i = 0; i < PanelSeats.MOST; i++) {
            open.add(show("user:ann", "test:" + i).subscribe());
        }
        // A panel that the user shows already counts once.
        open.add(show("user:ann", "test:1").subscribe());
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> show("user:ann", "test:other"))
                .withMessageContaining("Too many of your pages are open at once");
        open.add(show("user:ben", "test:other").subscribe());
        open.getFirst().dispose();
        open.add(show("user:ann", "test:other").subscribe());
        open.forEach(Disposable::dispose);
    }

    private Flux<String> show(String user, String wanted) {
        return renderings.of(user, wanted, new Panel(() -> "figures"), "");
    }

    private static void hold(CountDownLatch held) {
        try {
            held.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
