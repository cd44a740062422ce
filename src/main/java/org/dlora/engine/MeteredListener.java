package org.dlora.engine;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.dlora.engine.GenerationEvent.Failed;
import org.dlora.engine.GenerationEvent.Finished;
import org.dlora.engine.GenerationEvent.Prompt;
import org.dlora.engine.GenerationEvent.Token;
import org.dlora.scheduling.SloLimits;

/**
 * Measures one request on its way to the client. Times are taken of requests that were not
 * cancelled.
 */
final class MeteredListener implements GenerationListener {
    private final AdapterMeters meters;
    private final int promptTokens;
    private final GenerationListener client;
    private final Supplier<SloLimits> promised;
    private final long submitted = System.nanoTime();
    private long firstToken;
    private int tokens;

    MeteredListener(
            AdapterMeters meters,
            int promptTokens,
            GenerationListener client,
            Supplier<SloLimits> promised) {
        this.promised = promised;
        this.meters = meters;
        this.promptTokens = promptTokens;
        this.client = client;
    }

    @Override
    public void on(GenerationEvent event) {
        switch (event) {
            case Prompt _ -> {}
            case Token _ -> token();
            case Finished finished -> finished(finished.reason());
            case Failed _ -> meters.ended("failed");
        }
        client.on(event);
    }

    private void token() {
        if (tokens == 0) {
            firstToken = System.nanoTime();
            meters.ttft.record(firstToken - submitted, TimeUnit.NANOSECONDS);
            meters.promptTokens.increment(promptTokens);
            compare("ttft", promised.get().ttft(), firstToken - submitted);
        }
        tokens++;
        meters.outputTokens.increment();
    }

    private void compare(String promise, double limit, long nanos) {
        if (Double.isFinite(limit)) {
            meters.promised(promise, 1e-9 * nanos <= limit);
        }
    }

    private void finished(FinishReason reason) {
        meters.ended(reason.name().toLowerCase(Locale.ROOT));
        if (reason == FinishReason.CANCELLED) {
            return;
        }
        long now = System.nanoTime();
        meters.endToEnd.record(now - submitted, TimeUnit.NANOSECONDS);
        if (tokens > 1) {
            long each = (now - firstToken) / (tokens - 1);
            meters.tpot.record(each, TimeUnit.NANOSECONDS);
            compare("tpot", promised.get().tpot(), each);
        }
    }
}
