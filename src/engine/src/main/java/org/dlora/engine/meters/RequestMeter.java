package org.dlora.engine.meters;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.scheduling.SloLimits;

/** Meter of one request's events. Times are taken of requests that were not cancelled. */
public final class RequestMeter {
    private final AdapterMeters meters;
    private final int promptTokens;
    private final Supplier<SloLimits> promised;
    private final long submitted;
    private long firstToken;
    private int tokens;

    /** Output tokens of other replicas. */
    private int resumedAt;

    /**
     * @param promised times in force, asked for at the first token and at the end
     */
    RequestMeter(AdapterMeters meters, int promptTokens, Supplier<SloLimits> promised) {
        this.meters = meters;
        this.promptTokens = promptTokens;
        this.promised = promised;
        submitted = System.nanoTime();
    }

    private RequestMeter(RequestMeter like, double age, int output) {
        meters = like.meters;
        promptTokens = like.promptTokens;
        promised = like.promised;
        submitted = like.submitted - (long) (1e9 * age);
        firstToken = like.submitted;
        resumedAt = output;
        tokens = output;
    }

    /**
     * Returns the meter of a request that another replica has begun. Time per token counts from
     * here.
     *
     * @param age seconds since its arrival
     * @param output tokens that were sent before
     */
    public RequestMeter resumed(double age, int output) {
        return new RequestMeter(this, age, output);
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
        int intervals = resumedAt == 0 ? tokens - 1 : tokens - resumedAt;
        if (intervals > 0) {
            long each = (now - firstToken) / intervals;
            meters.tpot.record(each, TimeUnit.NANOSECONDS);
            compare("tpot", promised.get().tpot(), each);
        }
    }
}
