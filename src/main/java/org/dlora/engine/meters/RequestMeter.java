package org.dlora.engine.meters;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.dlora.replica.FinishReason;
import org.dlora.replica.GenerationEvent;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationEvent.Prompt;
import org.dlora.replica.GenerationEvent.Token;
import org.dlora.scheduling.SloLimits;

/** Meter of one request's events. Times are taken of requests that were not cancelled. */
public final class RequestMeter {
    private final AdapterMeters meters;
    private final int promptTokens;
    private final Supplier<SloLimits> promised;
    private final long submitted = System.nanoTime();
    private long firstToken;
    private int tokens;

    /**
     * @param promised times in force, asked for at the first token and at the end
     */
    RequestMeter(AdapterMeters meters, int promptTokens, Supplier<SloLimits> promised) {
        this.meters = meters;
        this.promptTokens = promptTokens;
        this.promised = promised;
    }

    public void on(GenerationEvent event) {
        switch (event) {
            case Prompt _ -> {}
            case Token _ -> token();
            case Finished finished -> finished(finished.reason());
            case Failed _ -> meters.ended("failed");
        }
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
