package org.dlora.api.webhooks;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.dlora.api.webhooks.WebhookCall.Message;
import org.dlora.background.LastingWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes that wait for one webhook, and the thread that delivers them in order. A change is
 * tried until it is taken or too old, and those behind it wait. One that finds the queue full is
 * counted and dropped.
 */
final class WebhookQueue implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WebhookQueue.class);
    private static final Duration LOOK = Duration.ofMillis(200);

    /** Time that a shutdown leaves for what waits. */
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private final Webhook hook;
    private final WebhookCall call;
    private final RetryPause pauses;
    private final InstantSource clock;
    private final BlockingQueue<Message> queue;
    private final WebhookMeters meters;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean inHand;

    /** Reason of the last attempt's failure; null after a success. */
    private @Nullable String failing;

    WebhookQueue(
            Webhook hook,
            WebhookCall call,
            RetryPause pauses,
            InstantSource clock,
            MeterRegistry registry) {
        this.hook = hook;
        this.call = call;
        this.pauses = pauses;
        this.clock = clock;
        queue = new LinkedBlockingQueue<>(hook.queue());
        meters = new WebhookMeters(hook.name(), this::waiting, registry);
        thread = LastingWork.thread("webhook-" + hook.name(), this::run);
    }

    Webhook hook() {
        return hook;
    }

    private int waiting() {
        return queue.size() + (inHand ? 1 : 0);
    }

    void start() {
        thread.start();
    }

    /** Takes a change to be delivered; returns at once. */
    void add(Message message) {
        if (!queue.offer(message)) {
            meters.overflowed.increment();
        }
    }

    private void run() {
        try {
            while (closing.getCount() > 0 || !queue.isEmpty()) {
                var message = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                if (message != null) {
                    inHand = true;
                    try {
                        deliver(message);
                    } finally {
                        inHand = false;
                    }
                }
            }
        } catch (InterruptedException _) {
            // close() has waited long enough.
        }
    }

    private void deliver(Message message) throws InterruptedException {
        for (int attempts = 1; ; attempts++) {
            if (isOld(message)) {
                meters.expired.increment();
                return;
            }
            var result = attempt(message);
            if (result.isDelivered()) {
                meters.delivered.increment();
                recovered();
                return;
            }
            meters.failed.increment();
            failed(result.problem().orElse(""));
            var pause = pauses.after(attempts, result.retryAfter(), clock.instant());
            // At the end of the server nobody waits for a receiver that fails.
            if (closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                if (!attempt(message).isDelivered()) {
                    throw new InterruptedException();
                }
                meters.delivered.increment();
                return;
            }
        }
    }

    private WebhookCall.Result attempt(Message message) throws InterruptedException {
        try {
            return call.send(hook, message, clock.instant(), hook.timeout());
        } catch (RuntimeException | Error e) {
            return WebhookCall.Result.failed(e.getClass().getSimpleName());
        }
    }

    private boolean isOld(Message message) {
        return Duration.between(message.at(), clock.instant()).compareTo(hook.giveUp()) > 0;
    }

    private void failed(String problem) {
        if (!Optional.of(problem).equals(Optional.ofNullable(failing))) {
            log.warn("A change could not be sent to {}: {}; it is tried again", hook, problem);
        }
        failing = problem;
    }

    private void recovered() {
        if (failing != null) {
            log.info("Changes are sent to {} again", hook);
        }
        failing = null;
    }

    /** Takes nothing more, and waits 5 s at most until what waits has been delivered. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (!thread.join(FLUSH)) {
                thread.interrupt();
                thread.join();
            }
        } catch (InterruptedException _) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
        int lost = waiting();
        if (lost > 0) {
            log.warn("{} changes were not sent to {}, as the server ends", lost, hook);
        }
    }
}
